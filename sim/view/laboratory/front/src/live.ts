// Answers of the server: asked for, refined, and asked for again when the server was away.
import { useEffect, useReducer, useRef } from "preact/hooks";
import type { Card, Entry, Question, Request } from "./data";

/** What is wanted: a card by its name, or one's own world. */
export interface Want {
  key: string;
  card: string;
  own?: Request;
}

/** What is known of it so far. */
export interface Told {
  id: string;
  /** The question in words, as soon as the server knows it. */
  card: Card | null;
  question: Question | null;
  acts: Entry[] | null;
  done: boolean;
  /** Why the server cannot answer yet, although nothing is wrong. */
  waits: string;
  /** What keeps it from being answered: the server is away, or says why it failed. */
  trouble: string;
  failed: boolean;
  /** Why the world cannot be. */
  refused: string;
}

const EMPTY: Told = { id: "", card: null, question: null, acts: null, done: false, waits: "", trouble: "", failed: false, refused: "" };
const LONGEST_WAIT = 15;
const KEPT = 40;

export const keyOf = (card: string, own?: Request | null): string => (own ? JSON.stringify(own) : card);

async function wordsOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    return String((JSON.parse(text) as { message?: string }).message ?? text);
  } catch {
    return text || `The server answered with ${response.status}.`;
  }
}

/** The world of a scenario file as a request; otherwise the words in which it is refused. */
export async function taken(file: File): Promise<Request | string> {
  try {
    const response = await fetch("api/import", { method: "POST", body: file });
    if (!response.ok) return await wordsOf(response);
    const { question } = (await response.json()) as { question: Card };
    return question.request ?? `${file.name} differs in more than acts and numbers: put it beside the other with lawshock compare.`;
  } catch {
    return "The server does not answer.";
  }
}

/** One world that is asked for until it is told. */
class Follow {
  told = EMPTY;
  private stream: EventSource | null = null;
  private readonly given = new AbortController();
  private timer = 0;
  private tries = 0;

  constructor(private readonly want: Want, private readonly tell: () => void) {
    void this.ask();
  }

  private say(part: Partial<Told>): void {
    this.told = { ...this.told, ...part };
    this.tell();
  }

  private later(): void {
    this.stream?.close();
    if (this.given.signal.aborted) return;
    const wait = Math.min(2 ** this.tries, LONGEST_WAIT);
    this.tries += 1;
    this.say({ trouble: `The server does not answer. It is asked again in ${wait} ${wait === 1 ? "second" : "seconds"}.` });
    this.timer = window.setTimeout(() => void this.ask(), 1000 * wait);
  }

  /** Ask, from the beginning: a server that was started again knows nothing of what was asked before. */
  async ask(): Promise<void> {
    const { own, card } = this.want;
    if (!own) return this.listen(card);
    try {
      const response = await fetch("api/ask", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(own), signal: this.given.signal,
      });
      if (response.status === 422) return this.say({ refused: await wordsOf(response), trouble: "" });
      if (response.status >= 400 && response.status < 500 && response.status !== 429)
        return this.say({ trouble: await wordsOf(response), failed: true });
      if (!response.ok) return this.later();
      const { id, question, acts } = (await response.json()) as { id: string; question: Card; acts: Entry[] };
      this.say({ id, card: question, acts });
      this.listen(id);
    } catch {
      if (!this.given.signal.aborted) this.later();
    }
  }

  private listen(id: string): void {
    if (this.given.signal.aborted) return;
    const stream = new EventSource(`api/answers/${encodeURIComponent(id)}`);
    this.stream = stream;
    const on = (name: string, heed: (data: string) => void) =>
      stream.addEventListener(name, (event) => {
        this.tries = 0;
        heed((event as MessageEvent<string>).data);
      });
    on("answer", (data) => this.say({ id, question: JSON.parse(data) as Question, waits: "", trouble: "" }));
    on("waits", (data) => this.say({ waits: (JSON.parse(data) as { message: string }).message, trouble: "" }));
    on("failed", (data) => {
      stream.close();
      this.say({ trouble: (JSON.parse(data) as { message: string }).message, failed: true });
    });
    on("done", () => {
      stream.close();
      this.say({ done: true, trouble: "" });
    });
    stream.onerror = () => this.later();
  }

  again(): void {
    this.say({ trouble: "", failed: false });
    void this.ask();
  }

  stop(): void {
    this.given.abort();
    this.stream?.close();
    clearTimeout(this.timer);
  }
}

/** What is told of wanted worlds; what is no longer wanted is no longer asked for. Asking again is for what failed. */
export function useLive(wants: Want[]): [(key: string) => Told, (key: string) => void] {
  const [, tell] = useReducer((count: number) => count + 1, 0);
  const follows = useRef(new Map<string, Follow>()).current;
  const keys = wants.map(({ key }) => key);
  useEffect(() => {
    for (const [key, follow] of follows) {
      if (!keys.includes(key) && (!follow.told.done || follows.size > KEPT)) {
        follow.stop();
        follows.delete(key);
      }
    }
    for (const want of wants) if (!follows.has(want.key)) follows.set(want.key, new Follow(want, () => tell(0)));
  }, [keys.join("\n")]);
  useEffect(() => () => follows.forEach((follow) => follow.stop()), []);
  return [(key) => follows.get(key)?.told ?? EMPTY, (key) => follows.get(key)?.again()];
}
