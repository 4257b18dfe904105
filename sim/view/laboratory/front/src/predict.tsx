// Predict before you see: the reader places a number or draws the whole curve, then compares it with the model's.
import type { Paper, Question, Worlds } from "./data";
import { held } from "./data";
import { Draw, drawnOf, offBy, quartersOf } from "./draw";
import type { Change, State } from "./state";
import { told } from "./words";

/** Breadth of the chart at most, in pixels. */
const WIDEST = 960;

interface Props {
  worlds: Worlds;
  question: Question;
  state: State;
  change: Change;
  room: number;
  colours: Paper;
}

/** The number that is asked for: how many people have the question's app at the end; and the way there, if one likes. */
export function Predict({ worlds, question, state, change, room, colours }: Props) {
  const course = question.courses[question.app + worlds.holders]!;
  const last = worlds.weeks.length - 1;
  const [before] = told(course, last);
  const guess = state.guess ?? Math.round(course.base[0][last]!);
  const drawn = drawnOf(worlds, question, state.curve);
  const quarters = quartersOf(worlds, question.first);
  const curve = drawn ?? quarters.map((week, k) => (k === quarters.length - 1 && state.guess !== null ? state.guess : Number(course.base[0][week]!.toFixed(1))));
  const set = (event: { currentTarget: HTMLInputElement }) => {
    const value = Number.parseFloat(event.currentTarget.value);
    if (value >= 0 && value <= 100) change({ guess: value, ...(drawn && { curve: [...drawn.slice(0, -1), value] }) });
  };
  return (
    <div class="predict">
      <p class="sentence">
        As it was, {before} % of people have {question.app} on {worlds.endWords}. How many in this world?
      </p>
      <p class="place">
        <label for="guess">Your number, in % of people</label>
        <input id="guess" type="range" min="0" max="100" step="0.5" value={guess} onInput={set} aria-valuetext={`${guess} %`} />
        <output for="guess">{guess} %</output>
        <button type="button" class="go" onClick={() => change({ guess, seen: true }, true)}>See what happens</button>
      </p>
      <p class="note">
        Or draw how it gets there: drag the points, or move along them with the arrow keys (left and right to another quarter, up and down for more and
        fewer). What you leave on the grey line, as it was, is your prediction, too.{" "}
        {drawn && <button type="button" onClick={() => change({ curve: null, guess: null }, true)}>Draw again</button>}
      </p>
      <Draw {...{ worlds, question, curve, colours }} room={Math.min(room - 20, WIDEST)} onCurve={(next, step) => change({ curve: next, guess: next[next.length - 1]! }, step)} />
    </div>
  );
}

/** How what was placed or drawn lies beside the model's. */
export function Beside({ worlds, question, state }: { worlds: Worlds; question: Question; state: State }) {
  const course = question.courses[question.app + worlds.holders]!;
  const last = worlds.weeks.length - 1;
  const [, after] = told(course, last);
  const [low, high] = [course.now[1][last]!, course.now[2][last]!];
  const { guess } = state;
  if (guess === null) return null;
  const drawn = drawnOf(worlds, question, state.curve);
  return (
    <div class="beside" role="status">
      <p>
        You placed {guess} % of people with {question.app}. The model has {after} %; {held(worlds, question)} plausible worlds lie from {low.toFixed(0)} to {high.toFixed(0)} %.{" "}
        {guess >= low && guess <= high ? "Your number is among them." : "Your number is outside."}
      </p>
      {drawn && <p class="off">{offBy(worlds, question, course, drawn)}</p>}
    </div>
  );
}
