// Predict before you see: the reader places a number, then compares it with the model's.
import type { Question, Worlds } from "./data";
import type { State } from "./state";

interface Props {
  worlds: Worlds;
  question: Question;
  state: State;
  change: (part: Partial<State>, isStep?: boolean) => void;
}

/** The number that is asked for: how many people have the question's app at the end. */
export function Predict({ worlds, question, state, change }: Props) {
  const course = question.courses[question.app + worlds.holders]!;
  const last = worlds.weeks.length - 1;
  const [before] = course.told[last]!;
  const guess = state.guess ?? Math.round(course.base[0][last]!);
  const set = (event: { currentTarget: HTMLInputElement }) => {
    const value = Number.parseFloat(event.currentTarget.value);
    if (value >= 0 && value <= 100) change({ guess: value });
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
    </div>
  );
}

/** How the number that was placed lies beside the model's. */
export function Beside({ worlds, question, guess }: { worlds: Worlds; question: Question; guess: number }) {
  const course = question.courses[question.app + worlds.holders]!;
  const last = worlds.weeks.length - 1;
  const [, after] = course.told[last]!;
  const [low, high] = [course.now[1][last]!, course.now[2][last]!];
  const isInside = guess >= low && guess <= high;
  return (
    <p class="beside" role="status">
      You placed {guess} % of people with {question.app}. The model has {after} %; 90 % of plausible worlds lie from {low.toFixed(0)} to {high.toFixed(0)} %.{" "}
      {isInside ? "Your number is among them." : "Your number is outside."}
    </p>
  );
}
