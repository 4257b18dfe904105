// Who did what, and what changed most: dots with bands on a common scale for each unit; a row opens the acts behind it.
import { extent } from "d3-array";
import { scaleLinear } from "d3-scale";
import type { Deed, Paper, Question, Row, Worlds } from "./data";
import { held } from "./data";

const WIDE = 200;

/** Acts that only one of the worlds has in most pairs, each with its causes. */
function Acts({ deeds }: { deeds: Deed[] }) {
  return (
    <ul>
      {deeds.map(({ day, date, text, pairs, because }) => (
        <li key={`${day}${text}`}>
          <span class="when">{date}</span> {text} <span class="quiet">({pairs})</span>
          {because.length > 0 && (
            <details>
              <summary>Why</summary>
              <ul>{because.map((cause) => <li key={cause}>{cause}</li>)}</ul>
            </details>
          )}
        </li>
      ))}
    </ul>
  );
}

export function Deeds({ question: { deeds, seldom } }: { question: Question }) {
  return (
    <details class="deeds">
      <summary>Who did what because of it</summary>
      {deeds.length === 0 && <p>No institution acts otherwise in most pairs.</p>}
      <Acts deeds={deeds} />
      {seldom > 0 && <p class="note">{seldom} more acts differ in fewer than half of the pairs, which may be chance.</p>}
    </details>
  );
}

function Dot({ worlds, row, all, colours }: { worlds: Worlds; row: Row; all: Row[]; colours: Paper }) {
  const [low, high] = extent([0, ...all.flatMap((one) => [one.mean, one.low, one.high])]) as [number, number];
  const x = scaleLinear([low, high], [8, WIDE - 8]);
  const colour = row.app ? worlds.apps[row.app]![0] : colours.ink;
  return (
    <svg class="dot" viewBox={`0 0 ${WIDE} 20`} aria-hidden="true">
      <line x1="0" x2={WIDE} y1="10" y2="10" stroke={colours.faint} />
      <line x1={x(0)} x2={x(0)} y1="0" y2="20" stroke={colours.quiet} />
      <line x1={x(row.low)} x2={x(row.high)} y1="10" y2="10" stroke={colour} stroke-width="7" opacity="0.35" />
      <circle cx={x(row.mean)} cy="10" r="5" fill={colour} stroke={colours.paper} />
    </svg>
  );
}

export function Changes({ worlds, question, colours }: { worlds: Worlds; question: Question; colours: Paper }) {
  const { rows, rest } = question;
  const why = (row: Row): Deed[] => row.why.flatMap((place) => question.deeds[place] ?? []);
  return (
    <details class="changes">
      <summary>What changed most</summary>
      <p class="note">
        On {worlds.endWords}, against the world as it was, with the band of {held(worlds, question)} plausible worlds.<span class="screen"> Open a row for why.</span>
      </p>
      {rows.length === 0 && <p>Nothing differs in a direction that the pairs agree on.</p>}
      {rows.map((row) => (
        <details key={row.id} class="row">
          <summary>
            <span class="name">{row.name}</span>
            <Dot {...{ worlds, row, colours }} all={rows.filter(({ unit }) => unit === row.unit)} />
            <span class="text">{row.text}</span>
          </summary>
          <p class="note">{row.before} as it was, {row.after} now.</p>
          {why(row).length > 0 ? <Acts deeds={why(row)} /> : <p>No act of an institution that differs bears on it directly; it follows from what people do.</p>}
        </details>
      ))}
      <details class="rest">
        <summary>{rest.length} more, on {worlds.endWords}: open or nearly unchanged, or told in other words above</summary>
        <ul>{rest.map(([name, text]) => <li key={name}>{name}: {text}</li>)}</ul>
      </details>
    </details>
  );
}
