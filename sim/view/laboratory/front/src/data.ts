// What the page is given: the same JSON from a file and, one day, from a server. Python made every word and number.

/** Mean, ends of the total band, ends of the band of luck alone; a value for each drawn day. */
export type Lines = [number[], number[], number[], number[], number[]];

export interface Course {
  unit: string;
  meaning: string;
  base: Lines;
  now: Lines;
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
  name: string;
  unit: string;
  text: string;
  before: string;
  after: string;
  mean: number;
  low: number;
  high: number;
  luck: [number, number];
  why: number[];
}

export interface Question {
  name: string;
  card: string;
  asks: string;
  file: string;
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
  questions: Question[];
}

const DAY = 86_400_000;
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** The date of a day of the run, counted from 0. */
export const dateOf = (worlds: Worlds, day: number): Date => new Date(Date.parse(worlds.start) + day * DAY);

/** "6 July 2020", as Python writes it. */
export function dayInWords(date: Date): string {
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

export const iso = (date: Date): string => date.toISOString().slice(0, 10);

/** Whether a quantity is the same in both worlds on every drawn day. */
export const isSame = (course: Course): boolean => course.told.every(([, , gap]) => gap === "");
