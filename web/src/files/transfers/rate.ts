/** How fast bytes move, over the last seconds. */

/** Long enough to be steady, short enough to tell when the line changes. */
const SPAN_MS = 5000;
/** Before this a rate would be a guess. */
const LEAST_MS = 400;
/** Samples closer than this become one. */
const GRAIN_MS = 100;

/** A sliding window over the bytes of one transfer. */
export class RateMeter {
  #samples: { at: number; bytes: number }[] = [];

  /** bytes: how many there are by now, those that a resume kept included. */
  add(bytes: number, at: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && this.#samples.length > 1 && at - last.at < GRAIN_MS) {
      last.bytes = bytes;
    } else this.#samples.push({ at, bytes });
    this.#forget(at);
  }

  /** Forgets all: what is there now was not moved. */
  restart(bytes: number, at: number): void {
    this.#samples = [{ at, bytes }];
  }

  /** Bytes a second; null while unknown. */
  rate(at: number): number | null {
    this.#forget(at);
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return null;
    const span = at - first.at;
    if (span < LEAST_MS) return null;
    return Math.max(0, ((last.bytes - first.bytes) * 1000) / span);
  }

  /** One sample from before the span stays: the bytes since then came within it. */
  #forget(at: number): void {
    let from = 0;
    while (from < this.#samples.length - 1) {
      const next = this.#samples[from + 1];
      if (next === undefined || at - next.at < SPAN_MS) break;
      from++;
    }
    if (from > 0) this.#samples.splice(0, from);
  }
}
