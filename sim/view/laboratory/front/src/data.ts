// What the page is given: the same JSON from a file and from a server. Python made every word and number.

/** Mean, ends of the total band, ends of the band of luck alone (empty where there is none); a value for each drawn day. */
export type Lines = [number[], number[], number[], number[], number[]];

export interface Course {
  unit: string;
  meaning: string;
  base: Lines;
  now: Lines;
  /** The difference. */
  gap: Lines;
  /** For each drawn day: level as it was, level now, difference with its band ("" where no pair differs). */
  told: [string, string, string][];
}

/** Index of the first drawn day, stance of most runs, percent of runs for each day of the span. */
export type Span = [number, string, number[]];

export interface Deed {
  day: number;
  date: string;
  text: string;
  pairs: string;
  because: string[];
  common: boolean;
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
  /** Ends of the band of luck alone; empty where there is none. */
  luck: number[];
  why: number[];
  /** As in a course, for a row that none of the drawn courses tells. */
  gap?: Lines;
  told?: Course["told"];
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

/** Some people of one pair of runs: a letter each, week by week, for the app used most; a capital is cut off from it. */
export interface City {
  people: [number, number][];
  apps: string[];
  weeks: number[];
  /** How many of them, the first ones, live otherwise in the other world. */
  touched?: number;
  base: string[];
  now: string[];
}

/** A question before it is answered. */
export interface Card {
  name: string;
  card: string;
  asks: string;
  file?: string;
  /** The world as a sentence with slots for numbers. */
  says?: string;
  request?: Request;
}

export interface Question extends Card {
  first: number;
  sentence: string;
  sure: string[];
  agree: { app: string; pairs: number; alike: number };
  horizon: string;
  changes: string[];
  silent: string[];
  assumed: [number, number];
  app: string;
  events: [number, string][];
  deeds: Deed[];
  rows: Row[];
  rest: [string, string][];
  courses: Record<string, Course>;
  stances: Record<string, { base: Span[]; now: Span[] }>;
  digest: string;
  /** Pairs that it rests on so far, of how many, and pairs that differ in luck alone: where a server tells them. */
  pairs?: number;
  of?: number;
  luckyPairs?: number;
  city?: City;
}

/** The difference of a row by the week, and its words. */
export function byWeek(question: Question, row: Row): Pick<Course, "gap" | "told"> {
  const { gap, told } = row;
  return gap && told ? { gap, told } : question.courses[row.id]!;
}

export const isTold = (question: Card | undefined): question is Question => question !== undefined && "courses" in question;

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
  luckyPairs: number;
  apps: Record<string, Inks>;
  other: Inks;
  grey: Inks;
  stances: Record<string, [string, string]>;
  papers: { light: Paper; dark: Paper };
  installs: string;
  access: string;
  speech: string;
  accounts: string;
  holders: string;
  questions: Card[];
  /** Whether a server stands behind the page. */
  live?: boolean;
  schema?: Schema | null;
}

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

/** Whether a quantity is the same in both worlds on every drawn day. */
export const isSame = (course: Course): boolean => course.told.every(([, , gap]) => gap === "");
