// A lesson on what causes what in this model: each step sets the page, asks one prediction, and then shows what the runs say.
import type { Course, Question, Step, Worlds } from "./data";
import { dateOf, dayInWords, iso } from "./data";
import type { Change, State } from "./state";
import { opening } from "./state";
import { told } from "./words";

const CHOICES: [string, string][] = [["more", "More"], ["fewer", "Fewer"], ["same", "No clear difference"]];

/** Steps whose card this page has. */
export const stepsOf = (worlds: Worlds): Step[] => worlds.lesson.filter((step) => worlds.questions.some(({ name }) => name === step.card));

function weekOf(worlds: Worlds, step: Step): number {
  const last = worlds.weeks.length - 1;
  const week = step.on ? worlds.weeks.findIndex((day) => iso(dateOf(worlds, day)) >= step.on!) : last;
  return week < 0 ? last : week;
}

/** The state in which a step begins. */
export function stateOf(worlds: Worlds, number: number): Partial<State> {
  const step = stepsOf(worlds)[number - 1];
  if (!step) return { lesson: 0, pick: "" };
  return { ...opening(step.card), app: step.app ?? "", week: weekOf(worlds, step), predict: false, lesson: number };
}

/** What the runs say of the direction: the band lies on one side of nothing, or it does not. */
export function verdict({ gap: [, low, high] }: Course, week: number): string {
  return low[week]! > 0 ? "more" : high[week]! < 0 ? "fewer" : "same";
}

export function Lesson({ worlds, state, change, question }: { worlds: Worlds; state: State; change: Change; question: Question | null }) {
  const steps = stepsOf(worlds);
  const step = steps[state.lesson - 1];
  if (!step) return null;
  const week = weekOf(worlds, step);
  const day = dayInWords(dateOf(worlds, worlds.weeks[week]!));
  const course = question?.courses[step.quantity];
  const said = course && verdict(course, week);
  const gap = course && told(course, week)[2];
  const wordsOf = (choice: string | undefined): string => CHOICES.find(([one]) => one === choice)?.[1].toLowerCase() ?? "";
  const go = (number: number) => change(number > steps.length || number < 1 ? { lesson: 0, pick: "" } : stateOf(worlds, number), true);
  return (
    <section class="lesson" aria-labelledby="lesson">
      <h2 id="lesson">Lesson, step {state.lesson} of {steps.length}: {step.title}</h2>
      <p>{step.text}</p>
      <p><strong>Predict: on {day}, against the world as it was, {step.called}: more or fewer?</strong></p>
      <p class="choose" role="group" aria-label="Your prediction">
        {CHOICES.map(([choice, words]) => (
          <button key={choice} type="button" aria-pressed={state.pick === choice} onClick={() => change({ pick: choice, week }, true)}>{words}</button>
        ))}
      </p>
      <div role="status">
        {state.pick && !course && <p>The runs for this are still being made.</p>}
        {state.pick && course && (
          <>
            <p class="beside">
              You said: {wordsOf(state.pick)}. The runs say: {wordsOf(said)}
              {gap ? ` (${gap})` : ", in no pair"}. {state.pick === said ? "They agree with you." : "They do not agree with you."}
            </p>
            <p>{step.look}</p>
          </>
        )}
      </div>
      <p>
        {state.lesson > 1 && <button type="button" onClick={() => go(state.lesson - 1)}>Back a step</button>}{" "}
        <button type="button" class="go" onClick={() => go(state.lesson + 1)}>{state.lesson < steps.length ? "Next step" : "End of the lesson"}</button>{" "}
        <button type="button" onClick={() => change({ lesson: 0, pick: "" }, true)}>Leave the lesson</button>
      </p>
    </section>
  );
}

/** The lesson on paper: what is asked, and room for what was thought and seen. */
export function Sheet({ worlds, children }: { worlds: Worlds; children?: unknown }) {
  return (
    <section class="sheet" aria-hidden="true">
      <h1>What causes what? {worlds.place}, in a laboratory</h1>
      <p>Name: ______________________________ Date: ______________</p>
      <ol>
        {stepsOf(worlds).map((step, i) => (
          <li key={i}>
            <strong>{step.title}.</strong> {step.text}
            <br />
            On {dayInWords(dateOf(worlds, worlds.weeks[weekOf(worlds, step)]!))}, {step.called}: ☐ more ☐ fewer ☐ no clear difference. I think so because ______________________
            <br />
            The runs say: ____________________ Why: ____________________________________________
          </li>
        ))}
      </ol>
      <p>{children as string}</p>
    </section>
  );
}
