// The page: what was asked, the stage, and below it, closed, all else that a reader may want.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Assumptions } from "./assumptions";
import { Axis, Play } from "./axis";
import { Build } from "./build";
import { Changes, Deeds } from "./changes";
import type { Card, Question, Request, Worlds } from "./data";
import { held, isTold } from "./data";
import { drawnOf, pointsOf } from "./draw";
import { Lesson, Sheet, stateOf, stepsOf } from "./lesson";
import { keyOf, useLive, type Want } from "./live";
import { panelsOf, Picture } from "./picture";
import { Beside, Predict } from "./predict";
import { Says } from "./says";
import { Share } from "./share";
import { Answer, Caption, Firms, People, SameInTable, useRoom, Why } from "./stage";
import { appOf, cardOf, type Change, isNothing, NOTHING, opening, type State, type Steps, useAddress } from "./state";
import { Take } from "./take";

/** Pairs of runs that an answer page needs. */
const PAIRS_OF_A_PAGE = 4;
/** Breadth of what is drawn on paper, in pixels: A4 within its margins. */
const PAPER = 688;
/** Milliseconds without a change after which a world is asked for. */
const QUIET = 300;

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
  const isWide = useMedia("(min-width: 60rem)");
  const prefersDark = useMedia("(prefers-color-scheme: dark)");
  const [axis, [onAxis]] = useRoom<HTMLDivElement>();
  const [curves, [onCurves]] = useRoom<HTMLDivElement>();
  const room = isPrinted ? PAPER : onCurves;
  const [notice, say] = useState("");
  const [edited, edit] = useState("");
  const [plays, play] = useState(false);
  const isDark = !isPrinted && (state.theme === "" ? prefersDark : state.theme === "dark");
  const live = worlds.live === true;
  const card = cardOf(worlds, state);
  const isEmpty = isNothing(state.own);
  const settled = useSettled(state.own, JSON.stringify(state.own));
  const own = state.own && !isEmpty ? (settled && !isNothing(settled) ? settled : null) : null;
  const key = isEmpty || (state.own && !own) ? "" : keyOf(card.name, own);
  const embedded = worlds.questions.find((one) => one.name === card.name);
  const ready = isTold(embedded) ? embedded : null;
  const wants: Want[] = live && key && (own || !ready) ? [{ key, card: card.name, ...(own && { own }) }] : [];
  const [toldOf, again] = useLive(wants);
  const told = toldOf(key);
  const current = own ? told.question : isEmpty ? null : (ready ?? told.question);
  const last = useRef<{ question: Question; request: Request | null } | null>(null);
  if (current) last.current = { question: current, request: own ?? card.request ?? null };
  const question = current ?? last.current?.question ?? worlds.questions.find(isTold) ?? null;
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
  const onEdit = (id: string) => {
    edit(id);
    if (id && !state.build) change({ build: true, own: state.own ?? card.request ?? NOTHING }, true);
  };
  const colours = worlds.papers[isDark ? "dark" : "light"];
  const open = !isEmpty && !(state.predict && !state.seen) && !(state.lesson > 0 && !state.pick);
  const isGuessed = state.predict && question !== null && appOf(state, question) === question.app;
  const panels = question ? panelsOf(worlds, question, appOf(state, question)) : [];
  useLayoutEffect(() => {
    const { documentElement: root } = document; // before anything is painted or printed
    root.dataset["theme"] = isDark ? "dark" : "light";
    for (const [name, value] of Object.entries(colours)) root.style.setProperty(`--${name}`, value);
    for (const name of ["apart", "other"] as const) root.style.setProperty(`--${name}`, worlds[name][isDark ? 2 : 1]);
    document.title = `${asked.card} – what if? ${worlds.place}`;
  });
  useEffect(() => {
    const heed = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.matches("input:not([type=range], [type=checkbox]), select, textarea");
      if (isTyping || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
      event.preventDefault();
      (event.shiftKey ? steps.redo : steps.undo)?.();
    };
    addEventListener("keydown", heed);
    return () => removeEventListener("keydown", heed);
  });
  const curve = isGuessed && open ? drawnOf(worlds, question, state.curve) : null;
  const drawn = curve && question ? pointsOf(worlds, question, question.courses[question.app + worlds.holders]!, curve) : null;
  const pairs = question?.pairs ?? worlds.pairs;
  const isRefining = question?.of !== undefined && pairs < question.of;
  const [week, onWeek] = [state.week, (to: number) => change({ week: to })];
  const app = question?.lead.app;
  const colour = app ? worlds.apps[app]![0] : question?.lead.id === worlds.accounts ? worlds.other[0] : colours.ink;
  const request = state.own ?? card.request ?? null;
  const isPredicted = state.predict && !open && !state.lesson && !isEmpty;
  return (
    <>
      <header>
        <h1>{worlds.place}, lived twice by {worlds.users.toLocaleString("en")} simulated people. No forecast.</h1>
        <details class="menu" open={isWide}>
          <summary>Menu</summary>
          <Tools {...{ worlds, state, change, steps, isDark, live }} />
        </details>
      </header>
      <main id="main" tabIndex={-1}>
        <Picker {...{ worlds, state, change }} asks={asked.asks} />
        <Lesson {...{ worlds, state, change }} question={isStale ? null : question} />
        <div class="status" role="status" aria-live="polite">
          {notice && <p class="wrong">{notice}</p>}
          {told.trouble && (
            <p class="wrong">{told.trouble} {told.failed && <button type="button" onClick={() => again(key)}>Ask again</button>}</p>
          )}
          {!told.trouble && told.waits && <p>{told.waits}</p>}
          {!told.trouble && !told.waits && isStale && !isEmpty && <p>Both worlds are being lived. {last.current ? "What you see is still the answer before; where the gap is dashed, it was only moved with the act." : "The first two pairs come in a moment."}</p>}
          {!isStale && isRefining && <p class="sofar">{pairs} of {question.of} pairs so far: the bands will still move.</p>}
        </div>
        {question && isPredicted && <Predict {...{ worlds, question, state, change, colours }} room={isPrinted ? PAPER : onAxis} />}
        <section class={`stage${isStale && !isEmpty ? " stale" : ""}${open ? "" : " hidden"}`} id="stage" aria-label="Both worlds">
          {question && !isPredicted && (
            <>
              {open && (
                <div class="side">
                  <Answer {...{ worlds, question, colours, colour, pairs, isRefining }} />
                  <Why {...{ worlds, question }} id={live && pairs >= worlds.linkPairs ? told.id : ""} />
                </div>
              )}
              <Firms {...{ worlds, question, week, open }} />
              <People {...{ worlds, question, week, open, colours, isDark, plays }} paper={isPrinted ? [PAPER, 302] : null} />
              <Caption {...{ worlds, question, week, open }} />
            </>
          )}
          {!question && <p class="empty">The picture comes with the first two pairs.</p>}
          <div class="time">
            <Play {...{ worlds, week, plays, play, onWeek }} />
            <div class="track" ref={axis}>
              <Axis
                {...{ worlds, question, request, week, open, colours, colour, plays, play, onWeek, onRequest, edited }} edit={onEdit} schema={live ? (worlds.schema ?? null) : null}
                acts={told.acts} answered={isStale ? (last.current?.request ?? null) : null} room={isPrinted ? PAPER - 70 : onAxis}
              />
            </div>
          </div>
        </section>
        {question && open && <p class="note">
          Dots: {question.city.base.split(" ").length} simulated people, an example, the same in both worlds. Ring: cut off from the app. Dark rim: uses another app in the other
          world. Companies: what most worlds have, and in how many where not in all. Arrows: the mean of all pairs. Line and band: {question.lead.name}, now less as it was, in {held(worlds, question)} plausible worlds.
        </p>}
        {live && state.build && worlds.schema?.acts && (
          <Build {...{ worlds, schema: worlds.schema, week, onRequest, edited, edit }} onTrouble={say} told={told.acts} request={state.own ?? card.request ?? NOTHING} />
        )}
        <section class="answer" aria-label="The answer in words">
          {question && open && <Sentence {...{ worlds, question, state }} />}
          {live && card.says && card.request && worlds.schema && (
            <Says {...{ worlds, schema: worlds.schema, says: card.says }} request={state.own ?? card.request} onRequest={(next, slot) => onRequest(next, slot)} />
          )}
          {!live && <p class="note">This page is a file. <code>lawshock explore</code> opens it with a server, where acts are added and moved, and every number can be set.</p>}
          {live && !state.build && (
            <p class="begin"><button type="button" onClick={() => change({ build: true, own: state.own ?? card.request ?? NOTHING }, true)}>Change this world</button></p>
          )}
        </section>
        <div class="more">
          {/* drawn also where it is closed, for it is printed and taken away */}
          <details class="curves">
            <summary>All curves</summary>
            {question && (
              <label>
                App{" "}
                <select value={appOf(state, question)} onChange={(event) => change({ app: event.currentTarget.value })}>
                  {Object.keys(worlds.apps).map((name) => <option key={name}>{name}</option>)}
                </select>
              </label>
            )}
            <div class="picture" ref={curves}>
              {question && !isPredicted && <Picture {...{ worlds, question, panels, week, colours, isDark, open, drawn }} room={room} guess={isGuessed && open ? state.guess : null} />}
            </div>
            <p class="note">
              Grey: as it was, the baseline.{open && " Colour: now, with one thing changed; the gap is shaded."} Pale bands: {held(worlds, question)} plausible worlds.
              {drawn && " Line with points: what you drew."}
            </p>
          </details>
          {question && open && <Deeds question={question} />}
          {question && open && <Changes {...{ worlds, question, colours }} />}
          {question && open && (
            <details class="same"><summary>People and arrows as a table</summary><SameInTable {...{ worlds, question, week }} /></details>
          )}
          {worlds.schema && <Assumptions {...{ live, schema: worlds.schema }} request={request} onRequest={onRequest} />}
          {question && open && !isStale && <Take {...{ worlds, question, panels }} id={live && pairs >= PAIRS_OF_A_PAGE ? told.id : ""} isOwn={state.own !== null} />}
        </div>
      </main>
      <Sheet worlds={worlds}>{location.protocol.startsWith("http") ? location.href : ""}</Sheet>
    </>
  );
}

/** The question, which is chosen where it stands. */
function Picker({ worlds, state, change, asks }: { worlds: Worlds; state: State; change: Change; asks: string }) {
  const groups = [...new Set(worlds.questions.map(({ group }) => group ?? "Questions"))];
  return (
    <div class="ask">
      <h2 id="asked">{asks}</h2>
      <select
        aria-label="Question" value={state.own ? "" : state.question}
        onChange={(event) => event.currentTarget.value && change(opening(event.currentTarget.value), true)}
      >
        {state.own && <option value="">Your own world</option>}
        {groups.map((group) => (
          <optgroup key={group} label={group}>
            {worlds.questions.filter((one) => (one.group ?? "Questions") === group).map(({ name, card }) => <option key={name} value={name}>{card}</option>)}
          </optgroup>
        ))}
      </select>
    </div>
  );
}

interface ToolsProps {
  worlds: Worlds;
  state: State;
  change: Change;
  steps: Steps;
  isDark: boolean;
  live: boolean;
}

function Tools({ worlds, state, change, steps, isDark, live }: ToolsProps) {
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
    <div class="tools" role="group" aria-label="Tools">
      <button type="button" disabled={!steps.undo} onClick={() => steps.undo?.()}>Undo</button>
      <button type="button" disabled={!steps.redo} onClick={() => steps.redo?.()}>Redo</button>
      {live && <button type="button" aria-pressed={state.build} onClick={() => change({ ...opening(state.question), own: NOTHING, build: true }, true)}>Build your own</button>}
      {stepsOf(worlds).length > 0 && (
        <button type="button" aria-pressed={state.lesson > 0} onClick={() => change(state.lesson ? { lesson: 0, pick: "" } : stateOf(worlds, 1), true)}>Lesson</button>
      )}
      <button type="button" aria-pressed={state.predict} onClick={() => change({ predict: !state.predict, guess: null, curve: null, seen: false, lesson: 0, pick: "" }, true)}>Predict first</button>
      <button type="button" aria-pressed={isDark} onClick={() => change({ theme: isDark ? "light" : "dark" })}>Dark</button>
      <button type="button" onClick={() => print()}>Print</button>
      {state.lesson > 0 && <button type="button" onClick={sheet}>Print the sheet</button>}
      <button type="button" aria-expanded={shares} onClick={share}>Share</button>
      {shares && <Share />}
    </div>
  );
}

function Sentence({ worlds, question, state }: { worlds: Worlds; question: Question; state: State }) {
  return (
    <>
      <p class="sentence">{question.sentence}</p>
      {state.predict && state.guess !== null && <Beside {...{ worlds, question, state }} />}
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
