/** One directory as it is read: entries that come in batches, and what is shown of them. */

import type { FileEntry, Files } from "../../bridge/files.ts";
import { ordered, USUAL_ORDER, type Order } from "./order.ts";
import { shownName } from "../names.ts";

/** A listing that takes longer than this says so. */
export const SLOW_MS = 300;

/** What an entry must be like to be shown. */
export interface View {
  readonly order: Order;
  readonly hidden: boolean;
  /** Part of the name, any case; "" for all. */
  readonly filter: string;
}

export const USUAL_VIEW: View = { order: USUAL_ORDER, hidden: false, filter: "" };

type Phase = "idle" | "reading" | "done" | "failed" | "stopped";

/** Reads one directory after the other; what was read stays until the next has something to show. */
export class Listing {
  phase: Phase = "idle";
  /** It takes long. */
  slow = false;
  /** Entries of the directory, as far as they came. */
  entries: readonly FileEntry[] = [];
  /** What is shown of them, in order. */
  rows: readonly FileEntry[] = [];
  /** How many came so far. */
  found = 0;
  /** Why it could not be read, or not to its end. */
  failure: unknown = null;
  #view: View = USUAL_VIEW;
  /** All entries in order: what comes later is sorted into them, and a filter sorts nothing. */
  #inOrder: readonly FileEntry[] = [];
  /** The listing whose first entries are the entries. */
  #source: readonly FileEntry[] | null = null;
  #abort: AbortController | null = null;
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get view(): View {
    return this.#view;
  }

  /** Sorts and filters anew. */
  show(view: View): void {
    const { by, descending } = this.#view.order;
    this.#view = view;
    if (view.order.by !== by || view.order.descending !== descending) {
      this.#inOrder = ordered(this.entries, view.order);
    }
    this.#arrange();
    this.#changed();
  }

  /**
   * Reads a directory; resolves when it is read, failed or was given up for another. keep:
   * it is the same directory again, whose rows stay until the new ones are there.
   */
  async read(files: Pick<Files, "list">, path: string, keep: boolean): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.phase = "reading";
    this.failure = null;
    this.slow = false;
    this.found = 0;
    if (!keep) this.#put([]);
    this.#changed();
    const read: FileEntry[] = [];
    const slow = this.#whenSlow(abort.signal, read, keep);
    try {
      await files.list(
        path,
        (batch) => {
          for (const entry of batch) read.push(entry); // a spread of thousands overflows the stack
          if (!abort.signal.aborted) this.found = read.length;
        },
        abort.signal,
      );
      clearTimeout(slow());
      if (this.#abort !== abort) return;
      this.phase = abort.signal.aborted ? "stopped" : "done";
    } catch (error) {
      clearTimeout(slow());
      if (this.#abort !== abort) return;
      this.phase = abort.signal.aborted ? "stopped" : "failed";
      this.failure = abort.signal.aborted ? null : error;
    }
    this.slow = false;
    if (this.phase !== "failed" || read.length > 0 || !keep) this.#put(read);
    this.#changed();
  }

  /** Gives up reading; what came stays. */
  stop(): void {
    this.#abort?.abort();
  }

  /** Another device, or none: nothing is known. */
  reset(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.phase = "idle";
    this.slow = false;
    this.failure = null;
    this.#put([]);
  }

  /** Shows that it goes on, and what came so far; ever less often, as sorting costs ever more. */
  #whenSlow(
    signal: AbortSignal,
    read: readonly FileEntry[],
    keep: boolean,
  ): () => ReturnType<typeof setTimeout> {
    let wait = SLOW_MS;
    let timer: ReturnType<typeof setTimeout>;
    const look = (): void => {
      if (signal.aborted) return;
      this.slow = true;
      if (!keep) this.#put(read);
      this.#changed();
      wait *= 2;
      timer = setTimeout(look, wait);
    };
    timer = setTimeout(look, wait);
    return () => timer;
  }

  #put(source: readonly FileEntry[]): void {
    const known = this.#source === source ? this.entries.length : 0;
    const before = known > 0 ? this.#inOrder : [];
    this.#source = source;
    this.entries = source.slice();
    this.#inOrder = ordered(before.concat(source.slice(known)), this.#view.order);
    this.#arrange();
  }

  #arrange(): void {
    const { hidden, filter } = this.#view;
    const wanted = filter.trim().toLowerCase();
    this.rows = this.#inOrder.filter(
      ({ name }) =>
        (hidden || !name.startsWith(".")) &&
        (wanted === "" || shownName(name).toLowerCase().includes(wanted)),
    );
  }
}
