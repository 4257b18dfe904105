// The page: what was asked, the answer, the picture, why, and what a reader can do with it.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Because, Changes } from "./changes";
import type { Deed, Question, Worlds } from "./data";
import { dateOf, dayInWords } from "./data";
import { margins, panelsOf, Picture } from "./picture";
import { Beside, Predict } from "./predict";
import { addressOf, questionOf, type State, useAddress } from "./state";
import { picture, save, table } from "./take";

type Change = (part: Partial<State>, isStep?: boolean) => void;

function useRoom() {
  const ref = useRef<HTMLDivElement>(null);
  const [room, set] = useState(800);
  useLayoutEffect(() => {
    const measure = () => ref.current && set(Math.max(Math.floor(ref.current.clientWidth), 280));
    const watch = new ResizeObserver(measure);
    watch.observe(ref.current!);
    measure();
    return () => watch.disconnect();
  }, []);
  return [ref, room] as const;
}

function useDark(theme: State["theme"]): boolean {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const [prefers, set] = useState(query.matches);
  useEffect(() => {
    const heed = () => set(query.matches);
    query.addEventListener("change", heed);
    return () => query.removeEventListener("change", heed);
  }, []);
  return theme === "" ? prefers : theme === "dark";
}

export function App({ worlds }: { worlds: Worlds }) {
  const [state, change] = useAddress(worlds);
  const [ref, measured] = useRoom();
  const isDark = useDark(state.theme);
  const question = questionOf(worlds, state);
  const colours = worlds.papers[isDark ? "dark" : "light"];
  const panels = panelsOf(worlds, question, state.app, state.fourth);
  const open = !state.predict || state.seen;
  const larger = state.present ? Math.max(measured / 900, 1) : 1; // on a wall the picture is drawn smaller and blown up
  const room = Math.floor(measured / larger);
  useEffect(() => {
    const { documentElement: root } = document;
    root.dataset["theme"] = isDark ? "dark" : "light";
    root.dataset["present"] = state.present ? "1" : "";
    for (const [name, value] of Object.entries(colours)) root.style.setProperty(`--${name}`, value);
    document.title = `${question.card} – what if? ${worlds.place}`;
  });
  const cards = useRef<HTMLElement>(null);
  useEffect(() => {
    const [nav, chosen] = [cards.current, cards.current?.querySelector<HTMLElement>("[aria-current]")];
    if (nav && chosen) nav.scrollLeft = chosen.offsetLeft - nav.offsetLeft - 12; // where cards stand in one long row
  }, [question]);
  useEffect(() => {
    const leave = (event: KeyboardEvent) => event.key === "Escape" && state.present && change({ present: false }, true);
    addEventListener("keydown", leave);
    return () => removeEventListener("keydown", leave);
  });
  return (
    <>
      <header>
        <h1>What if? {worlds.place}, in a laboratory</h1>
        <Tools {...{ state, change, isDark }} />
        <p class="what">
          {worlds.about} This laboratory lives that time again with {worlds.users.toLocaleString("en")} simulated people: as it was, and with one thing
          changed. Choose a question; the answer is the difference between the two worlds. It is no forecast.
        </p>
      </header>
      <nav class="cards" aria-label="Questions" ref={cards}>
        {worlds.questions.map((one) => (
          <a key={one.name} href={addressOf(worlds, state, one)} aria-current={one === question ? "true" : undefined}>{one.card}</a>
        ))}
      </nav>
      <main id="main" tabIndex={-1}>
        <Answer {...{ worlds, question, state, change, open }} />
        <div class="both">
          <section class="time" aria-label="Both worlds over time">
            <Choices {...{ worlds, question, state, change, open }} />
            <div class="picture" ref={ref}>
              <Picture
                {...{ worlds, question, panels, room, colours, isDark, open }} week={state.week} everyCompany={state.everyCompany}
                guess={state.predict && state.app === question.app ? state.guess : null} onWeek={(week) => change({ week })}
              />
              <Scrubber {...{ worlds, state, change, room, larger }} />
            </div>
            <p class="note">
              Grey: as it was, the baseline. Colour: now, with one thing changed; the gap is shaded. Pale bands: 90 % of plausible worlds. Darker bands: luck
              alone, in {worlds.luckyPairs} {worlds.luckyPairs === 1 ? "pair" : "pairs"}; they are no measure of how sure the answer is.
            </p>
          </section>
          {open && <Changes {...{ worlds, question, colours }} />}
          {open && <Deeds {...{ worlds, question, state }} />}
        </div>
        <Take {...{ worlds, question, panels, open }} />
      </main>
    </>
  );
}

function Tools({ state, change, isDark }: { state: State; change: Change; isDark: boolean }) {
  const [link, show] = useState("");
  const share = async () => {
    show(location.href);
    await navigator.clipboard?.writeText(location.href).catch(() => undefined);
  };
  return (
    <div class="tools">
      <button type="button" aria-pressed={state.predict} onClick={() => change({ predict: !state.predict, guess: null, seen: false }, true)}>Predict first</button>
      <button type="button" class="present" aria-pressed={state.present} onClick={() => change({ present: !state.present }, true)}>
        {state.present ? "Leave presentation" : "Present"}
      </button>
      <button type="button" aria-pressed={isDark} onClick={() => change({ theme: isDark ? "light" : "dark" })}>Dark</button>
      <button type="button" onClick={() => print()}>Print</button>
      <button type="button" aria-expanded={link !== ""} onClick={() => (link ? show("") : void share())}>Share</button>
      {link && (
        <label class="link">
          Link to what you see, copied where the browser allows it
          <input type="text" readOnly value={location.href} onFocus={(event) => event.currentTarget.select()} />
        </label>
      )}
    </div>
  );
}

interface Shown {
  worlds: Worlds;
  question: Question;
  state: State;
  change: Change;
  open: boolean;
}

function Answer({ worlds, question, state, change, open }: Shown) {
  const { agree } = question;
  const isFew = worlds.pairs < worlds.few;
  return (
    <section class="answer" aria-labelledby="asked">
      <h2 id="asked">{question.asks}</h2>
      {open ? (
        <>
          <p class="sentence">{question.sentence}</p>
          {state.predict && state.guess !== null && <Beside worlds={worlds} question={question} guess={state.guess} />}
          <p class="firm">
            <strong class={agree.app ? "agreed" : "open"}>
              {agree.app ? `${agree.alike} of ${agree.pairs} plausible worlds agree on ${agree.app}` : "Open: the plausible worlds do not agree on a direction"}
            </strong>
            {isFew && <strong class="open">A trial with {worlds.pairs} pairs: do not quote it</strong>}
          </p>
          <details class="sure">
            <summary>How sure is that?</summary>
            <p>{question.sure.join(" ")}</p>
            <p>
              {question.assumed[0]} of the {question.assumed[1]} numbers behind this answer are assumed: nobody measured them, and no fit determines them.
              {question.silent.length > 0 && ` What was asked draws no attention of its own, which is assumed as well: ${question.silent.join("; ")}.`}
            </p>
            <p>What differs, from {question.horizon}:</p>
            <ul>{question.changes.map((one) => <li key={one}>{one}</li>)}</ul>
          </details>
        </>
      ) : (
        <Predict {...{ worlds, question, state, change }} />
      )}
    </section>
  );
}

function Choices({ worlds, question, state, change, open }: Shown) {
  return (
    <div class="choices">
      <label>
        App{" "}
        <select value={state.app} onChange={(event) => change({ app: event.currentTarget.value })}>
          {Object.keys(worlds.apps).map((app) => <option key={app}>{app}</option>)}
        </select>
      </label>
      <label>
        Last picture{" "}
        <select value={state.fourth} onChange={(event) => change({ fourth: event.currentTarget.value as State["fourth"] })}>
          <option value="access">access</option>
          {question.courses[worlds.speech] && <option value="speech">speech (assumed)</option>}
        </select>
      </label>
      {open && (
        <label>
          <input type="checkbox" checked={state.everyCompany} onChange={(event) => change({ everyCompany: event.currentTarget.checked })} /> all companies
        </label>
      )}
    </div>
  );
}

function Scrubber({ worlds, state, change, room, larger }: { worlds: Worlds; state: State; change: Change; room: number; larger: number }) {
  const day = dayInWords(dateOf(worlds, worlds.weeks[state.week]!));
  const [left, right] = margins(room).map((margin) => margin * larger - 8);
  return (
    <div class="scrubber" style={{ paddingLeft: `${left}px`, paddingRight: `${right}px` }}>
      <input
        id="day" type="range" min="0" max={worlds.weeks.length - 1} step="1" value={state.week} aria-label="Day that is shown" aria-valuetext={day}
        onInput={(event) => change({ week: Number(event.currentTarget.value) })}
      />
      <output for="day">{day}</output>
    </div>
  );
}

function Deeds({ worlds, question, state }: { worlds: Worlds; question: Question; state: State }) {
  const today = worlds.weeks[state.week]!;
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
      <ul>{common.slice(0, 6).map(row)}</ul>
      {common.length + others.length > 6 && (
        <details>
          <summary>{Math.max(common.length - 6, 0) + others.length} more; those in fewer than half of the pairs may be chance</summary>
          <ul>{[...common.slice(6), ...others].map(row)}</ul>
        </details>
      )}
    </section>
  );
}

function Take({ worlds, question, panels, open }: { worlds: Worlds; question: Question; panels: ReturnType<typeof panelsOf>; open: boolean }) {
  if (!open) return null;
  const source = `lawshock ${worlds.version}, ${worlds.command}; a laboratory for “what if”, not a forecast`;
  return (
    <section class="take" aria-labelledby="take">
      <h2 id="take">Take away</h2>
      <p>
        <button type="button" onClick={() => save(`${question.name}.csv`, table(worlds, panels), "text/csv")}>Table (CSV)</button>
        <button type="button" onClick={() => save(`${question.name}.svg`, picture(question, source), "image/svg+xml")}>Picture (SVG)</button>
        <button type="button" onClick={() => save(`${question.name}.toml`, question.file, "text/plain")}>Scenario (TOML)</button>
      </p>
      <p class="note">
        The scenario runs anywhere lawshock is installed: <code>lawshock compare {worlds.base} {question.name}.toml</code>
      </p>
    </section>
  );
}
