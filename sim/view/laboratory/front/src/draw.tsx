// Draw before you see: a curve through one point for the end of each quarter, by pointer, finger or arrow keys.
import { scaleLinear, scaleUtc } from "d3-scale";
import { line } from "d3-shape";
import { useRef } from "preact/hooks";
import type { Course, Paper, Question, Worlds } from "./data";
import { dateOf, dayInWords, held } from "./data";
import { margins, ticks } from "./picture";
import { beginStep } from "./state";

const [TOP, HEIGHT] = [10, 200];

/** Drawn days that are the last of a quarter after the worlds part, as places among the weeks. */
export function quartersOf(worlds: Worlds, first: number): number[] {
  const quarter = (week: number): number => {
    const date = dateOf(worlds, worlds.weeks[week]!);
    return 4 * date.getUTCFullYear() + Math.floor(date.getUTCMonth() / 3);
  };
  const last = worlds.weeks.length - 1;
  return worlds.weeks.flatMap((day, week) => (day > first && (week === last || quarter(week) !== quarter(week + 1)) ? [week] : []));
}

/** What was drawn, if it is of this question: another one may part on another day. */
export const drawnOf = (worlds: Worlds, question: Question, curve: number[] | null): number[] | null =>
  curve?.length === quartersOf(worlds, question.first).length ? curve : null;

/** Week and value of each point of what was drawn; it begins where the worlds part. */
export function pointsOf(worlds: Worlds, question: Question, { base }: Course, curve: number[]): [number, number][] {
  const start = Math.max(worlds.weeks.findLastIndex((day) => day <= question.first), 0);
  const points = quartersOf(worlds, question.first).map((week, k): [number, number] => [week, curve[k]!]);
  return points[0]?.[0] === start ? points : [[start, base[0][start]!], ...points];
}

/** How far what was drawn lies outside the band, and on which side, in one sentence. */
export function offBy(worlds: Worlds, question: Question, { now }: Course, curve: number[]): string {
  const [mean, low, high] = now;
  const found = quartersOf(worlds, question.first).map((week, k) => {
    const value = curve[k]!;
    return { week, off: Math.max(value - high[week]!, 0) - Math.max(low[week]! - value, 0), from: Math.abs(value - mean[week]!) };
  });
  const [above, below] = [found.filter(({ off }) => off > 0).length, found.filter(({ off }) => off < 0).length];
  const most = found.reduce((one, two) => (Math.abs(two.off) > Math.abs(one.off) ? two : one));
  const whole = found.reduce((sum, { from }) => sum + from, 0) / found.length;
  const counts = `You drew ${found.length} ${found.length === 1 ? "point" : "points"}: ${found.length - above - below} inside the band of ${held(worlds, question)} plausible worlds, ${above} above it and ${below} below it`;
  if (!most.off) return `${counts}; on average they are ${whole.toFixed(1)} points from the model's mean.`;
  const day = dayInWords(dateOf(worlds, worlds.weeks[most.week]!));
  return `${counts}; the farthest off, that of ${day}, is ${Math.abs(most.off).toFixed(1)} points ${most.off > 0 ? "above" : "below"} the band.`;
}

interface Props {
  worlds: Worlds;
  question: Question;
  curve: number[];
  room: number;
  colours: Paper;
  onCurve: (curve: number[], step: string) => void;
}

export function Draw({ worlds, question, curve, room, colours, onCurve }: Props) {
  const course = question.courses[question.app + worlds.holders]!;
  const quarters = quartersOf(worlds, question.first);
  const ref = useRef<SVGSVGElement>(null);
  const before = useRef<number | null>(null);
  const [left] = margins(room);
  const days = worlds.weeks;
  const x = scaleUtc([dateOf(worlds, 0), dateOf(worlds, days[days.length - 1]!)], [left, room - 24]);
  const y = scaleLinear([0, 100], [TOP + HEIGHT, TOP]); // all that can be, so that the scale tells nothing of the answer
  const at = (week: number): number => x(dateOf(worlds, days[week]!));
  const path = line<[number, number]>(([week]) => at(week), ([, value]) => y(value));
  const latest = useRef(curve); // several moves may come before what is drawn is shown
  latest.current = curve;
  const set = (values: [number, number][], step: string) => {
    latest.current = latest.current.map((old, k) => values.find(([one]) => one === k)?.[1] ?? old);
    onCurve(latest.current, step);
  };
  /** The point under the pointer, and those that it passed since it was seen last. */
  const place = (event: PointerEvent) => {
    const box = ref.current!.getBoundingClientRect();
    const [px, py] = [((event.clientX - box.left) * room) / box.width, ((event.clientY - box.top) * room) / box.width];
    const value = Math.min(Math.max(Math.round(2 * y.invert(py)) / 2, 0), 100);
    const near = quarters.reduce((best, week, k) => (Math.abs(at(week) - px) < Math.abs(at(quarters[best]!) - px) ? k : best), 0);
    const from = before.current ?? near;
    const steps = Math.abs(near - from);
    const passed = Array.from({ length: Math.max(steps - 1, 0) }, (_, i): [number, number] => {
      const between = value + ((i + 1) / steps) * (latest.current[from]! - value);
      return [near + Math.sign(from - near) * (i + 1), Math.round(2 * between) / 2];
    });
    before.current = near;
    set([[near, value], ...passed], "draw");
  };
  const press = (event: KeyboardEvent, k: number) => {
    const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 5, PageDown: -5, Home: -100, End: 100 }[event.key];
    const to = { ArrowLeft: k - 1, ArrowRight: k + 1 }[event.key];
    if (by === undefined && to === undefined) return;
    event.preventDefault();
    if (by !== undefined) set([[k, Math.min(Math.max(Math.round(latest.current[k]!) + by, 0), 100)]], `draw.${k}`);
    else ref.current!.querySelectorAll<SVGElement>("[role=slider]")[to!]?.focus();
  };
  return (
    <svg
      ref={ref} class="draw" role="group" aria-label={`Your curve of people who have ${question.app}, in %`} viewBox={`0 0 ${room} ${TOP + HEIGHT + 24}`}
      onPointerDown={(event) => {
        beginStep();
        before.current = null;
        event.currentTarget.setPointerCapture(event.pointerId);
        place(event);
      }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && place(event)}
    >
      <rect width={room} height={TOP + HEIGHT + 24} fill={colours.paper} />
      {y.ticks(4).map((value) => (
        <g key={value}>
          <line x1={left} x2={room - 24} y1={y(value)} y2={y(value)} stroke={colours.faint} />
          <text x={left - 6} y={y(value) + 4} text-anchor="end" fill={colours.quiet}>{value} %</text>
        </g>
      ))}
      {ticks(x, (room - left) / 2).map(([date, text]) => <text key={text + date.getTime()} x={x(date)} y={TOP + HEIGHT + 18} text-anchor="middle" fill={colours.quiet}>{text}</text>)}
      <path d={path(course.base[0].map((value, week) => [week, value])) ?? ""} fill="none" stroke={worlds.grey[0]} stroke-width="1.8" />
      <path d={path(pointsOf(worlds, question, course, curve)) ?? ""} fill="none" stroke={colours.ink} stroke-width="2" />
      {quarters.map((week, k) => (
        <g
          key={week} role="slider" tabindex={0} aria-orientation="vertical" aria-label={dayInWords(dateOf(worlds, days[week]!))} aria-valuemin={0} aria-valuemax={100}
          aria-valuenow={curve[k]!} aria-valuetext={`${curve[k]!} %`} onKeyDown={(event) => press(event, k)}
        >
          <circle cx={at(week)} cy={y(curve[k]!)} r="13" fill="transparent" />
          <circle cx={at(week)} cy={y(curve[k]!)} r="5.5" fill={colours.paper} stroke={colours.ink} stroke-width="2" />
        </g>
      ))}
    </svg>
  );
}
