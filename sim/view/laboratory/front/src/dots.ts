// Simulated people as dots under the app that each uses most: as it was above the line, now below it.
import type { City } from "./data";

/** Stands for a person who uses no app. */
const NOBODY = ".";

/** The life of each person: a letter a week. */
export function livesOf(text: string, weeks: number): string[] {
  return text.split(" ").map((life) => {
    const parts = [...life.matchAll(/(\d*)([a-zA-Z.])/g)].map(([, from, letter]): [number, string] => [Number(from), letter!]);
    return parts.map(([from, letter], i) => letter.repeat((parts[i + 1]?.[0] ?? weeks) - from)).join("");
  });
}

export interface Column {
  /** Empty for people who use no app. */
  app: string;
  letter: string;
  left: number;
  /** Dots in a row. */
  across: number;
  /** Breadth of the column with its label. */
  wide: number;
}

export interface Layout {
  columns: Column[];
  /** From dot to dot, in pixels. */
  step: number;
  /** Height of the line between both worlds. */
  middle: number;
}

export const HALF_BAND = 19;
/** Room for arrows below the dots. */
export const ARROWS = 50;
const [LARGEST, SMALLEST] = [15, 3];

/** People under each letter in a week; a capital, who is cut off, counts as its small letter. */
export function counted(lives: string[], week: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const life of lives) {
    const letter = life[week]!.toLowerCase();
    found.set(letter, (found.get(letter) ?? 0) + 1);
  }
  return found;
}

/** Columns with room for as many as ever stand in them, the largest first; dots as large as the place allows. */
export function laidOut(city: City, worlds: string[][], weeks: number, [width, height]: [number, number], labelOf: (app: string) => number): Layout {
  const names: [string, string][] = [...city.apps.map((app, i): [string, string] => [String.fromCharCode(97 + i), app]), [NOBODY, ""]];
  const most = new Map<string, number>();
  for (const lives of worlds)
    for (let week = 0; week < weeks; week += 1) for (const [letter, n] of counted(lives, week)) most.set(letter, Math.max(most.get(letter) ?? 0, n));
  const shown = names.filter(([letter, app]) => app === "" || most.has(letter));
  shown.sort(([a, one], [b, two]) => Number(one === "") - Number(two === "") || (most.get(b) ?? 0) - (most.get(a) ?? 0));
  const middle = (height - ARROWS) / 2;
  for (let step = LARGEST; ; step -= 0.5) {
    const rows = Math.max(Math.floor((middle - HALF_BAND - 2) / step), 1);
    const across = shown.map(([letter]) => Math.max(Math.ceil((most.get(letter) ?? 0) / rows), 1));
    const wide = shown.map(([, app], i) => Math.max(across[i]! * step, labelOf(app)));
    const spare = width - wide.reduce((sum, one) => sum + one, 0);
    if (spare < 4 * (shown.length - 1) && step > SMALLEST) continue;
    const gap = spare / shown.length;
    let left = gap / 2;
    const columns = shown.map(([letter, app], i) => {
      const column = { app, letter, left, across: across[i]!, wide: wide[i]! };
      left += wide[i]! + gap;
      return column;
    });
    return { columns, step, middle };
  }
}

export interface Dot {
  x: number;
  y: number;
  toX: number;
  toY: number;
  letter: string;
  /** Whether the person uses another app most in the other world. */
  isElsewhere: boolean;
}

/** Dots of both worlds on their way to where they stand in a week; those that are there already stay. */
export function sent(dots: Dot[][], { columns, step, middle }: Layout, worlds: string[][], week: number, jump: boolean): Dot[][] {
  return worlds.map((lives, world) => {
    const taken = new Map<string, number>();
    return lives.map((life, person) => {
      const letter = life[week]!;
      const column = columns.find((one) => one.letter === letter.toLowerCase()) ?? columns.at(-1)!;
      const place = taken.get(column.letter) ?? 0;
      taken.set(column.letter, place + 1);
      const [row, across] = [Math.floor(place / column.across), place % column.across];
      const toX = column.left + (column.wide - column.across * step) / 2 + (across + 0.5) * step;
      const away = HALF_BAND + 1 + (row + 0.5) * step;
      const toY = world ? middle + away : middle - away;
      const isElsewhere = worlds.some((other) => other[person]![week]!.toLowerCase() !== letter.toLowerCase());
      const before = jump ? undefined : dots[world]?.[person];
      return { x: before?.x ?? toX, y: before?.y ?? toY, toX, toY, letter, isElsewhere };
    });
  });
}

/** Move dots a part of their way; whether any is still under way. */
export function moved(dots: Dot[][]): boolean {
  let isUnderWay = false;
  for (const dot of dots.flat()) {
    const [x, y] = [dot.toX - dot.x, dot.toY - dot.y];
    const isNear = Math.abs(x) + Math.abs(y) < 0.5;
    dot.x = isNear ? dot.toX : dot.x + 0.2 * x;
    dot.y = isNear ? dot.toY : dot.y + 0.2 * y;
    isUnderWay ||= !isNear;
  }
  return isUnderWay;
}

/** Draw them: full under an app, a ring where cut off from it, a square without an app, rimmed where elsewhere in the other world. */
export function painted(context: CanvasRenderingContext2D, dots: Dot[][], step: number, colourOf: (letter: string) => string, rim: string): void {
  const radius = 0.4 * step;
  for (const { x, y, letter, isElsewhere } of dots.flat()) {
    const colour = colourOf(letter.toLowerCase());
    const isCut = letter >= "A" && letter <= "Z";
    const outline = (size: number): void => {
      context.beginPath();
      if (letter === NOBODY) context.rect(x - 0.75 * size, y - 0.75 * size, 1.5 * size, 1.5 * size);
      else context.arc(x, y, size, 0, 2 * Math.PI);
    };
    outline(isCut ? 0.7 * radius : radius);
    [context.fillStyle, context.strokeStyle, context.lineWidth] = [colour, colour, 0.5 * radius];
    if (isCut) context.stroke();
    else context.fill();
    if (!isElsewhere) continue;
    outline(radius);
    [context.strokeStyle, context.lineWidth] = [rim, Math.max(0.3 * radius, 1)];
    context.stroke();
  }
}
