// The stage: people, companies and the answer in both worlds on one screen, on the day of the one clock.
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Chain, Flow, Lead, Paper, Question, Span, Worlds } from "./data";
import { dateOf, dayInWords, held } from "./data";
import { type Column, counted, type Dot, HALF_BAND, laidOut, type Layout, livesOf, moved, painted, sent } from "./dots";
import { ofHundred } from "./words";

/** How a stance is marked, in a sign and a word or two. */
const SIGNS: Record<string, [string, string]> = {
  process: ["○", "answers"], pause: ["❚❚", "pauses"], mlat: ["§", "by treaty"], refuse: ["✕", "refuses"], cannot: ["∅", "has no data"],
  comply: ["●", "gives all"], withdraw: ["▁", "shut office"], exit: ["→", "has left"],
};
const MOST_FIRMS = 12;
/** Movements that are drawn at most, and percent of people from which one is. */
const [MOST_ARROWS, LEAST_ARROW] = [2, 0.95];
const STRIP = 240;

export function useRoom<T extends HTMLElement>() {
  const ref = useRef<T>(null);
  const [size, set] = useState<[number, number]>([800, 300]);
  useLayoutEffect(() => {
    const measure = () => ref.current?.clientWidth && set([Math.max(Math.floor(ref.current.clientWidth), 280), Math.floor(ref.current.clientHeight)]);
    const watch = new ResizeObserver(measure);
    watch.observe(ref.current!);
    measure();
    return () => watch.disconnect();
  }, []);
  return [ref, size] as const;
}

/** The stance that most pairs have in a week, and how many of a hundred have it. */
function stanceOn(spans: Span[], week: number): [string, number] {
  const [first, stance, shares] = spans.findLast(([day]) => day <= week) ?? [0, "", []];
  return [stance, shares[week - first] ?? 0];
}
/** "in 17 of 20", where it is not in all. */
const inPairs = (share: number, { lead }: Question): string => (share < 100 ? ` in ${Math.round((share * lead.gaps.length) / 100)} of ${lead.gaps.length}` : "");
const alike = (one: Span[], two: Span[]): boolean => JSON.stringify(one.map((span) => span.slice(0, 2))) === JSON.stringify(two.map((span) => span.slice(0, 2)));

/** Companies whose stance differs on some day first, then owners of apps. */
export function firms({ stances }: Question, { owners }: Worlds): string[] {
  const own = Object.values(owners);
  const rank = (name: string): number => (alike(stances[name]!.base, stances[name]!.now) ? (own.includes(name) ? 1 : 2) : 0);
  return Object.keys(stances).sort((one, two) => rank(one) - rank(two));
}

interface Props {
  worlds: Worlds;
  question: Question;
  week: number;
  /** Whether the other world may be seen. */
  open: boolean;
  /** What is drawn on, where it is paper: its size in pixels. */
  paper: [number, number] | null;
  colours: Paper;
  isDark: boolean;
  plays: boolean;
}

/** What each company does on the day; where it does otherwise in the other world, both. */
export function Firms({ worlds, question, week, open }: Pick<Props, "worlds" | "question" | "week" | "open">) {
  const names = firms(question, worlds);
  const sign = (stance: string) => <><span aria-hidden="true">{SIGNS[stance]?.[0] ?? "·"}</span> {SIGNS[stance]?.[1] ?? worlds.stances[stance]}</>;
  return (
    <ul class="firms" aria-label={`What companies do with demands for data on ${dayInWords(dateOf(worlds, worlds.weeks[week]!))}`}>
      {names.slice(0, MOST_FIRMS).map((name) => {
        const [[was, before], [is, after]] = [stanceOn(question.stances[name]!.base, week), stanceOn(question.stances[name]!.now, week)];
        const isApart = open && was !== is;
        return (
          <li key={name} class={isApart ? "apart" : undefined} data-firm={name} title={`${name} ${worlds.stances[open ? is : was]}`}>
            <b>{name}</b>
            <span>{sign(open ? is : was)}{inPairs(open ? after : before, question)}</span>
            {isApart && <span class="quiet">was: {SIGNS[was]?.[1] ?? worlds.stances[was]}{inPairs(before, question)}</span>}
          </li>
        );
      })}
      {names.length > MOST_FIRMS && <li class="quiet">and {names.length - MOST_FIRMS} more</li>}
    </ul>
  );
}

const width = (text: string): number => 7.4 * text.length;
const named = (app: string): string => app || "no app";

/** People under the app that each uses most, as it was above and now below; arrows for the average of all pairs. */
export function People({ worlds, question, week, open, colours, isDark, plays, paper }: Props) {
  const [ref, onScreen] = useRoom<HTMLDivElement>();
  const size = paper ?? onScreen;
  const canvas = useRef<HTMLCanvasElement>(null);
  const dots = useRef<Dot[][]>([]);
  const frame = useRef(0);
  const { city } = question;
  const weeks = worlds.weeks.length;
  const both = useMemo(() => [livesOf(city.base, weeks), livesOf(city.now, weeks)], [city]);
  const lives = open ? both : both.slice(0, 1);
  const layout = useMemo(() => laidOut(city, both, weeks, size, (app) => Math.max(width(named(app)), 62)), [city, size[0], size[1]]);
  const colourOf = (letter: string): string => worlds.apps[layout.columns.find((one) => one.letter === letter)?.app ?? ""]?.[0] ?? worlds.grey[0];
  const seen = useRef<unknown>(null);
  useLayoutEffect(() => {
    const [context, scale] = [canvas.current!.getContext("2d")!, Math.min(devicePixelRatio || 1, 2)];
    [canvas.current!.width, canvas.current!.height] = [size[0] * scale, size[1] * scale];
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const jump = seen.current !== layout || !plays || matchMedia("(prefers-reduced-motion: reduce)").matches;
    seen.current = layout;
    dots.current = sent(dots.current, layout, lives, week, jump);
    const draw = () => {
      const isUnderWay = moved(dots.current);
      context.clearRect(0, 0, ...size);
      painted(context, dots.current, layout.step, colourOf, colours.ink);
      frame.current = isUnderWay ? requestAnimationFrame(draw) : 0;
    };
    draw();
    return () => cancelAnimationFrame(frame.current);
  }, [layout, lives.length, both, week, isDark, plays]);
  const on = dayInWords(dateOf(worlds, worlds.weeks[week]!));
  const [was, is] = both.map((of) => counted(of, week)) as [Map<string, number>, Map<string, number>];
  const count = (column: Column): string => `${was.get(column.letter) ?? 0}${open ? ` → ${is.get(column.letter) ?? 0}` : ""}`;
  const { columns, middle } = layout;
  const said = columns.map((column) => `${named(column.app)} ${count(column)}`).join(", ");
  return (
    <div class="people" ref={ref}>
      <canvas ref={canvas} role="img" style={{ width: `${size[0]}px`, height: `${size[1]}px` }} aria-label={`${both[0]!.length} simulated people on ${on}, by the app used most, as it was${open ? " → now" : ""}: ${said}`} />
      <svg width={size[0]} height={size[1]} aria-hidden="true">
        {[-1, 1].map((side) => <line key={side} x1="0" x2={size[0]} y1={middle + side * HALF_BAND} y2={middle + side * HALF_BAND} stroke={colours.faint} />)}
        {columns.map((column) => (
          <g key={column.letter} text-anchor="middle" fill={colours.ink}>
            <text x={column.left + column.wide / 2} y={middle - 4} font-weight="700">{named(column.app)}</text>
            <text class="count" x={column.left + column.wide / 2} y={middle + 12}>{count(column)}</text>
          </g>
        ))}
        <text x={size[0] - 2} y="12" text-anchor="end" fill={colours.quiet}>▲ as it was</text>
        {open && <text x={size[0] - 2} y={2 * middle - 12} text-anchor="end" fill={colours.quiet}>▼ now</text>}
        {open && <Arrows {...{ layout, week, colours }} flows={question.flows} ink={worlds.apart[isDark ? 2 : 1]} room={size[0]} />}
      </svg>
    </div>
  );
}

function Arrows({ flows, layout, week, colours, ink, room }: { flows: Flow[]; layout: Layout; week: number; colours: Paper; ink: string; room: number }) {
  const { columns, middle } = layout;
  const centre = (app: string): number | undefined => {
    const column = columns.find((one) => one.app === app);
    return column && column.left + column.wide / 2;
  };
  const top = 2 * middle + 1;
  const drawn = largest(flows, week).filter(({ percent }) => percent >= LEAST_ARROW).slice(0, MOST_ARROWS).flatMap(({ from, to, percent }, i) => {
    const [one, two] = [centre(from), centre(to)];
    if (one === undefined || two === undefined) return [];
    const text = `${ofHundred(percent)} people`;
    const [half, isShort] = [width(text) / 2, Math.abs(two - one) < width(text) + 12];
    const beyond = Math.max(one, two) + half + 10;
    const at = !isShort ? (one + two) / 2 : beyond + half < room ? beyond : Math.min(one, two) - half - 10;
    return [{ from, to, percent, text, half, at, low: top + 13 + 22 * i, one: one - 5 * (i - 0.5) * Math.sign(two - one), two: two - 5 * (i - 0.5) * Math.sign(two - one) }];
  });
  if (!drawn.length) return <text class="flow" x={room / 2} y={top + 24} text-anchor="middle" fill={colours.quiet}>No flow of 1 of 100 people or more.</text>;
  return (
    <>
      {drawn.map(({ from, to, percent, low, one, two }) => (
        <g key={from + to} class="flow" data-from={from} data-to={to}>
          <path d={`M${one} ${top - 4}V${low}H${two}V${top + 4}`} fill="none" stroke={ink} stroke-width={Math.min(1.5 + percent / 4, 6)} opacity="0.85" />
          <path d={`M${two - 6} ${top + 5}h12l-6 -10z`} fill={ink} />
        </g>
      ))}
      {drawn.map(({ from, to, text, half, at, low }) => (
        <g key={from + to}>
          <rect x={at - half} y={low - 8} width={2 * half} height="16" fill={colours.paper} />
          <text x={at} y={low + 4} text-anchor="middle" font-weight="700" fill={colours.ink}>{text}</text>
        </g>
      ))}
    </>
  );
}

/** Movements by their size up to a week, from where people left to where they are. */
export function largest(flows: Flow[], week: number): { from: string; to: string; percent: number }[] {
  const found = flows.map(({ from, to, by }) => (by[week]! < 0 ? { from: to, to: from, percent: -by[week]! } : { from, to, percent: by[week]! }));
  return found.filter(({ percent }) => percent > 0).sort((one, two) => two.percent - one.percent);
}

/** The number of the answer: level in both worlds, band, and a dot for each pair. */
export function Answer({ worlds, question, colours, colour, isRefining, pairs }: { worlds: Worlds; question: Question; colours: Paper; colour: string; isRefining: boolean; pairs: number }) {
  const { lead } = question;
  const isOfUsers = lead.id.endsWith(worlds.holders);
  const isCounted = lead.unit === "companies";
  const of = isOfUsers ? `people who have ${lead.app}` : lead.name;
  const sign = lead.unit === "points" ? " %" : "";
  return (
    <div class="number">
      <p class={lead.text.length > 12 ? "big long" : "big"}>{lead.text}</p>
      <Strip {...{ lead, colours, colour }} />
      <p>
        {isCounted ? `${lead.band}, ${lead.when}.` : <>{of}, {lead.when}: <b>{lead.before}{sign} → {lead.after}{sign}</b>; {held(worlds, question)} worlds: {lead.band}.</>}{" "}
        {lead.also.map((one) => <span key={one} class="also">{one}. </span>)}
        {pairs < worlds.few && !isRefining ? (
          <strong class="open">A trial with {pairs} {pairs === 1 ? "pair" : "pairs"}: do not quote it</strong>
        ) : isCounted ? null : lead.clear ? (
          <strong>{lead.alike} of {lead.gaps.length} plausible worlds agree</strong>
        ) : (
          <strong class="open">Open: the worlds do not agree on a direction</strong>
        )}
      </p>
    </div>
  );
}

/** A dot for each pair on the line of differences; those that are alike stand upon one another. */
function Strip({ lead: { gaps, text }, colours, colour }: { lead: Lead; colours: Paper; colour: string }) {
  const [low, high] = [Math.min(0, ...gaps), Math.max(0, ...gaps)];
  const x = (gap: number): number => 6 + ((STRIP - 12) * (gap - low)) / (high - low || 1);
  const bins = new Map<number, number>();
  const places = gaps.map((gap) => {
    const bin = Math.round(x(gap) / 8);
    const row = bins.get(bin) ?? 0;
    bins.set(bin, row + 1);
    return [x(gap), row] as const;
  });
  const rows = Math.max(...bins.values());
  const step = Math.min(7, 30 / rows);
  return (
    <svg class="strip" viewBox={`0 0 ${STRIP} 44`} role="img" aria-label={`${gaps.length} plausible worlds, a dot each: ${text}`}>
      <line x1="0" x2={STRIP} y1="38" y2="38" stroke={colours.faint} />
      <line x1={x(0)} x2={x(0)} y1="4" y2="42" stroke={colours.quiet} stroke-width="1.2" />
      {places.map(([at, row], i) => <circle key={i} class="world" cx={at} cy={34 - row * step} r="3" fill={colour} stroke={colours.paper} stroke-width="0.6" />)}
    </svg>
  );
}

/** Why, each reason with its number: where people went and what that app's owner does with data, and which companies do otherwise. */
export function reasons(worlds: Worlds, question: Question): [string, string][] {
  const [last, { stances, lead, flows }] = [worlds.weeks.length - 1, question];
  const moves = largest(flows, last).filter(({ percent }) => percent >= LEAST_ARROW).slice(0, 1).map(({ from, to, percent }): [string, string] => {
    const owner = worlds.owners[to];
    const does = owner && stances[owner] ? `; ${owner === to ? "it" : `${owner}, its owner,`} ${worlds.stances[stanceOn(stances[owner].now, last)[0]]}` : "";
    return [`The largest flow goes from ${named(from)} to ${named(to)}${does}`, `${ofHundred(percent)} people, by ${worlds.endWords}`];
  });
  const ends = Object.entries(stances).map(([name, { base, now }]) => [name, stanceOn(base, last), stanceOn(now, last)] as const);
  // where a stance is that of no more than half, it is not the answer
  const [first, ...others] = ends.filter(([, [was, before], [is, after]]) => was !== is && Math.min(before, after) > 50);
  if (first) {
    const [name, [was], [is, share]] = first;
    const more = others.length ? ` and ${others.length} more ${others.length > 1 ? "companies" : "company"} do otherwise; ${name}` : "";
    moves.push([`${name}${more} ${worlds.stances[is]}; as it was, it ${worlds.stances[was]}`, `${name}:${inPairs(share, question) || ` in all ${lead.gaps.length}`} worlds`]);
  }
  return moves.length ? moves : [["No company does otherwise in most worlds, and no flow is of 1 of 100 people or more", `the most: ${lead.app || lead.name} ${lead.text}`]];
}

const headOf = ({ pairs, whole, carried, links }: Chain): string =>
  `${links.length ? "" : "No single link was found. "}Links of the mechanism, switched off one at a time in both worlds of ${pairs} pairs. With all of them: ${whole}.` +
  (links.length && !carried ? " No single link carries a quarter of that." : "");
const linksOf = ({ links, tried }: Chain): Chain["links"] => (links.length ? links : tried.map((without) => ({ without, left: "not clearly otherwise" })));

/** Why; of a file also what is left without each link, which a server works out when it is asked. */
export function Why({ worlds, question, id }: { worlds: Worlds; question: Question; id: string }) {
  const [[of, found], set] = useState<[string, Chain | null]>(["", null]);
  const [isAsked, chain] = [of !== "" && of === id, question.chain ?? (of === id ? found : null)];
  const ask = async () => {
    set([id, null]);
    const response = await fetch(`api/chain/${encodeURIComponent(id)}`).catch(() => null);
    const told = response?.ok ? ((await response.json()) as Chain) : null;
    set(([now, before]) => (now === id ? [told ? id : "", told] : [now, before]));
  };
  return (
    <ol class="why" aria-label="Why" tabIndex={0}>
      {reasons(worlds, question).map(([text, number]) => <li key={text}>{text} <b>{number}</b></li>)}
      {chain && <li class="link head">{headOf(chain)}</li>}
      {chain && linksOf(chain).map(({ without, left }) => <li key={without} class="link">where {without}: <b>{left}</b></li>)}
      {!chain && id && <li class="link">{isAsked ? <span role="status">Both worlds are lived again without each link …</span> : <button type="button" onClick={() => void ask()}>Switch links off</button>}</li>}
    </ol>
  );
}

/** What happened last, in either world. */
export function Caption({ worlds, question, week, open }: Pick<Props, "worlds" | "question" | "week" | "open">) {
  const day = worlds.weeks[week]!;
  const before = question.events.filter(([on]) => on <= day && (open || on <= question.first)).at(-1);
  return (
    <p class="caption">
      <output for="day">{dayInWords(dateOf(worlds, day))}</output>{" "}
      {before ? <>since {dayInWords(dateOf(worlds, before[0]))}: {before[1]}</> : "before the first act"}
    </p>
  );
}

/** What the dots and arrows show, to be read. */
export function SameInTable({ worlds, question, week }: { worlds: Worlds; question: Question; week: number }) {
  const [{ city, flows, lead }, weeks] = [question, worlds.weeks.length];
  const [base, now] = useMemo(() => [livesOf(city.base, weeks), livesOf(city.now, weeks)] as const, [city]);
  const on = dayInWords(dateOf(worlds, worlds.weeks[week]!));
  const cut = (lives: string[], letter: string): number => lives.filter((life) => life[week] === letter.toUpperCase() && letter !== ".").length;
  const rows: [string, string][] = [...city.apps.map((app, i): [string, string] => [app, String.fromCharCode(97 + i)]), ["no app", "."]];
  const [was, is] = [counted(base, week), counted(now, week)];
  return (
    <>
      <table>
        <caption>{base.length} simulated people on {on}, by the app used most</caption>
        <thead><tr><th scope="col">app</th><th scope="col">as it was</th><th scope="col">now</th><th scope="col">cut off, as it was</th><th scope="col">cut off, now</th></tr></thead>
        <tbody>
          {rows.map(([app, letter]) => (
            <tr key={app}><th scope="row">{app}</th><td>{was.get(letter) ?? 0}</td><td>{is.get(letter) ?? 0}</td><td>{cut(base, letter)}</td><td>{cut(now, letter)}</td></tr>
          ))}
        </tbody>
      </table>
      <p class="note">
        The people are of pair {city.pair} of {lead.gaps.length}, whose gains and losses are nearest to the mean of all: an example, not an estimate. Arrows are
        the mean over all pairs.
      </p>
      <ul>{largest(flows, week).map(({ from, to, percent }) => <li key={from + to}>{named(from)} to {named(to)}: {ofHundred(percent)} people more than as it was</li>)}</ul>
    </>
  );
}
