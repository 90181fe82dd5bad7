/** The lines that are held, oldest first; the oldest go when there are too many. */

import { levelOf, type Level } from "./log-level.ts";

export const MAX_LINES = 50_000;
/** Characters in all lines. */
export const MAX_CHARACTERS = 8 * 1024 * 1024;

export interface LogLine {
  /** Counts from 0 and is never used again. */
  readonly number: number;
  readonly text: string;
  readonly level: Level;
  /** A word of tail or of this page, not of the file. */
  readonly note: boolean;
}

export type LevelFilter = "all" | "warnings" | "errors";

/** See the head of this file. */
export class LogLines {
  /** Those that pass the filter. */
  shown: LogLine[] = [];
  /** Lines that had to go. */
  dropped = 0;
  #held: LogLine[] = [];
  #first = 0; // of #held; what is before it has gone
  #characters = 0;
  #next = 0;
  #words = "";
  #level: LevelFilter = "all";

  get size(): number {
    return this.#held.length - this.#first;
  }

  add(text: string, note = false): void {
    const line = { number: this.#next++, text, note, level: note ? "" : levelOf(text) } as const;
    this.#held.push(line);
    this.#characters += text.length;
    if (this.#passes(line)) this.shown.push(line);
  }

  /** Lets the oldest go; call it after a batch. Returns those of the shown ones that went. */
  trim(): LogLine[] {
    while (this.size > 0 && (this.size > MAX_LINES || this.#characters > MAX_CHARACTERS)) {
      this.#characters -= this.#held[this.#first++]?.text.length ?? 0;
      this.dropped++;
    }
    const oldest = this.#held[this.#first]?.number ?? this.#next;
    let gone = 0;
    while ((this.shown[gone]?.number ?? Infinity) < oldest) gone++;
    // Moving all of them each time would cost more than the lines themselves.
    if (this.#first > MAX_LINES / 4) {
      this.#held = this.#held.slice(this.#first);
      this.#first = 0;
    }
    return gone === 0 ? [] : this.shown.splice(0, gone);
  }

  clear(): void {
    [this.#held, this.shown, this.#first, this.#characters, this.dropped] = [[], [], 0, 0, 0];
  }

  /** Shows only lines with these words, in any order, whatever case. */
  filter(words: string, level: LevelFilter): void {
    [this.#words, this.#level] = [words.toLowerCase(), level];
    this.shown = this.#all().filter((line) => this.#passes(line));
  }

  /** All that is held, as text. */
  text(): string {
    return this.#all()
      .map(({ text }) => `${text}\n`)
      .join("");
  }

  #all(): LogLine[] {
    return this.#held.slice(this.#first);
  }

  #passes({ text, level, note }: LogLine): boolean {
    if (note) return true;
    if (this.#level === "errors" && level !== "error") return false;
    if (this.#level === "warnings" && level !== "error" && level !== "warning") return false;
    if (this.#words === "") return true;
    const lower = text.toLowerCase();
    return this.#words
      .split(/\s+/)
      .filter(Boolean)
      .every((word) => lower.includes(word));
  }
}

/** Where a text occurs in a line, whatever case: starts, at most 200. */
export function occurrences(line: string, query: string): number[] {
  const found: number[] = [];
  if (query === "") return found;
  const [lower, wanted] = [line.toLowerCase(), query.toLowerCase()];
  // A character whose lower case is longer would shift what is marked.
  if (lower.length !== line.length) return line.includes(query) ? [line.indexOf(query)] : found;
  for (let at = lower.indexOf(wanted); at >= 0 && found.length < 200;) {
    found.push(at);
    at = lower.indexOf(wanted, at + wanted.length);
  }
  return found;
}
