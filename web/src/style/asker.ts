/** One question at a time to the person; the next waits until this one is answered. */

/** How a question draws itself; answer may be called once. */
export type Draw<T> = (answer: (value: T) => void) => unknown;

interface Asked {
  readonly id: number;
  readonly draw: () => unknown;
  readonly refuse: () => void;
  /** What is said in the title of the tab meanwhile. */
  readonly title: string;
}

/** Deny is the default: a question that goes away unanswered is answered with "no". */
export class Asker {
  readonly #changed: () => void;
  #queue: Asked[] = [];
  #nextId = 1;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The question to show now. */
  get current(): {
    readonly id: number;
    readonly draw: () => unknown;
    readonly title: string;
  } | null {
    return this.#queue[0] ?? null;
  }

  /** Asks; resolves with `no` when signal fires or the page goes on without an answer. */
  ask<T>(title: string, draw: Draw<T>, no: T, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted === true) return Promise.resolve(no);
    return new Promise((resolve) => {
      const id = this.#nextId++;
      const answer = (value: T): void => {
        if (!this.#queue.some((asked) => asked.id === id)) return;
        this.#queue = this.#queue.filter((asked) => asked.id !== id);
        this.#changed();
        resolve(value);
      };
      const refuse = (): void => {
        answer(no);
      };
      signal?.addEventListener("abort", refuse, { once: true });
      this.#queue.push({ id, draw: () => draw(answer), refuse, title });
      this.#changed();
    });
  }

  /** Answers "no" to everything. */
  cancel(): void {
    for (const asked of [...this.#queue]) asked.refuse();
  }
}
