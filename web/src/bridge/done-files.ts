/**
 * Which files of a tree are done: a number for each of path, size and time of change, so
 * that 100,000 files need 800 KB, and a file that changed since is not taken for done.
 */

/** A set of them, as it crosses threads and is kept over a reload. */
export interface DoneMarks {
  /** Drawn for each transfer: nobody can make names that have the same mark. */
  readonly seed: number;
  readonly marks: Float64Array;
}

/** As many are remembered; what has more is moved again in part. 4 MB. */
export const MOST_MARKS = 500_000;

/** See the head of this file. */
export class DoneFiles {
  readonly seed: number;
  readonly #marks: Set<number>;

  constructor({ seed, marks }: DoneMarks = { seed: newSeed(), marks: new Float64Array(0) }) {
    this.seed = seed;
    this.#marks = new Set(marks);
  }

  get count(): number {
    return this.#marks.size;
  }

  get marks(): DoneMarks {
    return { seed: this.seed, marks: Float64Array.from(this.#marks) };
  }

  has(path: string, size: number, modifiedMs: number | null): boolean {
    return this.#marks.has(markOf(this.seed, path, size, modifiedMs));
  }

  /** Whether nothing of it is to come: it is done, or held back. */
  leaves(path: string, size: number, modifiedMs: number | null): boolean {
    return this.has(path, size, modifiedMs) || this.#marks.has(heldMark(this.seed, path));
  }

  /** False when there are too many. */
  add(mark: number): boolean {
    if (this.#marks.size >= MOST_MARKS && !this.#marks.has(mark)) return false;
    this.#marks.add(mark);
    return true;
  }
}

/** The mark of a path that is held back, whatever its file is. */
export function heldMark(seed: number, path: string): number {
  return markOf(seed, path, -2, null);
}

export function newSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

/** 53 bits of a file's path, size and time: two multiplicative hashes side by side. */
export function markOf(
  seed: number,
  path: string,
  size: number,
  modifiedMs: number | null,
): number {
  const text = `${path}\0${String(size)}\0${String(modifiedMs)}`;
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ Math.imul(seed, 0x9e3779b1);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  return (high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0);
}
