// What the model assumes: searched, the most influential first; with a server a number may be set within its range.
import { useState } from "preact/hooks";
import type { Assumption, Request, Schema, Value } from "./data";
import { NumberField } from "./fields";
import { NOTHING } from "./state";

const FIRST = 12;

interface Props {
  schema: Schema;
  live: boolean;
  request: Request | null;
  onRequest: (request: Request, group: string) => void;
}

export function Assumptions({ schema, live, request, onRequest }: Props) {
  const [sought, seek] = useState("");
  const [hasSymbols, showSymbols] = useState(false);
  const [isLong, lengthen] = useState(false);
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const found = schema.assumptions.filter((one) => {
    const text = `${one.path} ${one.words} ${one.symbol} ${one.status} ${one.moves} ${one.reason}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const shown = isLong ? found : found.slice(0, FIRST);
  const set = (path: string, value: Value | undefined, isStart: boolean) => {
    const { acts, without, set: before } = request ?? NOTHING;
    const { [path]: _, ...rest } = before;
    onRequest({ acts, without, set: value === undefined || isStart ? rest : { ...rest, [path]: value } }, `set.${path}`);
  };
  return (
    <details class="assumptions" id="assumptions">
      <summary>Assumptions: {schema.assumptions.length} numbers that nobody measured</summary>
      <p>
        <label>Search <input type="search" value={sought} onInput={(event) => seek(event.currentTarget.value)} /></label>{" "}
        <label><input type="checkbox" checked={hasSymbols} onChange={() => showSymbols(!hasSymbols)} /> symbols</label>{" "}
        <span class="note" role="status">{found.length} found, those that move most first.</span>
      </p>
      {!live && <p class="note">In this file they are to be read. With <code>lawshock explore</code> each can be set within its range.</p>}
      <ul>{shown.map((one) => <Row key={one.path} {...{ one, live, hasSymbols }} value={request?.set[one.path]} onValue={set} />)}</ul>
      {found.length > FIRST && <button type="button" onClick={() => lengthen(!isLong)}>{isLong ? `The first ${FIRST}` : `All ${found.length}`}</button>}
    </details>
  );
}

const ended = (text: string): string => (text.endsWith(".") ? text : `${text}.`);

interface RowProps {
  one: Assumption;
  live: boolean;
  hasSymbols: boolean;
  value: Value | undefined;
  onValue: (path: string, value: Value | undefined, isStart: boolean) => void;
}

function Row({ one, live, hasSymbols, value, onValue }: RowProps) {
  const now = value ?? one.value;
  const canSet = live && typeof one.value === "number";
  const unit = one.unit && one.unit !== "1" ? ` ${one.unit}` : "";
  return (
    <li class="assumption">
      <strong>{one.words}</strong>
      {hasSymbols && one.symbol && <> (<code>{one.symbol}</code>)</>}:{" "}
      {canSet ? (
        <>
          <NumberField
            label={one.words} value={now as number} low={Math.min(one.low, one.value as number)} high={Math.max(one.high, one.value as number)}
            onValue={(next) => onValue(one.path, next, next === one.value)}
          />
          {value !== undefined && <button type="button" onClick={() => onValue(one.path, undefined, true)}>Back to {String(one.value)}</button>}
        </>
      ) : (
        String(now)
      )}
      {unit}
      <span class="note">
        {one.status}; plausible from {one.low} to {one.high}. It moves {ended(one.moves)} {one.reason && `The reason for the range: ${ended(one.reason)}`}
      </span>
    </li>
  );
}
