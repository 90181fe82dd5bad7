/** What goes on just now, and what went wrong last. */

import { isAbort } from "../../platform/failure.ts";
import { PanelFailure, troubleOf, type Trouble } from "./trouble.ts";

/** Something that takes time. */
export interface Task {
  readonly signal: AbortSignal;
  /** How far it is. */
  says(text: string): void;
}

/** One at a time; the person can cancel it. */
export class Tasks {
  /** What goes on; "" when nothing does. */
  busy = "";
  trouble: Trouble | null = null;
  readonly #changed: () => void;
  #abort: AbortController | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Runs something that can be cancelled. Never rejects: what went wrong is in trouble. */
  async run(word: string, failed: string, work: (task: Task) => Promise<void>): Promise<void> {
    if (this.busy !== "") {
      this.fail(failed, "Something else is under way: wait for it, or cancel it.");
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    this.busy = `${word} …`;
    this.trouble = null;
    this.#changed();
    const task = {
      signal: abort.signal,
      says: (text: string) => {
        this.busy = `${word} … ${text}`;
        this.#changed();
      },
    };
    try {
      await work(task);
    } catch (error) {
      if (abort.signal.aborted || isAbort(error)) {
        this.trouble = troubleOf(
          "",
          new PanelFailure(`${word} was cancelled; the rest is as it was.`),
        );
      } else this.trouble = troubleOf(failed, error);
    }
    this.busy = "";
    this.#abort = null;
    this.#changed();
  }

  /** Runs something short. */
  async note(failed: string, work: () => Promise<unknown>): Promise<void> {
    this.trouble = null;
    try {
      await work();
    } catch (error) {
      if (!isAbort(error)) this.trouble = troubleOf(failed, error);
    }
    this.#changed();
  }

  /** Something cannot be done, for a reason that is known. */
  fail(failed: string, why: string): void {
    this.trouble = troubleOf("", new PanelFailure(`${failed}. ${why}`));
    this.#changed();
  }

  cancel(): void {
    this.#abort?.abort();
  }

  /** The person has read it. */
  dismiss(): void {
    this.trouble = null;
    this.#changed();
  }
}
