// What changed most, as dots with bands on a common scale for each unit; a row opens the acts behind it.
import { extent } from "d3-array";
import { scaleLinear } from "d3-scale";
import type { Deed, Inks, Lines, Paper, Question, Row, Worlds } from "./data";
import { byWeek, dateOf, dayInWords } from "./data";

const WIDE = 200;

export function Because({ causes }: { causes: string[] }) {
  if (!causes.length) return null;
  return (
    <details>
      <summary>Why</summary>
      <ul>{causes.map((cause) => <li key={cause}>{cause}</li>)}</ul>
    </details>
  );
}

function inksOf(worlds: Worlds, row: Row): Inks | null {
  return row.app ? worlds.apps[row.app]! : null;
}

function Dot({ gap, all, week, inks, colours }: { gap: Lines; all: Lines[]; week: number; inks: Inks | null; colours: Paper }) {
  // the scale is that of all days, so that a dot moves by as much as what it stands for
  const [low, high] = extent([0, ...all.flat(2)]) as [number, number];
  const x = scaleLinear([low, high], [8, WIDE - 8]);
  const colour = inks ? inks[0] : colours.ink;
  const [mean, from, to, luckFrom, luckTo] = gap.map((line) => line[week]);
  return (
    <svg class="dot" viewBox={`0 0 ${WIDE} 20`} aria-hidden="true">
      <line x1="0" x2={WIDE} y1="10" y2="10" stroke={colours.faint} />
      <line x1={x(0)} x2={x(0)} y1="0" y2="20" stroke={colours.quiet} />
      <line x1={x(from!)} x2={x(to!)} y1="10" y2="10" stroke={colour} stroke-width="7" opacity="0.35" />
      {luckFrom !== undefined && <line x1={x(luckFrom)} x2={x(luckTo!)} y1="10" y2="10" stroke={colour} stroke-width="2.5" />}
      <circle cx={x(mean!)} cy="10" r="5" fill={colour} stroke={colours.paper} />
    </svg>
  );
}

interface Props {
  worlds: Worlds;
  question: Question;
  colours: Paper;
  week: number;
}

export function Changes({ worlds, question, colours, week }: Props) {
  const { rows, rest } = question;
  const last = worlds.weeks.length - 1;
  const told = (row: Row): [string, string, string] => byWeek(question, row).told[week]!;
  const gaps = (unit: string): Lines[] => rows.filter((one) => one.unit === unit).map((one) => byWeek(question, one).gap);
  const why = (row: Row): Deed[] => row.why.flatMap((place) => question.deeds[place] ?? []);
  return (
    <section class="changes" aria-labelledby="most">
      <h2 id="most">What changed most</h2>
      <p class="note">
        <strong>On {dayInWords(dateOf(worlds, worlds.weeks[week]!))}</strong>, against the world as it was. Pale: 90 % of plausible worlds. Dark: luck alone.
        {week < last && " The rows are those of the last day."}<span class="screen"> Open a row for why.</span>
      </p>
      {rows.length === 0 && <p>Nothing differs in a direction that the pairs agree on.</p>}
      {rows.map((row) => (
        <details key={row.id} class="row">
          <summary>
            <span class="name">{row.name}</span>
            <Dot gap={byWeek(question, row).gap} all={gaps(row.unit)} week={week} inks={inksOf(worlds, row)} colours={colours} />
            <span class="text">{told(row)[2] || "no difference"}</span>
          </summary>
          <p class="note">{told(row)[0]} as it was, {told(row)[1]} now.</p>
          {why(row).length > 0 ? (
            <ul>
              {why(row).map((deed) => (
                <li key={deed.text}>
                  {deed.date}: {deed.text} <span class="quiet">({deed.pairs})</span>
                  <Because causes={deed.because} />
                </li>
              ))}
            </ul>
          ) : (
            <p>No act of an institution that differs bears on it directly; it follows from what people do.</p>
          )}
        </details>
      ))}
      <details class="rest">
        <summary>{rest.length} more, on {worlds.endWords}: open or nearly unchanged, or told in other words above</summary>
        <ul>{rest.map(([name, text]) => <li key={name}>{name}: {text}</li>)}</ul>
      </details>
    </section>
  );
}
