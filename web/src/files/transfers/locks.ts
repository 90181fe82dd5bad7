/** Who may write a path now: two transfers to one name go one after the other. */

import { cancelled } from "../../bridge/failure.ts";

/** Locks by name, first come first served. */
export class Locks {
  readonly #held = new Map<string, Promise<void>>();

  /** Whether taking it would wait. */
  taken(name: string): boolean {
    return this.#held.has(name);
  }

  /** Resolves with what gives it back. Rejects when signal aborts before. */
  async hold(name: string, signal: AbortSignal): Promise<() => void> {
    for (let before = this.#held.get(name); before !== undefined; before = this.#held.get(name)) {
      await orAbort(before, signal);
    }
    let free = (): void => undefined;
    const mine = new Promise<void>((resolve) => {
      free = resolve;
    });
    this.#held.set(name, mine);
    return () => {
      if (this.#held.get(name) === mine) this.#held.delete(name);
      free();
    };
  }
}

/** At most so many at once. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

/** The promise, or the failure of what was cancelled as soon as signal aborts. */
export function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => {
      reject(cancelled());
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", stop);
    });
  });
}
