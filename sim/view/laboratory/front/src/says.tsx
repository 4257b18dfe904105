// The world of a card as a sentence in which numbers can be changed.
import type { Fields, Request, Schema, Value, Worlds } from "./data";
import { dateOf, iso } from "./data";
import { NumberField, TypedField } from "./fields";
import { changed, lengthOf, standing, stretched } from "./request";

interface Slot {
  value: Value;
  path: string[];
  kind: "number" | "integer" | "date" | "choice";
  low?: number | undefined;
  high?: number | undefined;
  apply: (value: Value) => Request;
}

const isTable = (value: Value | undefined): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

function slotOf(worlds: Worlds, schema: Schema, request: Request, text: string): Slot | null {
  const [id = "", ...path] = text.split(".");
  const act = standing(schema, request).find((one) => one.id === id && !one.isGone);
  if (!act) {
    const about = schema.assumptions.find((one) => one.path === text);
    const value = request.set[text] ?? about?.value;
    if (typeof value !== "number") return null;
    const apply = (next: Value): Request => ({ ...request, set: { ...request.set, [text]: next } });
    return { value, path: [text], kind: "number", apply };
  }
  if (path[0] === "days") {
    const length = lengthOf(worlds, act.fields);
    const fields = length === null ? null : stretched(worlds, schema.acts?.find(({ kind }) => kind === act.kind), act.fields, length);
    if (length === null || fields === null) return null;
    const apply = (next: Value) => changed(schema, request, id, stretched(worlds, undefined, { for_days: 1, ...act.fields }, Number(next)) ?? {});
    const days = (next: Value) => ("until" in act.fields || "for_days" in act.fields ? apply(next) : changed(schema, request, id, { days: next }));
    return { value: length, path, kind: "integer", low: 1, high: 3650, apply: days };
  }
  const tables = path.slice(0, -1);
  const last = path.at(-1) ?? "";
  const around = tables.reduce<Value | undefined>((table, key) => (isTable(table) ? table[key] : undefined), act.fields);
  if (!isTable(around)) return null;
  const value = around[last];
  const forms = tables.length ? schema.conditions : schema.acts;
  const field = forms?.find(({ kind }) => kind === (tables.length ? around["kind"] : act.kind))?.fields.find(({ name }) => name === last);
  const apply = (next: Value): Request => {
    if (tables.length) return changed(schema, request, id, { [tables[0]!]: { ...around, [last]: next } });
    const length = lengthOf(worlds, act.fields);
    const until = last === "date" && typeof act.fields["until"] === "string" && length !== null;
    const end = until ? { until: iso(new Date(Date.parse(String(next)) + length * 86_400_000)) } : {};
    return changed(schema, request, id, { [last]: next, ...end });
  };
  if (last === "date" && typeof value === "string") return { value, path, kind: "date", apply };
  if (typeof value === "number") return { value, path, kind: field?.type === "integer" ? "integer" : "number", low: field?.low, high: field?.high, apply };
  return typeof value === "string" ? { value, path, kind: "choice", apply } : null;
}

interface Props {
  worlds: Worlds;
  schema: Schema;
  says: string;
  request: Request;
  onRequest: (request: Request, slot: string) => void;
}

/** The sentence; nothing where the world has no longer what it speaks of. */
export function Says({ worlds, schema, says, request, onRequest }: Props) {
  const parts = says.split(/{(.+?)}/);
  const slots = parts.map((part, i) => (i % 2 ? slotOf(worlds, schema, request, part) : null));
  if (slots.some((slot, i) => i % 2 && !slot)) return null;
  const days: [string, string] = [worlds.start, iso(dateOf(worlds, worlds.weeks.at(-1)!))];
  return (
    <p class="says" role="group" aria-label="Change a number of this world">
      {parts.map((part, i) => {
        const slot = slots[i];
        if (!slot) return part;
        const label = `${parts[i - 1]!.trim().split(" ").slice(-4).join(" ")} …${parts[i + 1]!.split(" ").slice(0, 3).join(" ")}`.trim();
        const tell = (value: Value) => onRequest(slot.apply(value), part);
        if (slot.kind === "choice")
          return (
            <select key={part} aria-label={label} value={String(slot.value)} onChange={(event) => tell(event.currentTarget.value)}>
              {Object.keys(worlds.apps).map((app) => <option key={app}>{app}</option>)}
            </select>
          );
        if (slot.kind === "date")
          return <TypedField key={part} label={label} kind="date" value={String(slot.value)} low={days[0]} high={days[1]} onValue={tell} />;
        return (
          <NumberField
            key={part} label={label} value={slot.value as number} low={slot.low} high={slot.high} whole={slot.kind === "integer"}
            onValue={(value) => value !== undefined && tell(value)}
          />
        );
      })}
    </p>
  );
}
