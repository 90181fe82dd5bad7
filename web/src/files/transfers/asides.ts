/** What waits for the person's answer while the rest of a tree goes on. */

import { BridgeFailure } from "../../bridge/failure.ts";
import type { FileFacts } from "./types.ts";

/** A queue of them: filled while the tree goes on, emptied one question after the other. */
export class Asides<T> {
  readonly #items: T[] = [];
  readonly #most: number;
  #over = false;
  readonly #waiting: (() => void)[] = [];

  /** most: that are held at once. */
  constructor(most = Infinity) {
    this.#most = most;
  }

  /** False when there is no room: it is to be met once more. */
  add(item: T): boolean {
    if (this.#items.length >= this.#most) return false;
    this.#items.push(item);
    this.#waiting.shift()?.();
    return true;
  }

  /** No more will come. */
  end(): void {
    this.#over = true;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The next that waits; null when there is none and none will come. */
  async next(): Promise<T | null> {
    while (this.#items.length === 0 && !this.#over) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    return this.#items.shift() ?? null;
  }

  /** All that wait now. */
  take(): T[] {
    return this.#items.splice(0);
  }
}

/** Thrown instead of asking: whoever catches it goes on with something else, and asks later. */
export class AskLater extends BridgeFailure {
  readonly existing: FileFacts;
  readonly offered: FileFacts;

  constructor(existing: FileFacts, offered: FileFacts) {
    super("exists", "Something of that name is there.");
    this.existing = existing;
    this.offered = offered;
  }
}

/**
 * Both at once: what fills asides, and what asks for them. When the filling fails nothing is
 * asked any more, and its failure counts; else all that was met has its answer in the end.
 */
export async function askedMeanwhile<R>(
  asides: { end(): void },
  filling: Promise<R>,
  asking: (filled: Promise<R>) => Promise<void>,
): Promise<R> {
  const filled = filling.finally(() => {
    asides.end();
  });
  const [first, second] = await Promise.allSettled([filled, asking(filled)]);
  if (first.status === "rejected") throw first.reason;
  if (second.status === "rejected") throw second.reason;
  return first.value;
}

/** The answer, unless the work that the question belongs to fails before. */
export function unlessFailed<T>(answer: Promise<T>, work: Promise<unknown>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    answer.then(resolve, reject);
    work.catch(reject);
  });
}
