/** Takes a session's output into lines, a few milliseconds at a time; held back while paused. */

import type { OutputHandler, Session } from "../../bridge/client.ts";
import { LineSplitter } from "./log-splitter.ts";
import type { LogLines } from "./log-lines.ts";

/** Of one turn: the page draws and hears keys in between. */
const TURN_MS = 8;

interface Chunk {
  data: Uint8Array;
  done: () => void;
  stream: 0 | 1;
}

/** One session from its start to its end. Stream 1 is tail's own word, e.g. of a rotation. */
export class LogIntake {
  readonly #session: Session;
  readonly #lines: LogLines;
  readonly #added: () => void;
  readonly #splitters = [new LineSplitter(), new LineSplitter()] as const;
  readonly #detach: () => void;
  #queue: Chunk[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #paused = false;
  #closed = false;

  /** added: some lines came. */
  constructor(session: Session, lines: LogLines, added: () => void) {
    this.#session = session;
    this.#lines = lines;
    this.#added = added;
    this.#detach = session.attach(this.#take);
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Bytes that wait while it is paused; the device waits as well once its window is full. */
  get waiting(): number {
    return this.#queue.reduce((sum, { data }) => sum + data.length, 0);
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    if (!paused) this.#turn();
  }

  /** What was begun at the end of the stream is a line too. */
  end(): void {
    for (const chunk of this.#queue.splice(0)) this.#split(chunk);
    for (const stream of [0, 1] as const) {
      const rest = this.#splitters[stream].end();
      if (rest !== null) this.#lines.add(rest, stream === 1);
    }
    this.#added();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#detach();
    void this.#session.close().catch(() => undefined);
  }

  readonly #take: OutputHandler = (data, done, stream) => {
    this.#queue.push({ data, done, stream });
    if (this.#timer === null) this.#turn();
  };

  #turn(): void {
    this.#timer = null;
    if (this.#paused || this.#closed) return;
    const until = performance.now() + TURN_MS;
    let chunk: Chunk | undefined;
    while (performance.now() < until && (chunk = this.#queue.shift()) !== undefined) {
      this.#split(chunk);
    }
    if (this.#queue.length > 0) {
      this.#timer = setTimeout(() => {
        this.#turn();
      });
    }
    this.#added();
  }

  #split({ data, done, stream }: Chunk): void {
    for (const line of this.#splitters[stream].feed(data)) this.#lines.add(line, stream === 1);
    done();
  }
}
