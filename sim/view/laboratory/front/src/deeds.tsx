// Who did what because of it: acts that only one of the worlds has in most pairs, each with its causes.
import { Because } from "./changes";
import type { Question } from "./data";

export function Deeds({ question: { deeds, seldom } }: { question: Question }) {
  return (
    <details class="deeds">
      <summary>Who did what because of it</summary>
      {deeds.length === 0 && <p>No institution acts otherwise in most pairs.</p>}
      <ul>
        {deeds.map(({ day, date, text, pairs, because }) => (
          <li key={`${day}${text}`}>
            <span class="when">{date}</span> {text} <span class="quiet">({pairs})</span>
            <Because causes={because} />
          </li>
        ))}
      </ul>
      {seldom > 0 && <p class="note">{seldom} more acts differ in fewer than half of the pairs, which may be chance.</p>}
    </details>
  );
}
