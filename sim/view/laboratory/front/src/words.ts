// How numbers are told: as fine as their band, and no more than it says. The same rules as in Python.
import type { Course } from "./data";

const [MOST_DIGITS, STEPS] = [3, 3];
const SINGULAR: Record<string, string> = { points: "point", accounts: "account", companies: "company" };

/** Decimals of a number and of the ends of its band. */
function decimals(low: number, high: number, ...values: number[]): number {
  const [step, size] = [(high - low) / STEPS, Math.max(...values.map(Math.abs))];
  const places = [[step, 0], [size, MOST_DIGITS - 1]].flatMap(([x, back]) => (x! > 0 && Number.isFinite(x) ? [Math.floor(Math.log10(x!)) - back!] : []));
  return places.length ? -Math.max(...places) : 0;
}

/** To so many decimals, before the point where they are negative; halves go to the even digit. */
function rounded(value: number, places: number): number {
  if (places > 0 && !/50{29}$/.test(value.toFixed(places + 30))) return Number(value.toFixed(places)) + 0; // no exact half
  const scaled = Number(`${value}e${places}`);
  const near = Math.round(scaled);
  return Number(`${Math.abs(scaled % 1) === 0.5 && near % 2 ? near - 1 : near}e${-places}`) + 0;
}

const shown = (value: number, places: number): string => {
  const digits = Math.max(places, 0);
  return rounded(value, places).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−");
};

const end = (value: number, places: number): string => shown(value, value && rounded(value, places) === 0 ? -Math.floor(Math.log10(Math.abs(value))) : places);

/** Both ends of a band with its number between them. */
function banded(low: number, middle: number, high: number): [string, string, string] {
  if (low === high && middle !== low) {
    const places = -Math.floor(Math.log10(Math.abs(middle - low)));
    return [low ? shown(low, places) : "0", shown(middle, places), low ? shown(low, places) : "0"];
  }
  const places = decimals(low, high, middle);
  return [end(low, places), low > 0 || high < 0 ? end(middle, places) : shown(middle, places), end(high, places)];
}

/** On a drawn day: level as it was, level now, the difference with its band; that is empty where there is none. */
export function told({ base, now, gap, unit }: Course, week: number): [string, string, string] {
  const [mean, low, high] = gap.map((line) => line[week]!) as [number, number, number];
  const [before, after] = [base[0][week]!, now[0][week]!];
  if (!mean && !low && !high) return [shown(before, 0), shown(before, 0), ""];
  const [first, text, last] = banded(low, mean, high);
  const places = (text.split(".")[1] ?? "").length || Math.min(decimals(low, high, mean), 0);
  const sign = Number(text.replaceAll(",", "").replace("−", "-")) > 0 ? "+" : "";
  const name = /^−?1$/.test(text) ? (SINGULAR[unit] ?? unit) : unit;
  return [shown(Math.max(before, 0), places), shown(Math.max(after, 0), places), `${sign}${text} ${name} (${first} to ${last})`];
}

/** A percentage of people as a count that nobody takes for exact. */
export const ofHundred = (percent: number): string => (Math.abs(percent) < 0.95 ? "fewer than 1 of 100" : `${Math.round(Math.abs(percent))} of 100`);
