/** Completion of a typed path, by the listing of the directory it is in. */

import type { FileEntry, Files } from "../../bridge/files.ts";
import { fromTyped, typedForm } from "../names.ts";
import { isFolder, ordered, USUAL_ORDER } from "./order.ts";
import { resolve } from "./path.ts";

/** Suggestions in sight at once. */
const MOST = 50;

/** Entries of a directory that are looked through. */
const MOST_READ = 20_000;

/** What can be typed in full. */
export interface Suggestion {
  /** The whole field with it, in typed form. */
  readonly text: string;
  readonly entry: FileEntry;
}

/** Keeps the listing of one directory, as most keys stay in it. */
export class Completer {
  #directory = "";
  #entries: readonly FileEntry[] = [];
  #abort: AbortController | null = null;

  /** What fits to what is typed; [] when nothing does or another call came after. */
  async complete(
    files: Pick<Files, "list">,
    typed: string,
    at: string,
    home: string,
  ): Promise<Suggestion[]> {
    const slash = typed.lastIndexOf("/");
    const [head, tail] = [typed.slice(0, slash + 1), fromTyped(typed.slice(slash + 1))];
    if (typed === "~") return [];
    const directory = resolve(fromTyped(head), at, home);
    if (!(await this.#read(files, directory))) return [];
    return this.#entries
      .filter(({ name }) => name.startsWith(tail) && (tail !== "" || !name.startsWith(".")))
      .slice(0, MOST)
      .map((entry) => ({
        text: head + typedForm(entry.name) + (isFolder(entry) ? "/" : ""),
        entry,
      }));
  }

  /** Forgets the directory: it may have changed. */
  forget(): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#directory = "";
    this.#entries = [];
  }

  async #read(files: Pick<Files, "list">, directory: string): Promise<boolean> {
    if (directory === this.#directory) return true;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const entries: FileEntry[] = [];
    try {
      await files.list(
        directory,
        (batch) => {
          for (const entry of batch) entries.push(entry);
          if (entries.length > MOST_READ) abort.abort();
        },
        abort.signal,
      );
    } catch {
      if (entries.length <= MOST_READ) return false; // not there, or not allowed: nothing to suggest
    }
    if (this.#abort !== abort) return false;
    this.#directory = directory;
    this.#entries = ordered(entries, USUAL_ORDER);
    return true;
  }
}

/** What all suggestions begin with, at least what is typed. */
export function commonStart(typed: string, suggestions: readonly Suggestion[]): string {
  const first = suggestions[0]?.text ?? typed;
  let length = first.length;
  for (const { text } of suggestions) {
    while (!text.startsWith(first.slice(0, length))) length--;
  }
  return length > typed.length ? first.slice(0, length) : typed;
}
