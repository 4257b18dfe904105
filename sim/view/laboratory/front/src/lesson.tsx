// A lesson on what causes what in this model: each step sets the page, asks one prediction, and then shows what the runs say.
import type { Course, Question, Worlds } from "./data";
import { dateOf, dayInWords, iso } from "./data";
import type { Change, State } from "./state";
import { opening } from "./state";
import { told } from "./words";

interface Step {
  card: string;
  title: string;
  text: string;
  /** Name of the quantity that is predicted, and how it is called in a question. */
  quantity: (worlds: Worlds) => string;
  called: string;
  on?: string;
  app?: string;
  /** What to look at once the prediction is made. */
  look: string;
}

const STEPS: Step[] = [
  {
    card: "no-law", title: "Two worlds, one difference", called: "people who have Signal", on: "2020-08-01", app: "Signal",
    text: "The model lives the same time twice, with the same people and the same luck. In one world a law comes, in the other it does not. Whatever differs is due to the law, in this model.",
    quantity: (worlds) => `Signal${worlds.holders}`,
    look: "Above the line are people as it was, below it the same people without the law. The axis has the difference, and its band says how sure that is.",
  },
  {
    card: "court-order-kept", title: "What companies watch", called: "accounts handed over",
    text: "Before the law, a demand for data needed an order of a court. Companies weigh their belief that answering is wrong against what it costs to stop. Suppose the court order had stayed.",
    quantity: (worlds) => worlds.accounts,
    look: "Open “Who did what because of it”: each act names the acts before it that could bear on it.",
  },
  {
    card: "whatsapp-complies", title: "Risk, and attention", called: "people who have WhatsApp", app: "WhatsApp",
    text: "Now only one company changes its stance: Meta answers every demand. From that day its apps are riskier, whether anybody hears of it or not. What makes people look at their apps again is attention: news of the law, of arrests, of new terms.",
    quantity: (worlds) => `WhatsApp${worlds.holders}`,
    look: "Play: between the news hardly anybody moves, although the risk is there. Few move by themselves, for their contacts are where they are. See where those go who leave, and what that app’s owner does.",
  },
  {
    card: "companies-comply", title: "What stopping protects", called: "accounts handed over",
    text: "Suppose that every company had answered. Demands that would have been left unanswered now bring data.",
    quantity: (worlds) => worlds.accounts,
    look: "The band is wide or narrow for a reason: how many demands rest on the law is not known.",
  },
  {
    card: "whatsapp-blocked-90-days", title: "A block, while it stands", called: "people who have WhatsApp", on: "2020-10-29", app: "WhatsApp",
    text: "An order of the state, not a choice of a company: internet providers block WhatsApp for 90 days. Some people use a VPN, some look for another app.",
    quantity: (worlds) => `WhatsApp${worlds.holders}`,
    look: "Open “All curves”: the last says how far WhatsApp could be used. Providers do not obey all at once. Rings on the stage are people who are cut off.",
  },
  {
    card: "whatsapp-blocked-90-days", title: "After the block", called: "people who have WhatsApp", app: "WhatsApp",
    text: "The block ends. People who left have their contacts elsewhere now, or where they were before.",
    quantity: (worlds) => `WhatsApp${worlds.holders}`,
    look: "Whether people come back depends on the pull of their contacts, which nobody measured: look it up among the assumptions.",
  },
  {
    card: "outage-of-two-days", title: "A short shock", called: "people who have WhatsApp", app: "WhatsApp",
    text: "WhatsApp fails for two days, and nobody meant it. No news of surveillance, no order: only contacts that cannot be reached for a while.",
    quantity: (worlds) => `WhatsApp${worlds.holders}`,
    look: "Compare the size of this with that of the block: play both.",
  },
  {
    card: "interoperability", title: "The pull of contacts", called: "people who have Signal", app: "Signal",
    text: "If messages can cross from one app to another, contacts no longer hold a person to one app.",
    quantity: (worlds) => `Signal${worlds.holders}`,
    look: "This is a world of the model, not a forecast. Which assumption would you ask about first?",
  },
];

const CHOICES: [string, string][] = [["more", "More"], ["fewer", "Fewer"], ["same", "No clear difference"]];

/** Steps whose card this page has. */
export const stepsOf = (worlds: Worlds): Step[] => STEPS.filter((step) => worlds.questions.some(({ name }) => name === step.card));

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
  const name = step.quantity(worlds);
  const course = question?.courses[name];
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
