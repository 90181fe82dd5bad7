/**
 * What the goes at a tree have done so far, either way: it outlives cuts, and by the records
 * of the browser a reload. Bounded: a tree of a hostile device may have no end.
 */

import { DoneFiles, markOf, newSeed } from "../../bridge/done-files.ts";
import type { TreePartial } from "../disk/types.ts";

/** Names that were chosen are kept up to so many, and so many characters. */
const MOST_NAMES = 10_000;
const MOST_CHARS = 1_000_000;

/** A piece of it, as it is recorded: what came since the piece before. */
export interface LedgerPiece {
  readonly marks: Float64Array;
  readonly names: readonly (readonly [path: string, name: string])[];
  /** Files and bytes that are through, by then. */
  readonly files: number;
  readonly bytes: number;
  readonly partial: TreePartial | null;
  /** Of an upload: paths of the parts that are on the device. */
  readonly parts?: readonly string[];
}

/** See the head of this file. */
export class TreeLedger {
  readonly #done: DoneFiles;
  /** By the tree's paths: under which name the other side has it. */
  readonly names = new Map<string, string>();
  /** The file that was cut; its first bytes are on the person's disk. */
  partial: TreePartial | null = null;
  parts: readonly string[] = [];
  files = 0;
  bytes = 0;
  #chars = 0;
  #marks: number[] = [];
  #fresh: (readonly [path: string, name: string])[] = [];
  #partialPath = "";
  #partsTold = "";

  /** pieces: of the records, oldest first. */
  constructor(seed: number = newSeed(), pieces: readonly LedgerPiece[] = []) {
    this.#done = new DoneFiles({ seed, marks: new Float64Array(0) });
    for (const { marks, names, files, bytes, partial, parts = [] } of pieces) {
      this.add(marks, names);
      Object.assign(this, { files, bytes, partial, parts });
    }
    this.take();
  }

  get seed(): number {
    return this.#done.seed;
  }

  /** Nothing was done yet. */
  get empty(): boolean {
    return this.#done.count === 0 && this.names.size === 0 && this.partial === null;
  }

  get done(): DoneFiles {
    return this.#done;
  }

  has(path: string, size: number, modifiedMs: number | null): boolean {
    return this.#done.has(path, size, modifiedMs);
  }

  /** A file is through. */
  mark(path: string, size: number, modifiedMs: number | null): void {
    this.add([markOf(this.seed, path, size, modifiedMs)], []);
  }

  name(path: string, name: string): void {
    this.add([], [[path, name]]);
  }

  add(marks: Iterable<number>, names: readonly (readonly [path: string, name: string])[]): void {
    for (const mark of marks) if (this.#done.add(mark)) this.#marks.push(mark);
    for (const [path, name] of names) {
      const chars = path.length + name.length;
      if (this.names.size >= MOST_NAMES || this.#chars + chars > MOST_CHARS) return;
      if (this.names.get(path) === name) continue;
      this.names.set(path, name);
      this.#chars += chars;
      this.#fresh.push([path, name]);
    }
  }

  /** What is new since it was taken last; null when nothing is. */
  take(): LedgerPiece | null {
    const { files, bytes, partial, parts } = this;
    const at = partial?.path ?? "";
    const told = parts.join("\0");
    const isSame = at === this.#partialPath && told === this.#partsTold;
    if (this.#marks.length === 0 && this.#fresh.length === 0 && isSame) return null;
    this.#partialPath = at;
    this.#partsTold = told;
    const marks = Float64Array.from(this.#marks.splice(0));
    return { marks, names: this.#fresh.splice(0), files, bytes, partial, parts };
  }
}
