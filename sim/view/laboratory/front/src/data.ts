// What the page is given: the same JSON from a file and from a server. Python made every number.

/** Mean and ends of the band of plausible worlds; a value for each drawn day. */
export type Lines = [number[], number[], number[]];

export interface Course {
  unit: string;
  meaning: string;
  base: Lines;
  now: Lines;
  /** The difference. */
  gap: Lines;
}

/** Index of the first drawn day, stance of most runs, percent of runs for each day of the span. */
export type Span = [number, string, number[]];

export interface Deed {
  day: number;
  date: string;
  text: string;
  pairs: string;
  because: string[];
}

export interface Row {
  id: string;
  name: string;
  /** The app that it is of; empty where it is of none. */
  app: string;
  unit: string;
  text: string;
  before: string;
  after: string;
  mean: number;
  low: number;
  high: number;
  why: number[];
}

export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
export type Fields = Record<string, Value>;

/** An act that is added, or what is changed of an act of the base; a key that is null is taken from it. */
export interface Act extends Fields {
  id: string;
  kind: string;
}

/** A world as it is asked for: against the base. */
export interface Request {
  acts: Act[];
  without: string[];
  set: Fields;
}

/** A field of the form of an act or of a condition. */
export interface Field {
  name: string;
  type: "choice" | "date" | "number" | "integer" | "text" | "bool" | "list";
  choices?: string[];
  unit?: string;
  low?: number;
  high?: number;
  default?: Value;
  required: boolean;
  meaning: string;
}

export interface Form {
  kind: string;
  words: string;
  fields: Field[];
}

/** An act of a calendar; one that waits for a condition has no date. */
export interface Entry {
  id: string;
  kind: string;
  date: string | null;
  short: string;
  words: string;
  fields: Fields;
  span?: [string, string];
}

export interface Assumption {
  path: string;
  words: string;
  symbol: string;
  unit: string;
  value: Value;
  low: number;
  high: number;
  status: string;
  reason: string;
  moves: string;
}

export interface Schema {
  acts?: Form[];
  conditions?: Form[];
  calendar: Entry[];
  assumptions: Assumption[];
}

/** Some people of one pair of runs, whose number stands with them: the life of each, as `livesOf` reads it. */
export interface City {
  apps: string[];
  pair: number;
  base: string;
  now: string;
}

/** The number that leads the answer, with the difference in each pair. */
export interface Lead {
  id: string;
  app: string;
  name: string;
  /** "by" the last day, or "on" another. */
  when: string;
  unit: string;
  text: string;
  band: string;
  before: string;
  after: string;
  gaps: number[];
  alike: number;
  clear: boolean;
  /** The other numbers of the answer, in a few words each. */
  also: string[];
}

/** What is left of the number that leads without each link of the mechanism: `left` stands beside `whole`, in some pairs. */
export interface Chain {
  pairs: number;
  whole: string;
  /** All that was switched off, in words. */
  tried: string[];
  /** Whether one of the links takes a good part of the number with it. */
  carried: boolean;
  links: { without: string; left: string }[];
}

/** Percent of people who went from one app to another because of it, by the end of each drawn day; an empty name is no app. */
export interface Flow {
  from: string;
  to: string;
  by: number[];
}

/** A question before it is answered. */
export interface Card {
  name: string;
  card: string;
  asks: string;
  /** The heading under which it is offered. */
  group?: string;
  file?: string;
  /** The world as a sentence with slots for numbers. */
  says?: string;
  request?: Request;
}

export interface Question extends Card {
  first: number;
  sentence: string;
  sure: string[];
  horizon: string;
  changes: string[];
  silent: string[];
  assumed: [number, number];
  lead: Lead;
  app: string;
  events: [number, string][];
  /** Acts that only one of the worlds has in most pairs; `seldom` is how many others there are. */
  deeds: Deed[];
  seldom: number;
  flows: Flow[];
  rows: Row[];
  rest: [string, string][];
  courses: Record<string, Course>;
  stances: Record<string, { base: Span[]; now: Span[] }>;
  digest: string;
  /** In a file; a server is asked for it. */
  chain?: Chain;
  /** Pairs that it rests on so far, of how many: where a server tells them. */
  pairs?: number;
  of?: number;
  city: City;
}

export const isTold = (question: Card | undefined): question is Question => question !== undefined && "courses" in question;

/** A step of the lesson: a question, what is predicted of it, and what to look at afterwards. */
export interface Step {
  card: string;
  title: string;
  text: string;
  /** Id of what is predicted, and how it is called in a question. */
  quantity: string;
  called: string;
  on?: string;
  app?: string;
  look: string;
}

/** A colour of lines, its ink on white, its ink on dark paper. */
export type Inks = [string, string, string];

export interface Paper {
  paper: string;
  ink: string;
  quiet: string;
  faint: string;
}

export interface Worlds {
  version: string;
  command: string;
  base: string;
  title: string;
  about: string;
  place: string;
  start: string;
  endWords: string;
  weeks: number[];
  users: number;
  represents: number;
  pairs: number;
  few: number;
  /** Pairs from which on a band leaves any out. */
  enough: number;
  /** Pairs in which links are switched off. */
  linkPairs: number;
  apps: Record<string, Inks>;
  other: Inks;
  grey: Inks;
  /** What stands apart from the world as it was. */
  apart: Inks;
  /** What a company does that has a stance. */
  stances: Record<string, string>;
  /** The company of an app. */
  owners: Record<string, string>;
  papers: { light: Paper; dark: Paper };
  access: string;
  accounts: string;
  holders: string;
  lesson: Step[];
  questions: Card[];
  /** Whether a server stands behind the page. */
  live?: boolean;
  schema?: Schema | null;
}

/** What a band holds of the pairs of a question: of few it hardly leaves any out. */
export const held = (worlds: Worlds, question?: Question | null): string => ((question?.pairs ?? worlds.pairs) < worlds.enough ? "nearly all" : "90 % of");

const DAY = 86_400_000;
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** The date of a day of the run, counted from 0. */
export const dateOf = (worlds: Worlds, day: number): Date => new Date(Date.parse(worlds.start) + day * DAY);

/** "6 July 2020", as Python writes it. */
export function dayInWords(date: Date): string {
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** The day of the run that a date is. */
export const dayOf = (worlds: Worlds, date: string): number => Math.round((Date.parse(date) - Date.parse(worlds.start)) / DAY);

export const iso = (date: Date): string => date.toISOString().slice(0, 10);
