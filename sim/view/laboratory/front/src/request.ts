// Worlds of one's own as data: what is added to the calendar of the base, changed in it, or left out.
import { scaleLinear } from "d3-scale";
import type { Act, Entry, Field, Fields, Form, Request, Schema, Value, Worlds } from "./data";
import { dateOf, dayOf, iso } from "./data";

/** An act as it stands in a world. */
export interface Standing {
  id: string;
  kind: string;
  fields: Fields;
  /** Whether the base has it, and whether something of it is changed. */
  isBase: boolean;
  isChanged: boolean;
  isGone: boolean;
}

const same = (one: unknown, two: unknown): boolean => JSON.stringify(one) === JSON.stringify(two);

function merged(base: Fields, change: Fields): Fields {
  const found: Fields = { ...base };
  if ("date" in change && change["date"] !== null) delete found["when"];
  if ("when" in change && change["when"] !== null) delete found["date"];
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete found[key];
    else found[key] = value;
  }
  delete found["id"];
  return found;
}

/** The calendar of a world, the acts of the base first; those left out are marked. */
export function standing(schema: Schema, request: Request): Standing[] {
  const changes = new Map(request.acts.map((act) => [act.id, act]));
  const base = schema.calendar.map(({ id, kind, fields }) => {
    const change = changes.get(id);
    changes.delete(id);
    const isGone = request.without.includes(id);
    return { id, kind: change?.kind ?? kind, fields: change ? merged(fields, change) : fields, isBase: true, isChanged: change !== undefined, isGone };
  });
  const added = [...changes.values()].map((act) => ({ id: act.id, kind: act.kind, fields: merged({}, act), isBase: false, isChanged: true, isGone: false }));
  return [...base, ...added];
}

const withAct = (request: Request, act: Act): Request => ({
  ...request,
  acts: request.acts.some(({ id }) => id === act.id) ? request.acts.map((one) => (one.id === act.id ? act : one)) : [...request.acts, act],
  without: request.without.filter((id) => id !== act.id),
});

/** The request with some fields of an act as given; undefined takes a field away. */
export function changed(schema: Schema, request: Request, id: string, fields: Record<string, Value | undefined>): Request {
  const entry = schema.calendar.find((one) => one.id === id);
  const now = request.acts.find((act) => act.id === id);
  const kind = now?.kind ?? entry?.kind ?? "";
  const act: Act = { id, kind, ...now };
  for (const [key, value] of Object.entries(fields)) {
    const before = entry?.fields[key];
    if (value !== undefined && (before === undefined || !same(before, value))) act[key] = value;
    else if (value === undefined && before !== undefined) act[key] = null;
    else delete act[key];
  }
  const isEmpty = entry && Object.keys(act).every((key) => key === "id" || key === "kind");
  return isEmpty ? restored(request, id) : withAct(request, act);
}

export function removed(schema: Schema, request: Request, id: string): Request {
  const acts = request.acts.filter((act) => act.id !== id);
  return { ...request, acts, without: schema.calendar.some((one) => one.id === id) ? [...request.without, id] : request.without };
}

/** An act of the base as the base has it. */
export const restored = (request: Request, id: string): Request => ({
  ...request, acts: request.acts.filter((act) => act.id !== id), without: request.without.filter((one) => one !== id),
});

/** What a form begins with where an act would otherwise do nothing, or nothing that can be seen. */
const BEGIN: Record<string, Fields> = {
  "force-stance": { stance: "comply" }, "order-block": { for_days: 30 }, "order-throttle": { for_days: 30 }, outage: { days: 2 },
  "change-terms": { risk: 0.5 }, "court-ruling": { outcome: "court-order-restored" }, "mandate-interoperability": { reach: 0.5 },
};

export function begun(field: Field, day: string): Value {
  if (field.default !== undefined && field.default !== null) return field.default;
  if (field.type === "date") return day;
  if (field.type === "bool") return false;
  if (field.type === "list") return field.choices?.length ? [field.choices[0]!] : [];
  if (field.type === "number" || field.type === "integer") return Math.max(field.low ?? 0, field.type === "integer" ? 1 : 0);
  return field.choices?.[0] ?? "unnamed";
}

/** A new act of a kind on a day, and the request with it. */
export function added(schema: Schema, request: Request, form: Form, day: string): [Request, string] {
  const taken = new Set([...schema.calendar.map(({ id }) => id), ...request.acts.map(({ id }) => id)]);
  let number = 1;
  while (taken.has(`yours-${number}`)) number += 1;
  const required = form.fields.filter((field) => field.required && field.name !== "date").map((field) => [field.name, begun(field, day)]);
  const act: Act = { id: `yours-${number}`, kind: form.kind, date: day, ...Object.fromEntries(required), ...BEGIN[form.kind] };
  return [withAct(request, act), act.id];
}

/** Days that an act stands, or null where it has no length. */
export function lengthOf(worlds: Worlds, fields: Fields): number | null {
  const { until, for_days: forDays, days, hours, date } = fields;
  if (typeof until === "string" && typeof date === "string") return dayOf(worlds, until) - dayOf(worlds, date);
  if (typeof hours === "number") return hours / 24;
  return typeof forDays === "number" ? forDays : typeof days === "number" ? days : null;
}

/** Fields that give an act another length, or null where its kind has none. */
export function stretched(worlds: Worlds, form: Form | undefined, fields: Fields, length: number): Record<string, Value | undefined> | null {
  const has = (name: string): boolean => form?.fields.some((field) => field.name === name) ?? name in fields;
  const days = Math.max(Math.round(length), 1);
  if (has("for_days")) {
    if (typeof fields["until"] === "string" && typeof fields["date"] === "string")
      return { until: iso(dateOf(worlds, dayOf(worlds, fields["date"]) + days)) };
    return { for_days: days };
  }
  return has("days") ? { days, hours: undefined } : null;
}

/** An act moved to another day; what has a last day keeps its length. */
export function moved(worlds: Worlds, fields: Fields, day: number): Fields {
  const shift: Fields = { date: iso(dateOf(worlds, day)) };
  const length = lengthOf(worlds, fields);
  if (typeof fields["until"] === "string" && length !== null) shift["until"] = iso(dateOf(worlds, day + length));
  return shift;
}

const ELSEWHERE = ["date", "when", "until"];
const SPAN = [...ELSEWHERE, "for_days", "days", "hours"];

/** Courses as they would be if they moved and stretched with the one act that is another since; null where more is. */
export function carried(worlds: Worlds, schema: Schema, before: Request, now: Request, courses: number[][]): number[][] | null {
  const [old, stands] = [standing(schema, before), standing(schema, now)];
  const [act, ...more] = stands.filter((one) => !old.some((two) => same(one, two)));
  const was = old.find(({ id }) => id === act?.id);
  const [from, to] = [was?.fields["date"], act?.fields["date"]];
  const rest = ({ fields }: Standing): unknown => Object.entries(fields).filter(([key]) => !SPAN.includes(key)).sort();
  if (!act || !was || more.length || old.length !== stands.length || !same(before.set, now.set) || !same(rest(act), rest(was)) || act.isGone !== was.isGone || typeof from !== "string" || typeof to !== "string") return null;
  const far = worlds.weeks.at(-1)! + 1;
  const ends = (date: string, length: number): number[] => [-far, 0, length, length + far].map((day) => day + dayOf(worlds, date));
  const earlier = scaleLinear(ends(to, lengthOf(worlds, act.fields) ?? 0), ends(from, lengthOf(worlds, was.fields) ?? 0));
  return courses.map((values) => worlds.weeks.map((day) => scaleLinear(worlds.weeks, values).clamp(true)(earlier(day))));
}

/** A few words for an act: those of the server, as long as it told of the same act, whatever its day. */
export function inShort(schema: Schema, told: Entry[] | null, one: Standing): string {
  const entry = [...(told ?? []), ...schema.calendar].find(({ id, fields }) => {
    const isAlike = ([key, value]: [string, Value]): boolean => ELSEWHERE.includes(key) || !(key in fields) || same(fields[key], value);
    return id === one.id && Object.entries(one.fields).every(isAlike);
  });
  if (entry) return entry.short;
  const whom = ["platform", "company", "site"].map((key) => one.fields[key]).find((value) => typeof value === "string");
  return `${whom ? `${String(whom)}: ` : ""}${one.kind.replaceAll("-", " ")}`;
}
