// The state of the page lives in its address, so that Back works and a link restores what is seen.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Card, Question, Request, Worlds } from "./data";
import { dateOf, iso } from "./data";

export interface State {
  /** Name of the card, also of that from which one's own world began. */
  question: string;
  own: Request | null;
  build: boolean;
  /** Place of the scrubber among the drawn days. */
  week: number;
  /** Empty: that of the question. */
  app: string;
  predict: boolean;
  guess: number | null;
  /** What was drawn: percent of people at the end of each quarter. */
  curve: number[] | null;
  seen: boolean;
  theme: "" | "light" | "dark";
  /** Step of the lesson, from 1; 0 outside it. */
  lesson: number;
  pick: string;
}

export const NOTHING: Request = { acts: [], without: [], set: {} };
export const isNothing = (own: Request | null): boolean =>
  own !== null && own.acts.length === 0 && own.without.length === 0 && Object.keys(own.set).length === 0;

export const cardOf = (worlds: Worlds, state: State): Card => worlds.questions.find((one) => one.name === state.question) ?? worlds.questions[0]!;

export const appOf = (state: State, question: Question): string => state.app || question.app;

/** What a question opens with. */
export const opening = (card: string): Partial<State> => ({
  question: card, own: null, build: false, app: "", guess: null, curve: null, seen: false, lesson: 0, pick: "",
});

/** Anything as text that may stand in an address. */
export function packed(value: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export function unpacked(text: string | null): unknown {
  if (!text) return null;
  try {
    const bytes = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

const isTable = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** A request as somebody else wrote it, or nothing. */
export function requestOf(value: unknown): Request | null {
  if (!isTable(value)) return null;
  const { acts = [], without = [], set = {} } = value;
  const isOne = (act: unknown): boolean => isTable(act) && typeof act["id"] === "string" && typeof act["kind"] === "string";
  if (!Array.isArray(acts) || !acts.every(isOne) || !Array.isArray(without) || !without.every((one) => typeof one === "string") || !isTable(set)) return null;
  return { acts, without, set } as Request;
}

/** The state that an address means; what makes no sense in it counts as absent. */
export function read(worlds: Worlds, hash: string): State {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const question = worlds.questions.find((one) => one.name === given.get("q")) ?? worlds.questions[0]!;
  const on = given.get("on");
  const week = on === null ? -1 : worlds.weeks.findIndex((day) => iso(dateOf(worlds, day)) >= on);
  const guess = Number.parseFloat(given.get("guess") ?? "");
  const curve = (given.get("curve") ?? "").split("_").map(Number.parseFloat);
  const app = given.get("app") ?? "";
  const theme = given.get("theme");
  const lesson = Number.parseInt(given.get("lesson") ?? "", 10);
  return {
    question: question.name,
    own: worlds.live ? requestOf(unpacked(given.get("w"))) : null,
    build: given.has("build"),
    week: week < 0 ? worlds.weeks.length - 1 : week,
    app: app in worlds.apps ? app : "",
    predict: given.has("predict"),
    guess: guess >= 0 && guess <= 100 ? guess : null,
    curve: curve.every((value) => value >= 0 && value <= 100) ? curve : null,
    seen: given.has("seen"),
    theme: theme === "light" || theme === "dark" ? theme : "",
    lesson: lesson > 0 && lesson < 100 ? lesson : 0,
    pick: given.get("pick") ?? "",
  };
}

/** The address of a state: what is as it opens is left out. */
export function write(worlds: Worlds, state: State): string {
  const said = new URLSearchParams({ q: state.question });
  if (state.own) said.set("w", packed(state.own));
  if (state.build) said.set("build", "1");
  if (state.week < worlds.weeks.length - 1) said.set("on", iso(dateOf(worlds, worlds.weeks[state.week]!)));
  if (state.app) said.set("app", state.app);
  if (state.predict) said.set("predict", "1");
  if (state.guess !== null) said.set("guess", String(state.guess));
  if (state.curve) said.set("curve", state.curve.join("_"));
  if (state.seen) said.set("seen", "1");
  if (state.theme) said.set("theme", state.theme);
  if (state.lesson) said.set("lesson", String(state.lesson));
  if (state.pick) said.set("pick", state.pick);
  return `#${said}`;
}

/** Changes the state. A step can be taken back; steps of one group, such as the keys typed into one field, are one. */
export type Change = (part: Partial<State>, step?: boolean | string) => void;

export interface Steps {
  undo: (() => void) | null;
  redo: (() => void) | null;
}

let group = "";
/** The next change begins a step of its own. */
export const beginStep = (): void => {
  group = "";
};

/** The state, how to change it, and how to go back and forth: the steps are those of the browser. */
export function useAddress(worlds: Worlds): [State, Change, Steps] {
  const [state, set] = useState(() => read(worlds, location.hash));
  const now = useRef(state);
  const steps = useRef({ here: 0, last: 0 });
  const show = (next: State) => {
    now.current = next;
    set(next);
  };
  const keep = (address: string, isStep: boolean) => {
    const at = steps.current;
    if (isStep) at.last = at.here += 1;
    try {
      if (isStep) history.pushState({ here: at.here }, "", address);
      else history.replaceState({ here: at.here }, "", address);
    } catch {
      if (isStep) location.hash = address; // a page inside another may have no history of its own
    }
  };
  useEffect(() => {
    const heed = (event: PopStateEvent) => {
      // an address without values, such as that of the link to the questions, means a place in the page
      if (location.hash !== "" && !location.hash.includes("=")) return;
      const at = steps.current;
      const place = (event.state as { here?: number } | null)?.here;
      if (place === undefined && location.hash !== "") at.last = at.here += 1; // somebody wrote an address
      else at.here = place ?? 0;
      beginStep();
      show(read(worlds, location.hash));
    };
    addEventListener("popstate", heed);
    return () => removeEventListener("popstate", heed);
  }, [worlds]);
  const change: Change = (part, step = false) => {
    const next = { ...now.current, ...part };
    const isStep = typeof step === "string" ? step !== group : step;
    if (step) group = typeof step === "string" ? step : "";
    show(next);
    keep(write(worlds, next), isStep);
  };
  const { here, last } = steps.current;
  return [state, change, { undo: here > 0 ? () => history.back() : null, redo: here < last ? () => history.forward() : null }];
}
