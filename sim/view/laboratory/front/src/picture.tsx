// The curves: what is followed in both worlds, as it was in grey and now in colour, on the axis of the stage.
import { extent } from "d3-array";
import { scaleLinear, scaleUtc, type ScaleTime } from "d3-scale";
import { area, line } from "d3-shape";
import type { Course, Inks, Lines, Paper, Question, Worlds } from "./data";
import { dateOf, dayInWords } from "./data";
import { told } from "./words";

const PANEL = 104;
const NARROW = 600;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const FONT = '12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif';

export interface Panel {
  name: string;
  heading: string;
  course: Course;
  inks: Inks;
  /** Percent, told with its sign at the ends of lines. */
  isPercent: boolean;
  domain?: [number, number];
  fromZero: boolean;
}

/** The quantities of a question for an app: who has it, accounts handed over, and how far it can be used where that differs. */
export function panelsOf(worlds: Worlds, question: Question, app: string): Panel[] {
  const inks = worlds.apps[app]!;
  const found: [string, string, Inks, boolean, boolean, [number, number]?][] = [
    [app + worlds.holders, `People who have ${app}, in %`, inks, true, false],
    [worlds.accounts, "Accounts handed over since the worlds part", worlds.other, false, true],
    [app + worlds.access, `How far ${app} can be used, in %`, inks, true, true, [0, 100]],
  ];
  return found.flatMap(([name, heading, colour, isPercent, fromZero, domain]) => {
    const course = question.courses[name];
    return course ? [{ name, heading, course, inks: colour, isPercent, fromZero, ...(domain && { domain }) }] : [];
  });
}

export const short = (value: number): string =>
  Math.abs(value) >= 1e6 ? `${+(value / 1e6).toPrecision(3)}M` : Math.abs(value) >= 1e4 ? `${+(value / 1e3).toPrecision(3)}k` : `${value.toLocaleString("en")}`.replace("-", "−");

interface Label {
  x: number;
  row: number;
  text: string;
  anchor: "start" | "end";
}

/** Room that a letter takes at most, in pixels; broad fonts need as much. */
const LETTER = 6.9;
const width = (text: string): number => LETTER * text.length;

/** Names of events in so many rows, none over another; near the end they stand left of their line. One without room has no name. */
export function arrange(events: [number, string][], x: (day: number) => number, left: number, end: number, rows: number): Label[] {
  const taken: [number, number][][] = Array.from({ length: rows }, () => []);
  return events.map(([day, text]) => {
    const at = x(day);
    for (const anchor of ["start", "end"] as const) {
      const from = anchor === "end" ? at - width(text) - 4 : at - 4;
      const to = from + width(text) + 12;
      const row = from < left - 4 || to - 8 > end ? -1 : taken.findIndex((spans) => spans.every(([a, b]) => to < a || from > b));
      if (row < 0) continue;
      taken[row]!.push([from, to]);
      return { x: at, row, text, anchor };
    }
    return { x: at, row: 0, text: "", anchor: "start" };
  });
}

/** Places of labels moved apart by at least a gap, in their order, within bounds. */
function apart(places: number[], gap: number, low: number, high: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => places[a]! - places[b]!);
  const found = [...places];
  order.forEach((i, k) => (found[i] = Math.max(places[i]!, k ? found[order[k - 1]!]! + gap : low)));
  order.reverse().forEach((i, k) => (found[i] = Math.min(found[i]!, k ? found[order[k - 1]!]! - gap : high)));
  return found;
}

export function ticks(x: ScaleTime<number, number>, room: number): [Date, string][] {
  const found = x.ticks(Math.max(Math.floor(room / 90), 2));
  let year = -1;
  return found.map((date) => {
    const isNew = date.getUTCFullYear() !== year;
    year = date.getUTCFullYear();
    const month = MONTHS[date.getUTCMonth()]!;
    return [date, isNew ? `${month} ${year}` : month];
  });
}

/** Room for words left and right of the axis. */
export const margins = (room: number): [number, number] => (room < NARROW ? [44, 92] : [60, 150]);

export interface PictureProps {
  worlds: Worlds;
  question: Question;
  panels: Panel[];
  week: number;
  room: number;
  colours: Paper;
  isDark: boolean;
  /** Whether the other world may be seen. */
  open: boolean;
  guess: number | null;
  /** What was drawn before: week and value of each point. */
  drawn: [number, number][] | null;
}

export function Picture({ worlds, question, panels, week, room, colours, isDark, open, guess, drawn }: PictureProps) {
  const isNarrow = room < NARROW;
  const [left, right] = margins(room);
  const end = room - right;
  const x = scaleUtc([dateOf(worlds, 0), dateOf(worlds, worlds.weeks.at(-1)!)], [left, end]);
  const at = (day: number): number => x(dateOf(worlds, day));
  const shown = open ? question.events : question.events.filter(([day]) => day <= question.first);
  const labels = arrange(shown, at, left, end, isNarrow ? 2 : 4);
  const strip = 20 + 15 * Math.max(0, ...labels.map(({ row }) => row + 1));
  const heading = isNarrow ? 40 : 26;
  const step = heading + PANEL + 14;
  const height = strip + panels.length * step + 26;
  const cursor = at(worlds.weeks[week]!);
  const said = panels.map(({ heading: name, course }) => {
    const [base, now, gap] = told(course, week);
    return `${name}: ${base} as it was${open ? `, ${now} now, ${gap || "no difference"}` : ""}`;
  });
  return (
    <svg
      id="picture" role="img" xmlns="http://www.w3.org/2000/svg" viewBox={`0 0 ${room} ${height}`} width={room} height={height}
      style={{ font: FONT }} aria-label={`${dayInWords(dateOf(worlds, worlds.weeks[week]!))}. ${said.join(". ")}.`}
    >
      <rect width={room} height={height} fill={colours.paper} />
      {labels.map(({ x: from, row }, i) => <line key={i} x1={from} x2={from} y1={15 * row + 4} y2={height - 22} stroke={colours.quiet} stroke-width="0.7" stroke-dasharray="2 3" />)}
      {labels.map(({ x: from, row, text, anchor }, i) => (
        <text key={i} class="event" x={anchor === "start" ? from + 4 : from - 4} y={15 * row + 13} text-anchor={anchor} fill={colours.ink} {...haloOf(colours)}>{text}</text>
      ))}
      {panels.map((panel, i) => (
        <g key={panel.name} class="panel" data-name={panel.name} transform={`translate(0 ${strip + i * step})`}>
          <line class="cursor" x1={cursor} x2={cursor} y1={heading - 4} y2={heading + PANEL + 10} stroke={colours.ink} stroke-width="1.2" />
          <Quantity {...{ worlds, panel, week, at, left, end, room, heading, colours, isDark, isNarrow, open }} guess={i === 0 ? guess : null} drawn={i === 0 ? drawn : null} />
        </g>
      ))}
      <g transform={`translate(0 ${height - 22})`}>
        {ticks(x, end - left).map(([date, text]) => (
          <g key={text + date.getTime()}>
            <line x1={x(date)} x2={x(date)} y1="-4" y2="0" stroke={colours.quiet} />
            <text x={x(date)} y="13" text-anchor="middle" fill={colours.quiet}>{text}</text>
          </g>
        ))}
      </g>
    </svg>
  );
}

/** Words keep clear of the lines behind them. */
const haloOf = (colours: Paper) => ({ stroke: colours.paper, "stroke-width": 4, "paint-order": "stroke" });

interface QuantityProps extends Omit<PictureProps, "question" | "panels"> {
  panel: Panel;
  at: (day: number) => number;
  left: number;
  end: number;
  heading: number;
  isNarrow: boolean;
}

function Quantity({ worlds, panel, week, at, left, end, room, heading, colours, isDark, isNarrow, open, guess, drawn }: QuantityProps) {
  const { course, inks, isPercent } = panel;
  const days = worlds.weeks;
  const seen: Lines[] = open ? [course.base, course.now] : [course.base];
  const marks = [...(guess === null ? [] : [guess]), ...(drawn ?? []).map(([, value]) => value)];
  const [low, high] = extent([...seen.flat(2), ...marks]) as [number, number];
  const span = high - low || 1;
  const y = scaleLinear(panel.domain ?? [panel.fromZero ? 0 : Math.max(low - 0.1 * span, 0), high + 0.1 * span], [heading + PANEL, heading]);
  if (!panel.domain) y.nice(4);
  const xs = days.map(at);
  const curve = line<number>((_, i) => xs[i]!, (value) => y(value));
  const between = (one: number[], two: number[]) => area<number>((_, i) => xs[i]!, (_, i) => y(one[i]!), (_, i) => y(two[i]!))(one) ?? "";
  const grey = worlds.grey;
  const halo = haloOf(colours);
  const ink = (which: Inks): string => (isDark ? which[2] : which[1]);
  const [before, after, gap] = told(course, week);
  const sign = isPercent ? " %" : "";
  const last = days.length - 1;
  const lastTold = told(course, last);
  const ends = [course.base[0][last]!, ...(open ? [course.now[0][last]!] : []), ...(guess === null ? [] : [guess])];
  const places = apart(ends.map(y), 14, heading + 4, heading + PANEL - 2).map((place) => place + 4);
  const difference = !open ? "" : gap ? gap : "no difference";
  const readout = open ? `${before}${sign} → ${after}${sign}: ${difference}` : `${before}${sign}`;
  return (
    <>
      <text x="0" y="13" fill={colours.ink} font-weight="600" {...halo}>{panel.heading}</text>
      <text class="readout" {...halo} x={isNarrow ? 0 : room} y={isNarrow ? 29 : 13} text-anchor={isNarrow ? "start" : "end"} fill={ink(open ? inks : grey)} font-weight="600">{readout}</text>
      {y.ticks(4).map((value) => (
        <g key={value}>
          <line x1={left} x2={end} y1={y(value)} y2={y(value)} stroke={colours.faint} stroke-width="0.8" />
          <text x={left - 6} y={y(value) + 4} text-anchor="end" fill={colours.quiet}>{short(value)}</text>
        </g>
      ))}
      <path d={between(course.base[1], course.base[2])} fill={grey[0]} opacity="0.18" />
      {open && <path d={between(course.now[1], course.now[2])} fill={inks[0]} opacity="0.16" />}
      {open && <path class="gap" d={between(course.base[0], course.now[0])} fill={inks[0]} opacity="0.35" />}
      <path d={curve(course.base[0]) ?? ""} fill="none" stroke={grey[0]} stroke-width="1.8" />
      {open && <path d={curve(course.now[0]) ?? ""} fill="none" stroke={inks[0]} stroke-width="2.4" />}
      <text x={end + 8} y={places[0]} fill={ink(grey)}>{isNarrow ? "was" : "as it was"} {lastTold[0]}{sign}</text>
      {open && <text x={end + 8} y={places[1]} fill={ink(inks)} font-weight="700">now {lastTold[1]}{sign}</text>}
      <circle cx={xs[week]} cy={y(course.base[0][week]!)} r="3" fill={grey[0]} />
      {open && <circle cx={xs[week]} cy={y(course.now[0][week]!)} r="3.6" fill={inks[0]} stroke={colours.paper} />}
      {guess !== null && (
        <g class="guess">
          <path d="M0-6L6 0 0 6-6 0Z" transform={`translate(${end} ${y(guess)})`} fill={colours.ink} />
          {drawn?.map(([day, value]) => <circle key={day} cx={xs[day]} cy={y(value)} r="2.6" fill={colours.ink} />)}
          {drawn && <path class="drawn-line" d={line<[number, number]>(([day]) => xs[day]!, ([, value]) => y(value))(drawn) ?? ""} fill="none" stroke={colours.ink} stroke-width="1.5" />}
          <text x={end + 8} y={places[places.length - 1]} fill={colours.ink} font-weight="700">you {guess} %</text>
        </g>
      )}
    </>
  );
}
