// The state of the page lives in its address, so that Back works and a link restores what is seen.
import { useEffect, useState } from "preact/hooks";
import type { Question, Worlds } from "./data";
import { dateOf, isSame, iso } from "./data";

export interface State {
  question: string;
  /** Place of the scrubber among the drawn days. */
  week: number;
  app: string;
  fourth: "access" | "speech";
  everyCompany: boolean;
  predict: boolean;
  guess: number | null;
  seen: boolean;
  present: boolean;
  theme: "" | "light" | "dark";
}

export const questionOf = (worlds: Worlds, state: State): Question =>
  worlds.questions.find((one) => one.name === state.question) ?? worlds.questions[0]!;

/** What a question shows before anybody has chosen: its app, and access where access differs. */
export function opening(worlds: Worlds, question: Question): Pick<State, "question" | "app" | "fourth" | "guess" | "seen"> {
  const access = question.courses[question.app + worlds.access];
  const fourth = (access && !isSame(access)) || !question.courses[worlds.speech] ? "access" : "speech";
  return { question: question.name, app: question.app, fourth, guess: null, seen: false };
}

/** The state that an address means; what makes no sense in it counts as absent. */
export function read(worlds: Worlds, hash: string): State {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const question = worlds.questions.find((one) => one.name === given.get("q")) ?? worlds.questions[0]!;
  const first = opening(worlds, question);
  const last = worlds.weeks.length - 1;
  const on = given.get("on");
  const week = on === null ? -1 : worlds.weeks.findIndex((day) => iso(dateOf(worlds, day)) >= on);
  const guess = Number.parseFloat(given.get("guess") ?? "");
  const app = given.get("app") ?? "";
  const fourth = given.get("show");
  const theme = given.get("theme");
  return {
    ...first,
    week: week < 0 ? last : week,
    app: app in worlds.apps ? app : first.app,
    fourth: fourth === "access" || (fourth === "speech" && question.courses[worlds.speech]) ? fourth : first.fourth,
    everyCompany: given.has("companies"),
    predict: given.has("predict"),
    guess: guess >= 0 && guess <= 100 ? guess : null,
    seen: given.has("seen"),
    present: given.has("present"),
    theme: theme === "light" || theme === "dark" ? theme : "",
  };
}

/** The address of a state: what is as it opens is left out. */
export function write(worlds: Worlds, state: State): string {
  const first = opening(worlds, questionOf(worlds, state));
  const said = new URLSearchParams({ q: state.question });
  if (state.week < worlds.weeks.length - 1) said.set("on", iso(dateOf(worlds, worlds.weeks[state.week]!)));
  if (state.app !== first.app) said.set("app", state.app);
  if (state.fourth !== first.fourth) said.set("show", state.fourth);
  if (state.everyCompany) said.set("companies", "all");
  if (state.predict) said.set("predict", "1");
  if (state.guess !== null) said.set("guess", String(state.guess));
  if (state.seen) said.set("seen", "1");
  if (state.present) said.set("present", "1");
  if (state.theme) said.set("theme", state.theme);
  return `#${said}`;
}

/** The address of a question, with what the reader has set for the whole page. */
export const addressOf = (worlds: Worlds, state: State, question: Question): string =>
  write(worlds, { ...state, ...opening(worlds, question) });

type Change = (part: Partial<State>, isStep?: boolean) => void;

/** The state and how to change it; a step can be taken back with Back, anything else only changes the address. */
export function useAddress(worlds: Worlds): [State, Change] {
  const [state, set] = useState(() => read(worlds, location.hash));
  useEffect(() => {
    // an address without values, such as that of the link to the questions, means a place in the page
    const heed = () => (location.hash === "" || location.hash.includes("=")) && set(read(worlds, location.hash));
    addEventListener("hashchange", heed);
    return () => removeEventListener("hashchange", heed);
  }, [worlds]);
  const change: Change = (part, isStep = false) => {
    const next = { ...state, ...part };
    set(next);
    const address = write(worlds, next);
    if (isStep) location.hash = address;
    else
      try {
        history.replaceState(null, "", address);
      } catch {
        // a page inside another may have no address of its own
      }
  };
  return [state, change];
}
