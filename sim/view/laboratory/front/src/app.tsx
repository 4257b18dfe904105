// The page: what was asked, the answer, the picture, why, and what a reader can do with it.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Assumptions } from "./assumptions";
import { Build } from "./build";
import { Changes } from "./changes";
import { City } from "./city";
import type { Card, Question, Request, Worlds } from "./data";
import { dateOf, dayInWords, isTold } from "./data";
import { Deeds } from "./deeds";
import { drawnOf, pointsOf } from "./draw";
import { TypedField } from "./fields";
import { Lesson, Sheet, stateOf, stepsOf } from "./lesson";
import { keyOf, useLive, type Want } from "./live";
import { BROKEN, margins, panelsOf, Picture } from "./picture";
import { Beside, Predict } from "./predict";
import { Says } from "./says";
import { Share } from "./share";
import { appOf, cardOf, type Change, fourthOf, isNothing, NOTHING, opening, type State, type Steps, useAddress, write } from "./state";
import { Take } from "./take";

/** Pairs of runs that an answer page needs. */
const PAIRS_OF_A_PAGE = 4;
/** Breadth of the picture on paper, in pixels: A4 within its margins. */
const PAPER = 688;
/** Milliseconds without a change after which a world is asked for. */
const QUIET = 300;

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

function useMedia(what: string): boolean {
  const query = matchMedia(what);
  const [is, set] = useState(query.matches);
  useEffect(() => {
    const heed = () => set(query.matches);
    query.addEventListener("change", heed);
    return () => query.removeEventListener("change", heed);
  }, []);
  return is;
}

/** Whether the page is on its way to paper: told before pages are counted. */
function usePrint(): boolean {
  const [is, set] = useState(false);
  const shown = useMedia("print");
  useEffect(() => {
    const [begin, end] = [() => set(true), () => set(false)];
    addEventListener("beforeprint", begin);
    addEventListener("afterprint", end);
    return () => (removeEventListener("beforeprint", begin), removeEventListener("afterprint", end));
  }, []);
  return is || shown;
}

/** A value once it has not changed for a while. */
function useSettled<T>(value: T, text: string): T {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(() => value), QUIET);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

export function App({ worlds }: { worlds: Worlds }) {
  const [state, change, steps] = useAddress(worlds);
  const isPrinted = usePrint();
  const prefersDark = useMedia("(prefers-color-scheme: dark)");
  const [ref, onScreen] = useRoom();
  const measured = isPrinted ? PAPER : onScreen;
  const [notice, say] = useState("");
  const isDark = !isPrinted && (state.theme === "" ? prefersDark : state.theme === "dark");
  const live = worlds.live === true;
  const card = cardOf(worlds, state);
  const isEmpty = isNothing(state.own);
  const settled = useSettled(state.own, JSON.stringify(state.own));
  const own = state.own && !isEmpty ? (settled && !isNothing(settled) ? settled : null) : null;
  const key = isEmpty || (state.own && !own) ? "" : keyOf(card.name, own);
  const embedded = (name: string): Question | null => {
    const one = worlds.questions.find((question) => question.name === name);
    return isTold(one) ? one : null;
  };
  const wants: Want[] = [];
  if (live && key && (own || !embedded(card.name))) wants.push({ key, card: card.name, ...(own && { own }) });
  for (const pin of state.pins) if (live && (pin.own || !embedded(pin.card))) wants.push({ key: keyOf(pin.card, pin.own), ...pin });
  const [toldOf, again] = useLive(wants);
  const told = toldOf(key);
  const current = own ? told.question : isEmpty ? null : (embedded(card.name) ?? told.question);
  const last = useRef<Question | null>(null);
  if (current) last.current = current;
  const question = current ?? last.current ?? worlds.questions.find(isTold) ?? null;
  const isStale = question !== current || (state.own !== null && JSON.stringify(state.own) !== JSON.stringify(settled));
  const good = useRef<Request | null>(null);
  if (own && told.id) good.current = own;
  useEffect(() => {
    if (!told.refused || JSON.stringify(state.own) !== key) return;
    say(told.refused);
    change({ own: good.current && JSON.stringify(good.current) !== key ? good.current : state.build ? NOTHING : null });
  }, [told.refused, key]);
  const asked: Card = state.own ? { ...card, ...(told.card ?? { asks: isEmpty ? "Build your own world: nothing is changed yet." : "Your own world" }), card: "Your own world" } : card;
  const onRequest = (request: Request, group: string) => {
    say("");
    change({ own: request }, group || true);
  };
  const colours = worlds.papers[isDark ? "dark" : "light"];
  const open = !isEmpty && !(state.predict && !state.seen) && !(state.lesson > 0 && !state.pick);
  const larger = state.present && !isPrinted ? Math.max(measured / 900, 1) : 1; // on a wall the picture is drawn smaller and blown up
  const room = Math.floor(measured / larger);
  const isGuessed = state.predict && question !== null && appOf(state, question) === question.app;
  const all = question ? panelsOf(worlds, question, appOf(state, question), fourthOf(worlds, state, question)) : [];
  const panels = isGuessed && !open && !state.lesson ? all.slice(1) : all; // the first is drawn in, above
  const city = question?.city;
  const beside = state.pins.flatMap((pin): [string, Question][] => {
    const found = pin.own ? toldOf(keyOf(pin.card, pin.own)).question : (embedded(pin.card) ?? toldOf(pin.card).question);
    return found && found !== question ? [[pin.name, found]] : [];
  });
  useLayoutEffect(() => {
    const { documentElement: root } = document; // before anything is painted or printed
    root.dataset["theme"] = isDark ? "dark" : "light";
    root.dataset["present"] = state.present && !isPrinted ? "1" : "";
    for (const [name, value] of Object.entries(colours)) root.style.setProperty(`--${name}`, value);
    document.title = `${asked.card} – what if? ${worlds.place}`;
  });
  useEffect(() => {
    const heed = (event: KeyboardEvent) => {
      if (event.key === "Escape" && state.present) change({ present: false }, true);
      const isTyping = event.target instanceof HTMLElement && event.target.matches("input:not([type=range], [type=checkbox]), select, textarea");
      if (isTyping || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
      event.preventDefault();
      (event.shiftKey ? steps.redo : steps.undo)?.();
    };
    addEventListener("keydown", heed);
    return () => removeEventListener("keydown", heed);
  });
  const height = useRef({ key: "", least: 0 });
  useLayoutEffect(() => {
    // a picture that is refined never becomes lower, so that what stands below it stays where it is
    const drawn = Number(document.getElementById("picture")?.getAttribute("height") ?? 0) * larger;
    const of = `${key} ${measured} ${state.everyCompany} ${state.app} ${open}`;
    height.current = { key: of, least: height.current.key === of ? Math.max(height.current.least, drawn) : drawn };
    document.querySelector<HTMLElement>(".drawn")?.style.setProperty("min-height", `${height.current.least}px`);
  });
  const curve = isGuessed && open ? drawnOf(worlds, question, state.curve) : null;
  const drawn = curve && question ? pointsOf(worlds, question, question.courses[question.app + worlds.holders]!, curve) : null;
  const pairs = question?.pairs ?? worlds.pairs;
  const lucky = question ? (question.luckyPairs ?? worlds.luckyPairs) : 0;
  return (
    <>
      <header>
        <h1>What if? {worlds.place}, in a laboratory</h1>
        <Tools {...{ worlds, state, change, steps, isDark }} />
        <p class="what">
          {worlds.about} This laboratory lives that time again with {worlds.users.toLocaleString("en")} simulated people: as it was, and with one thing
          changed. Choose a question; the answer is the difference between the two worlds. It is no forecast.
        </p>
      </header>
      <Cards {...{ worlds, state, change, live }} />
      <Pins {...{ state, change, asked }} />
      <main id="main" tabIndex={-1}>
        <Lesson {...{ worlds, state, change }} question={isStale ? null : question} />
        {/* above the answer, whose length changes while an act is dragged */}
        {live && state.build && worlds.schema?.acts && (
          <Build {...{ worlds, schema: worlds.schema, room, onRequest }} onTrouble={say} told={told.acts} week={state.week} request={state.own ?? card.request ?? NOTHING} />
        )}
        {!live && state.build && <HowToBuild onClose={() => change({ build: false }, true)} />}
        <section class={`answer${isStale ? " stale" : ""}`} aria-labelledby="asked">
          <h2 id="asked">{asked.asks}</h2>
          {live && card.says && card.request && worlds.schema && (
            <Says {...{ worlds, schema: worlds.schema, says: card.says }} request={state.own ?? card.request} onRequest={(next, slot) => onRequest(next, slot)} />
          )}
          <div class="status" role="status" aria-live="polite">
            {notice && <p class="wrong">{notice}</p>}
            {told.trouble && (
              <p class="wrong">{told.trouble} {told.failed && <button type="button" onClick={() => again(key)}>Ask again</button>}</p>
            )}
            {!told.trouble && told.waits && <p>{told.waits}</p>}
            {!told.trouble && !told.waits && isStale && !isEmpty && <p>Both worlds are being lived. {current === null && last.current ? "What you see is still the answer before." : "The first two pairs come in a moment."}</p>}
            {!isStale && question?.of !== undefined && pairs < question.of && <p class="sofar">{pairs} of {question.of} pairs so far: the bands will still move.</p>}
          </div>
          {question && !isEmpty && (
            open ? (
              <Sentence {...{ worlds, question, state, pairs }} isRefining={question.of !== undefined && pairs < question.of} />
            ) : (
              state.predict && !state.lesson && <Predict {...{ worlds, question, state, change, room, colours }} />
            )
          )}
          {live && !state.build && (
            <p class="begin"><button type="button" onClick={() => change({ build: true, own: state.own ?? card.request ?? NOTHING }, true)}>Change this world</button></p>
          )}
        </section>
        <div class="both">
          <section class={`time${isStale && !isEmpty ? " stale" : ""}`} aria-label="Both worlds over time">
            {question && <Choices {...{ worlds, question, state, change, open }} />}
            <div class="picture" ref={ref}>
              <div class="drawn">
                {question ? (
                  <Picture
                    {...{ worlds, question, panels, room, colours, isDark, open, beside }} week={state.week} everyCompany={state.everyCompany}
                    guess={isGuessed && open ? state.guess : null} drawn={drawn} onWeek={(week) => change({ week })}
                  />
                ) : (
                  <p class="empty">The picture comes with the first two pairs.</p>
                )}
              </div>
              <Scrubber {...{ worlds, state, change, room, larger }} />
            </div>
            <p class="note">
              Grey: as it was, the baseline.{open && " Colour: now, with one thing changed; the gap is shaded."} Pale bands: 90 % of plausible worlds.{" "}
              {lucky > 0 && `Darker bands: luck alone, in ${lucky} ${lucky === 1 ? "pair" : "pairs"}; they are no measure of how sure the answer is.`}
              {drawn && " Line with points: what you drew."}
            </p>
            {open && question && beside.length > 0 && <BesideLines {...{ worlds, state, question, beside }} ink={colours.ink} />}
          </section>
          {question && open && <Changes {...{ worlds, question, colours, week: state.week }} />}
          {question && open && <Deeds {...{ worlds, question, week: state.week }} />}
          {question && open && city && <City {...{ worlds, city, week: state.week, grey: worlds.grey[0] }} onWeek={(week) => change({ week })} />}
        </div>
        {worlds.schema && <Assumptions {...{ live, schema: worlds.schema }} request={state.own ?? card.request ?? null} onRequest={onRequest} />}
        {question && open && !isStale && <Take {...{ worlds, question, panels }} id={live && pairs >= PAIRS_OF_A_PAGE ? told.id : ""} isOwn={state.own !== null} />}
      </main>
      <Sheet worlds={worlds}>{location.protocol.startsWith("http") ? location.href : ""}</Sheet>
    </>
  );
}

/** A link that changes the page in place, and can still be opened beside it. */
function Go({ worlds, state, change, part, label, isHere }: { worlds: Worlds; state: State; change: Change; part: Partial<State>; label: string; isHere: boolean }) {
  return (
    <a
      href={write(worlds, { ...state, ...part })} aria-current={isHere ? "true" : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        change(part, true);
      }}
    >
      {label}
    </a>
  );
}

function Cards({ worlds, state, change, live }: { worlds: Worlds; state: State; change: Change; live: boolean }) {
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    const [nav, chosen] = [ref.current, ref.current?.querySelector<HTMLElement>("[aria-current]")];
    if (nav && chosen) nav.scrollLeft = chosen.offsetLeft - nav.offsetLeft - 12; // where cards stand in one long row
  }, [state.question, state.build]);
  return (
    <nav class="cards" aria-label="Questions" ref={ref}>
      {worlds.questions.map((one) => (
        <Go
          key={one.name} {...{ worlds, state, change }} part={opening(one.name)} isHere={one.name === state.question && !state.build}
          label={state.own && one.name === state.question && !state.build ? `${one.card} (changed)` : one.card}
        />
      ))}
      <Go {...{ worlds, state, change }} part={live ? { ...opening(state.question), own: NOTHING, build: true } : { build: true }} isHere={state.build} label="Build your own" />
    </nav>
  );
}

/** Worlds that stay: each can be looked at again, named and let go. */
function Pins({ state, change, asked }: { state: State; change: Change; asked: Card }) {
  const here = keyOf(state.question, state.own);
  const isPinned = state.pins.some((pin) => keyOf(pin.card, pin.own) === here);
  const pin = () => {
    const name = state.own ? `My world ${state.pins.length + 1}` : asked.card;
    change({ pins: [...state.pins, { name, card: state.question, ...(state.own && { own: state.own }) }] }, true);
  };
  return (
    <div class="pins" role="group" aria-label="Pinned worlds">
      {state.pins.map((one, i) => (
        <span key={i} class="pin">
          <button
            type="button" aria-pressed={keyOf(one.card, one.own) === here} aria-label={`Show ${one.name}`}
            onClick={() => change({ ...opening(one.card), own: one.own ?? null, build: state.build }, true)}
          >
            Show
          </button>
          <TypedField
            kind="text" value={one.name} label="Name of the pinned world"
            onValue={(name) => change({ pins: state.pins.map((old, k) => (k === i ? { ...old, name } : old)) }, `pin.${i}`)}
          />
          <button type="button" onClick={() => change({ pins: state.pins.filter((_, k) => k !== i) }, true)} aria-label={`Let go of ${one.name}`}>×</button>
        </span>
      ))}
      {!isPinned && !isNothing(state.own) && <button type="button" onClick={pin}>Pin this world</button>}
    </div>
  );
}

function BesideLines({ worlds, state, question, beside, ink }: { worlds: Worlds; state: State; question: Question; beside: [string, Question][]; ink: string }) {
  const app = appOf(state, question);
  return (
    <ul class="legend">
      {beside.map(([name, other], i) => {
        const course = other.courses[app + worlds.holders];
        return (
          <li key={i}>
            <svg width="34" height="8" aria-hidden="true"><line x1="0" x2="34" y1="4" y2="4" stroke={ink} stroke-width="1.5" stroke-dasharray={BROKEN[i % BROKEN.length]} /></svg>{" "}
            {name}: {course && `${course.told[state.week]![1]} % have ${app} on ${dayInWords(dateOf(worlds, worlds.weeks[state.week]!))}`}
          </li>
        );
      })}
    </ul>
  );
}

const HowToBuild = ({ onClose }: { onClose: () => void }) => (
  <section class="build" aria-labelledby="build">
    <h2 id="build">Build your own world</h2>
    <p>
      This page is a file: its worlds were lived before it was written, and a new one has to be lived first. With lawshock installed, <code>lawshock explore</code>{" "}
      opens the same page with a server behind it, where acts can be added, moved and changed, and every number set.
    </p>
    <p><button type="button" onClick={onClose}>Close</button></p>
  </section>
);

interface ToolsProps {
  worlds: Worlds;
  state: State;
  change: Change;
  steps: Steps;
  isDark: boolean;
}

function Tools({ worlds, state, change, steps, isDark }: ToolsProps) {
  const [shares, show] = useState(false);
  const share = () => {
    show(!shares);
    if (!shares) void navigator.clipboard?.writeText(location.href).catch(() => undefined);
  };
  const sheet = () => {
    document.documentElement.dataset["sheet"] = "1";
    print();
    document.documentElement.dataset["sheet"] = "";
  };
  return (
    <div class="tools">
      <button type="button" disabled={!steps.undo} onClick={() => steps.undo?.()}>Undo</button>
      <button type="button" disabled={!steps.redo} onClick={() => steps.redo?.()}>Redo</button>
      {stepsOf(worlds).length > 0 && (
        <button type="button" aria-pressed={state.lesson > 0} onClick={() => change(state.lesson ? { lesson: 0, pick: "" } : stateOf(worlds, 1), true)}>Lesson</button>
      )}
      <button type="button" aria-pressed={state.predict} onClick={() => change({ predict: !state.predict, guess: null, curve: null, seen: false, lesson: 0, pick: "" }, true)}>Predict first</button>
      <button type="button" class="present" aria-pressed={state.present} onClick={() => change({ present: !state.present }, true)}>
        {state.present ? "Leave presentation" : "Present"}
      </button>
      <button type="button" aria-pressed={isDark} onClick={() => change({ theme: isDark ? "light" : "dark" })}>Dark</button>
      <button type="button" onClick={() => print()}>Print</button>
      {state.lesson > 0 && <button type="button" onClick={sheet}>Print the sheet</button>}
      <button type="button" aria-expanded={shares} onClick={share}>Share</button>
      {shares && <Share />}
    </div>
  );
}

interface SentenceProps {
  worlds: Worlds;
  question: Question;
  state: State;
  pairs: number;
  isRefining: boolean;
}

function Sentence({ worlds, question, state, pairs, isRefining }: SentenceProps) {
  const { agree } = question;
  return (
    <>
      <p class="sentence">{question.sentence}</p>
      {state.predict && state.guess !== null && <Beside {...{ worlds, question, state }} />}
      <p class="firm">
        <strong class={agree.app ? "agreed" : "open"}>
          {agree.app ? `${agree.alike} of ${agree.pairs} plausible worlds agree on ${agree.app}` : "Open: the plausible worlds do not agree on a direction"}
        </strong>
        {pairs < worlds.few && !isRefining && <strong class="open">A trial with {pairs} pairs: do not quote it</strong>}
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
  );
}

function Choices({ worlds, question, state, change, open }: { worlds: Worlds; question: Question; state: State; change: Change; open: boolean }) {
  return (
    <div class="choices">
      <label>
        App{" "}
        <select value={appOf(state, question)} onChange={(event) => change({ app: event.currentTarget.value })}>
          {Object.keys(worlds.apps).map((app) => <option key={app}>{app}</option>)}
        </select>
      </label>
      <label>
        Last picture{" "}
        <select value={fourthOf(worlds, state, question)} onChange={(event) => change({ fourth: event.currentTarget.value as State["fourth"] })}>
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
