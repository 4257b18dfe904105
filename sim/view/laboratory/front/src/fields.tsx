// Fields that are typed into: while somebody is in one, nobody else writes into it, and what was typed last counts.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Field, Value } from "./data";
import { beginStep } from "./state";

interface Typed {
  value: string;
  label: string;
  kind: "number" | "date" | "text";
  low?: number | string | undefined;
  high?: number | string | undefined;
  step?: number | "any";
  /** Whether an empty field means something. */
  mayLack?: boolean;
  class?: string;
  onValue: (text: string) => void;
}

/** One line of text, number or date. What cannot be meant is marked, and not told. */
export function TypedField({ value, label, kind, low, high, step = "any", mayLack = false, class: name, onValue }: Typed) {
  const ref = useRef<HTMLInputElement>(null);
  const [trouble, say] = useState("");
  const id = useId();
  const latest = useRef(value);
  latest.current = value;
  useEffect(() => {
    if (document.activeElement !== ref.current) ref.current!.value = value;
  }, [value]);
  const judge = (field: HTMLInputElement): string => {
    const { badInput, rangeUnderflow, rangeOverflow, stepMismatch } = field.validity;
    if (badInput) return kind === "date" ? "a whole date" : "a number";
    if (field.value === "") return mayLack ? "" : "something";
    if (rangeUnderflow || rangeOverflow) return `from ${low ?? "any"} to ${high ?? "any"}`;
    return stepMismatch ? "a whole number" : "";
  };
  return (
    <>
      <input
        ref={ref} type={kind as "text"} aria-label={label} min={low} max={high} step={kind === "number" ? step : undefined} class={name}
        aria-invalid={trouble ? "true" : undefined} aria-describedby={trouble ? id : undefined}
        size={kind === "text" ? 18 : undefined} style={kind === "number" ? { width: `${Math.max(value.length, 4) + 3.5}ch` } : undefined}
        onFocus={beginStep}
        onInput={(event) => {
          const wrong = judge(event.currentTarget);
          say(wrong);
          if (!wrong) onValue(event.currentTarget.value);
        }}
        onBlur={() => {
          say("");
          // once what was typed last has been heeded, the field shows what counts
          setTimeout(() => ref.current && document.activeElement !== ref.current && (ref.current.value = latest.current));
        }}
      />
      {trouble && <span class="wrong" id={id} role="status">Expected: {trouble}.</span>}
    </>
  );
}

interface NumberProps {
  value: number | null;
  label: string;
  low?: number | undefined;
  high?: number | undefined;
  whole?: boolean;
  mayLack?: boolean;
  onValue: (value: number | undefined) => void;
}

export const NumberField = ({ value, whole, onValue, ...rest }: NumberProps) => (
  <TypedField
    {...rest} kind="number" value={value === null ? "" : String(value)} step={whole ? 1 : "any"}
    onValue={(text) => onValue(text === "" ? undefined : Number(text))}
  />
);

interface Props {
  field: Field;
  value: Value | undefined;
  /** First and last day of the run. */
  days: [string, string];
  onValue: (value: Value | undefined) => void;
}

const plain = (name: string): string => name.replaceAll("_", " ");

/** A field of the form of an act, made of what the schema says of it. */
export function FormField({ field, value, days, onValue }: Props) {
  const { name, type, choices, required, meaning, unit } = field;
  const label = plain(name) + (unit && !name.includes(unit) ? `, in ${unit}` : "");
  const now = value ?? field.default ?? null;
  let input;
  if (type === "bool")
    input = <input type="checkbox" aria-label={label} checked={now === true} onChange={(event) => onValue(event.currentTarget.checked)} />;
  else if (type === "list" && choices)
    input = (
      <span class="several" role="group" aria-label={label}>
        {choices.map((choice) => {
          const has = Array.isArray(now) && now.includes(choice);
          const other = Array.isArray(now) ? now.filter((one) => one !== choice) : [];
          return (
            <label key={choice}>
              <input type="checkbox" checked={has} onChange={() => onValue(has ? (other.length ? other : undefined) : [...other, choice])} /> {choice}
            </label>
          );
        })}
      </span>
    );
  else if (choices)
    input = (
      <select aria-label={label} value={String(now ?? "")} onChange={(event) => onValue(event.currentTarget.value || undefined)}>
        {!required && <option value="">–</option>}
        {choices.map((choice) => <option key={choice}>{choice}</option>)}
      </select>
    );
  else if (type === "number" || type === "integer")
    input = (
      <NumberField
        label={label} value={typeof now === "number" ? now : null} low={field.low} high={field.high} whole={type === "integer"} mayLack={!required}
        onValue={onValue}
      />
    );
  else {
    const isList = type === "list";
    const [low, high] = type === "date" ? days : [undefined, undefined];
    input = (
      <TypedField
        label={label} kind={type === "date" ? "date" : "text"} value={isList && Array.isArray(now) ? now.join(", ") : String(now ?? "")} low={low} high={high}
        mayLack={!required}
        onValue={(text) => onValue(text === "" ? undefined : isList ? text.split(",").map((one) => one.trim()).filter(Boolean) : text)}
      />
    );
  }
  return (
    <p class="field">
      <span class="label">{label}</span> {input} {meaning !== label && <span class="note">{meaning}</span>}
    </p>
  );
}
