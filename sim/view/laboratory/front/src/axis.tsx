// One axis that is chart, scrubber and editor of acts: the gap between both worlds with its band, the day, and what was asked.
import { extent } from "d3-array";
import { scaleLinear, scaleUtc } from "d3-scale";
import { area, line } from "d3-shape";
import { useEffect, useRef } from "preact/hooks";
import type { Entry, Form, Paper, Question, Request, Schema, Value, Worlds } from "./data";
import { dateOf, dayInWords, dayOf } from "./data";
import { arrange, ticks } from "./picture";
import { carried, changed, inShort, lengthOf, moved, removed, type Standing, standing, stretched } from "./request";
import { beginStep } from "./state";
import { told } from "./words";

const [LETTER, LANE, ROW, CHART] = [8, 34, 14, 52];
/** Half the breadth of the scrubber's thumb, so that it stands on the day. */
const PAD = 8;
/** Milliseconds of a week that is played; longer where motion is not wanted. */
const [PACE, CALM] = [130, 700];

interface Props {
  worlds: Worlds;
  /** What a server knows of acts; without one they are shown, and not moved. */
  schema: Schema | null;
  question: Question | null;
  request: Request | null;
  acts: Entry[] | null;
  /** The request that the question answers, where it is another by now. */
  answered: Request | null;
  week: number;
  open: boolean;
  room: number;
  colours: Paper;
  colour: string;
  plays: boolean;
  play: (plays: boolean) => void;
  onWeek: (week: number) => void;
  onRequest: (request: Request, group: string) => void;
  edited: string;
  edit: (id: string) => void;
}

export function Axis({ worlds, schema, question, request, acts, answered, week, open, room, colours, colour, plays, play, onWeek, onRequest, edited, edit }: Props) {
  const last = worlds.weeks.length - 1;
  useEffect(() => {
    if (!plays) return undefined;
    if (week >= last) return play(false);
    const timer = setTimeout(() => onWeek(week + 1), matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM : PACE);
    return () => clearTimeout(timer);
  }, [plays, week]);
  const x = scaleUtc([dateOf(worlds, 0), dateOf(worlds, worlds.weeks[last]!)], [PAD, room - PAD]);
  const at = (day: number): number => x(dateOf(worlds, Math.min(Math.max(day, 0), worlds.weeks[last]!)));
  const barsIn = (one: Request | null) => (schema && one ? barsOf(worlds, schema, one, acts, at, room) : []);
  const bars = barsIn(request);
  const lanes = bars.length ? LANE * (1 + Math.max(...bars.map(({ lane }) => lane))) : 0;
  const own = new Set([...bars, ...barsIn(answered)].map(({ day }) => day));
  const events = (question?.events ?? []).filter(([day]) => (open || day <= question!.first) && !own.has(day));
  const labels = arrange(events, at, PAD, room - PAD, room < 600 ? 2 : 3);
  const rows = ROW * Math.max(0, ...labels.map(({ row }) => row + 1));
  const course = question?.courses[question.lead.id] ?? question?.courses[question.app + worlds.holders];
  const [low, high] = extent(course && open ? [0, ...course.gap.flat()] : [0, 1]) as [number, number];
  const guess = course && schema && request && answered && carried(worlds, schema, answered, request, course.gap);
  const gap = guess || course?.gap;
  const top = lanes + rows;
  const y = scaleLinear([low, high > low ? high : low + 1], [top + CHART - 4, top + 5]);
  const xs = worlds.weeks.map(at);
  const height = top + CHART + 16;
  const day = dayInWords(dateOf(worlds, worlds.weeks[week]!));
  const change = (id: string, fields: Record<string, Value | undefined>, group: string) => onRequest(changed(schema!, request!, id, fields), `${id}.${group}`);
  return (
    <div class="axis" style={{ height: `${height}px` }}>
      <svg class="gap" width={room} height={height} aria-hidden="true">
        {labels.map(({ x: from, row, text, anchor }, i) => (
          <g key={i}>
            <line x1={from} x2={from} y1={lanes + ROW * row + 2} y2={top + CHART} stroke={colours.quiet} stroke-width="0.8" stroke-dasharray="2 3" />
            {text && <text x={anchor === "start" ? from + 3 : from - 3} y={lanes + ROW * row + 11} text-anchor={anchor} fill={colours.quiet}>{text}</text>}
          </g>
        ))}
        {gap && open && (
          <>
            <path d={area<number>((_, i) => xs[i]!, (_, i) => y(gap[1]![i]!), (_, i) => y(gap[2]![i]!))(gap[0]!) ?? ""} fill={colour} opacity="0.25" />
            <line x1={PAD} x2={room - PAD} y1={y(0)} y2={y(0)} stroke={worlds.grey[0]} stroke-width="1.5" />
            <path class={guess ? "guess" : "told"} d={line<number>((_, i) => xs[i]!, (value) => y(value))(gap[0]!) ?? ""} fill="none" stroke={colour} stroke-width="2.2" stroke-dasharray={guess ? "4 3" : ""} />
          </>
        )}
        {ticks(x, room).filter(([date, text]) => x(date) > 4 * text.length && x(date) < room - 4 * text.length).map(([date, text]) => (
          <text key={text + date.getTime()} x={x(date)} y={height - 3} text-anchor="middle" fill={colours.quiet}>{text}</text>
        ))}
        <line class="cursor" x1={xs[week]} x2={xs[week]} y1={lanes} y2={top + CHART} stroke="var(--apart)" stroke-width="3" />
      </svg>
      <input
        id="day" type="range" min="0" max={last} step="1" value={week} aria-label="Day that is shown" style={{ top: `${lanes}px`, height: `${height - lanes}px` }}
        aria-valuetext={course && open ? `${day}: ${told(course, week)[2] || "no difference"}` : day}
        onInput={(event) => {
          play(false);
          onWeek(Number(event.currentTarget.value));
        }}
      />
      {bars.map(({ act, day: from, length, wide, lane, shift, title }) => (
        <Bar
          key={act.id} {...{ worlds, act, length, wide, title, shift }} day={from} isOpen={edited === act.id} left={at(from)} top={LANE * lane}
          pace={worlds.weeks[last]! / (room - 2 * PAD)} form={schema!.acts?.find(({ kind }) => kind === act.kind)}
          onFields={(fields, group) => change(act.id, fields, group)} onOpen={() => edit(edited === act.id ? "" : act.id)}
          onDrop={() => onRequest(removed(schema!, request!, act.id), "")}
        />
      ))}
    </div>
  );
}

/** The button that plays. */
export function Play({ worlds, week, plays, play, onWeek }: Pick<Props, "worlds" | "week" | "plays" | "play" | "onWeek">) {
  return (
    <button
      type="button" class="play" aria-pressed={plays} aria-label={plays ? "Pause" : "Play"}
      onClick={() => {
        if (!plays && week >= worlds.weeks.length - 1) onWeek(0);
        play(!plays);
      }}
    >
      <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path d={plays ? "M4 3h4v14H4zM12 3h4v14h-4z" : "M5 2.5v15l12-7.5z"} fill="currentColor" /></svg>
    </button>
  );
}

/** Acts that the world does not share with the base, in as few lanes as they need. */
function barsOf(worlds: Worlds, schema: Schema, request: Request, told: Entry[] | null, at: (day: number) => number, room: number) {
  const taken: number[] = [];
  const dated = standing(schema, request).flatMap((act) => (act.isChanged && !act.isGone && typeof act.fields["date"] === "string" ? [{ act, day: dayOf(worlds, act.fields["date"]) }] : []));
  return dated.sort((one, two) => one.day - two.day).map(({ act, day }) => {
    const length = lengthOf(worlds, act.fields);
    const open = act.kind.startsWith("order-") && length === null;
    const title = inShort(schema, told, act);
    const wide = Math.max(length === null ? (open ? room - PAD - at(day) : 0) : at(day + length) - at(day), 14);
    const text = Math.min(LETTER * title.length + 34, room);
    const from = Math.max(Math.min(at(day), room - text), 0);
    const free = taken.findIndex((end) => from > end);
    const lane = free < 0 ? taken.push(0) - 1 : free;
    taken[lane] = Math.max(at(day) + wide, from + text) + 6;
    return { act, day, length, wide, lane, shift: from - at(day), title };
  });
}

interface BarProps {
  worlds: Worlds;
  act: Standing;
  form: Form | undefined;
  day: number;
  length: number | null;
  left: number;
  top: number;
  wide: number;
  /** Pixels by which the name stands left of the act, so that it fits. */
  shift: number;
  /** Days a pixel. */
  pace: number;
  title: string;
  isOpen: boolean;
  onFields: (fields: Record<string, Value | undefined>, group: string) => void;
  onOpen: () => void;
  onDrop: () => void;
}

const KEYS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageDown: -28, PageUp: 28 };

function Bar({ worlds, act, form, day, length, left, top, wide, shift, pace, title, isOpen, onFields, onOpen, onDrop }: BarProps) {
  const drag = useRef<{ x: number; now: number; isMoved: boolean } | null>(null);
  const last = worlds.weeks.at(-1)!;
  const canStretch = length !== null && stretched(worlds, form, act.fields, length) !== null;
  const move = (to: number) => onFields(moved(worlds, act.fields, Math.min(Math.max(Math.round(to), 0), last)), "move");
  const stretch = (to: number) => onFields(stretched(worlds, form, act.fields, to) ?? {}, "length");
  const handlers = (now: number, tell: (value: number) => void) => ({
    onPointerDown: (event: PointerEvent & { currentTarget: HTMLElement }) => {
      beginStep();
      event.currentTarget.setPointerCapture(event.pointerId);
      drag.current = { x: event.clientX, now, isMoved: false };
    },
    onPointerMove: (event: PointerEvent & { currentTarget: HTMLElement }) => {
      const from = drag.current;
      if (!from || event.buttons !== 1) return;
      from.isMoved ||= Math.abs(event.clientX - from.x) > 3;
      if (from.isMoved) tell(from.now + (event.clientX - from.x) * pace);
      scrollBy(0, Math.max(event.currentTarget.closest(".time")!.getBoundingClientRect().bottom - innerHeight, 0)); // the gap stays in view
    },
    onKeyDown: (event: KeyboardEvent) => {
      const step = (KEYS[event.key] ?? 0) * (event.shiftKey ? 7 : 1);
      if (step) tell(now + step);
      else if (event.key === "Delete" || event.key === "Backspace") onDrop();
      else return;
      event.preventDefault();
    },
    onFocus: beginStep,
  });
  return (
    <div class="bar" style={{ left: `${left}px`, top: `${top}px`, width: `${wide}px` }}>
      <button
        type="button" class="act" data-act={act.id} aria-expanded={isOpen} style={{ left: `${shift}px` }} {...handlers(day, move)}
        aria-label={`${title}, ${dayInWords(dateOf(worlds, day))}${length === null ? "" : `, ${length} days`}. Arrow keys move it, Enter opens it.`}
        onClick={() => {
          if (!drag.current?.isMoved) onOpen();
          drag.current = null;
        }}
      >
        {title}
      </button>
      {canStretch && (
        <span
          class="end" role="slider" tabIndex={0} aria-label={`Length of ${title}, in days`} aria-valuemin={1} aria-valuemax={3650} aria-valuenow={length}
          {...handlers(length, stretch)}
        />
      )}
    </div>
  );
}
