// A city of dots: some simulated people of one pair of runs, coloured by the app that each uses most, on the scrubbed day.
import { useEffect, useState } from "preact/hooks";
import type { City as Dots, Worlds } from "./data";
import { dateOf, dayInWords } from "./data";

const SIDE = 200;
const FEW = 60;

interface Props {
  worlds: Worlds;
  city: Dots;
  week: number;
  grey: string;
  onWeek: (week: number) => void;
}

export function City({ worlds, city, week, grey, onWeek }: Props) {
  const touched = city.touched ?? FEW;
  const [isAll, showAll] = useState(false);
  const [plays, play] = useState(false);
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const last = worlds.weeks.length - 1;
  const hasTouched = touched > 0 && touched < city.people.length;
  const count = isAll || !hasTouched ? city.people.length : touched;
  useEffect(() => {
    if (!plays) return undefined;
    if (week >= last) return play(false);
    const timer = setTimeout(() => onWeek(week + 1), 180);
    return () => clearTimeout(timer);
  }, [plays, week]);
  const near = city.weeks.findLastIndex((day) => day <= worlds.weeks[week]!);
  const place = Math.max(near, 0);
  const [base, now] = [city.base[place] ?? "", city.now[place] ?? ""];
  const appOf = (letter: string): string | undefined => city.apps[letter.toLowerCase().charCodeAt(0) - 97];
  const isCut = (letter: string): boolean => letter >= "A" && letter <= "Z";
  const counted = (letters: string) => {
    const seen = letters.slice(0, count);
    return city.apps.map((app, i) => [app, [...seen].filter((letter) => letter.toLowerCase() === String.fromCharCode(97 + i)).length] as const);
  };
  const cut = (letters: string): number => [...letters.slice(0, count)].filter(isCut).length;
  const [was, is] = [counted(base), counted(now)];
  const dots = (letters: string, title: string) => (
    <figure>
      <svg class="dots" viewBox={`0 0 ${SIDE} ${SIDE}`} role="img" aria-label={`${title}, ${dayInWords(dateOf(worlds, worlds.weeks[week]!))}: ${counted(letters).map(([app, n]) => `${app} ${n}`).join(", ")}; cut off ${cut(letters)}`}>
        {city.people.slice(0, count).map(([x, y], i) => {
          const letter = letters[i] ?? ".";
          const app = appOf(letter);
          const colour = app ? (worlds.apps[app]?.[0] ?? grey) : grey;
          return <circle key={i} cx={4 + x * (SIDE - 8)} cy={4 + y * (SIDE - 8)} r="3.6" fill={app && !isCut(letter) ? colour : "none"} stroke={colour} stroke-width="1.4" />;
        })}
      </svg>
      <figcaption>{title}</figcaption>
    </figure>
  );
  return (
    <section class="city" aria-labelledby="city">
      <h2 id="city">{count} people on {dayInWords(dateOf(worlds, worlds.weeks[week]!))}</h2>
      <div class="two">
        {dots(base, "as it was")}
        {dots(now, "now")}
      </div>
      <ul class="legend">
        {is.map(([app, n], i) => (
          <li key={app}>
            <span class="spot" style={{ background: worlds.apps[app]?.[0] }} /> {app}: used most by {was[i]![1]} as it was, by {n} now
          </li>
        ))}
        <li>
          <span class="spot hollow" /> a ring: cut off from the app used most, {cut(base)} as it was, {cut(now)} now
        </li>
      </ul>
      <p class="note">
        Simulated people of one pair of runs, each in the same place in both worlds: an example, not an estimate.{" "}
        {hasTouched && !isAll && `Of ${city.people.length} who are followed, these are the ${touched} who live otherwise on some day in one of the two worlds.`}
      </p>
      <p>
        {hasTouched && <button type="button" onClick={() => showAll(!isAll)}>{isAll ? `Only the ${touched} to whom something happens` : `All ${city.people.length}`}</button>}{" "}
        {!isStill && (
          <button
            type="button" aria-pressed={plays}
            onClick={() => {
              if (!plays && week >= last) onWeek(0);
              play(!plays);
            }}
          >
            {plays ? "Pause" : "Play"}
          </button>
        )}
      </p>
    </section>
  );
}
