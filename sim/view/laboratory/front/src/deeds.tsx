// Who did what because of it: acts that only one of the worlds has, each with its causes.
import { Because } from "./changes";
import type { Deed, Question, Worlds } from "./data";

const MOST = 6;

export function Deeds({ worlds, question, week }: { worlds: Worlds; question: Question; week: number }) {
  const today = worlds.weeks[week]!;
  const common = question.deeds.filter((deed) => deed.common);
  const others = question.deeds.filter((deed) => !deed.common);
  const row = (deed: Deed) => (
    <li key={`${deed.day}${deed.text}`} class={deed.day > today ? "later" : undefined}>
      <span class="when">{deed.date}</span> {deed.text} <span class="quiet">({deed.pairs})</span>
      <Because causes={deed.because} />
    </li>
  );
  return (
    <section class="deeds" aria-labelledby="who">
      <h2 id="who">Who did what because of it</h2>
      {common.length === 0 && <p>No institution acts otherwise in most pairs.</p>}
      <ul>{common.slice(0, MOST).map(row)}</ul>
      {common.length + others.length > MOST && (
        <details>
          <summary>{Math.max(common.length - MOST, 0) + others.length} more; those in fewer than half of the pairs may be chance</summary>
          <ul>{[...common.slice(MOST), ...others].map(row)}</ul>
        </details>
      )}
    </section>
  );
}
