// What companies do: for each a thin strip as it was, and a broad one now.
import type { ScaleTime } from "d3-scale";
import type { Paper, Question, Span, Worlds } from "./data";
import { dateOf } from "./data";

export const RIBBON = 22;

const stanceAt = (spans: Span[], week: number): Span | undefined => spans.findLast(([first]) => first <= week);

const told = (spans: Span[]): string => JSON.stringify(spans.map(([first, stance]) => [first, stance]));

/** Companies whose stance differs on some day first, then the owner of the app that is shown, then the others. */
export function companies(question: Question, every: boolean, room: number): string[] {
  const names = Object.keys(question.stances);
  const differs = names.filter((name) => told(question.stances[name]!.base) !== told(question.stances[name]!.now));
  if (every) return [...differs, ...names.filter((name) => !differs.includes(name))];
  return (differs.length ? differs : names).slice(0, differs.length ? room : 2);
}

/** Stances that these ribbons show, for the key. */
export function shownStances(worlds: Worlds, question: Question, names: string[]): string[] {
  const seen = new Set(names.flatMap((name) => [question.stances[name]!.base, question.stances[name]!.now].flat()).map(([, stance]) => stance));
  return Object.keys(worlds.stances).filter((stance) => seen.has(stance));
}

interface Props {
  worlds: Worlds;
  question: Question;
  names: string[];
  week: number;
  x: ScaleTime<number, number>;
  left: number;
  right: number;
  colours: Paper;
}

export function Ribbons({ worlds, question, names, week, x, left, right, colours }: Props) {
  const [, end] = x.range() as [number, number];
  const strip = (spans: Span[], top: number, height: number) =>
    spans.map(([first, stance], i) => {
      const from = x(dateOf(worlds, first === 0 ? 0 : worlds.weeks[first - 1]! + 1));
      const next = spans[i + 1]?.[0];
      const to = next === undefined ? end : x(dateOf(worlds, worlds.weeks[next - 1]! + 1));
      return <rect key={`${first}`} x={from} y={top} width={Math.max(to - from, 0)} height={height} fill={worlds.stances[stance]![0]} />;
    });
  return (
    <>
      {names.map((name, i) => {
        const { base, now } = question.stances[name]!;
        const top = i * RIBBON;
        const here = stanceAt(now, week);
        const share = here && here[2][week - here[0]];
        return (
          <g key={name} class="ribbon" data-company={name}>
            <text x={left - 8} y={top + 14} text-anchor="end" fill={colours.ink}>{name}</text>
            {strip(base, top + 1, 5)}
            {strip(now, top + 7, 10)}
            {right > 120 && here && (
              <text x={end + 8} y={top + 14} fill={colours.quiet}>
                {worlds.stances[here[1]]![1]}
                {share !== undefined && share < 95 ? `, ${share} %` : ""}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}
