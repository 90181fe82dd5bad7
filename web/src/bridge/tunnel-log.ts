/** The log of a forward's requests and websockets, told in batches. */

import type { BridgeFailure } from "./failure.ts";
import type { ForwardLogEntry } from "./forward.ts";

/** Between two batches, ms. */
const batchMs = 250;
/** Entries in one batch; a page that asks for more at once is told of the last. */
const maxBatch = 1000;

/** One entry, as the request itself sees it. */
export interface LogLine {
  /** Something changed: the next batch has it. */
  status(status: number): void;
  /** Bytes of bodies that went by. */
  add(bytesIn: number, bytesOut: number): void;
  /** Nothing follows; null when all went well. */
  end(failure: BridgeFailure | null): void;
}

/** See the head of this file. */
export class TunnelLog {
  requests = 0;
  errors = 0;

  readonly #tell: (entries: ForwardLogEntry[]) => void;
  readonly #changed = new Map<number, ForwardLogEntry>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;

  constructor(tell: (entries: ForwardLogEntry[]) => void) {
    this.#tell = tell;
  }

  begin(kind: ForwardLogEntry["kind"], method: string, path: string): LogLine {
    this.#last += 1;
    this.requests += 1;
    const began = performance.now();
    const entry: ForwardLogEntry = {
      id: this.#last,
      kind,
      method,
      path,
      status: 0,
      bytesIn: 0,
      bytesOut: 0,
      startedAt: Date.now(),
      ms: 0,
      error: "",
      code: "",
      done: false,
    };
    this.#note(entry);
    const note = (): void => {
      entry.ms = performance.now() - began;
      this.#note(entry);
    };
    return {
      status: (status) => {
        entry.status = status;
        note();
      },
      add: (bytesIn, bytesOut) => {
        entry.bytesIn += bytesIn;
        entry.bytesOut += bytesOut;
        note();
      },
      end: (failure) => {
        if (entry.done) {
          return;
        }
        entry.done = true;
        if (failure !== null) {
          this.errors += 1;
          entry.code = failure.code;
          entry.error = failure.message;
          if (failure.detail !== undefined) {
            entry.detail = { ...failure.detail };
          }
        }
        note();
      },
    };
  }

  /** Tells what has changed, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#changed.size > 0) {
      const entries = [...this.#changed.values()].slice(-maxBatch).map((entry) => ({ ...entry }));
      this.#changed.clear();
      this.#tell(entries);
    }
  }

  #note(entry: ForwardLogEntry): void {
    this.#changed.set(entry.id, entry);
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, batchMs);
  }
}
