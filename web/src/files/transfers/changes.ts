/** Says that something changed: soon when it matters, a few times a second while bytes move. */

const SOON_MS = 20;
const MOVING_MS = 200;

export class Changes {
  readonly #say: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = 0;
  #last = 0;

  constructor(say: () => void) {
    this.#say = say;
  }

  /** A state changed. */
  now(): void {
    this.#at(performance.now() - this.#last > SOON_MS ? 0 : SOON_MS);
  }

  /** A figure changed. */
  later(): void {
    this.#at(Math.max(0, this.#last + MOVING_MS - performance.now()));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #at(inMs: number): void {
    const due = performance.now() + inMs;
    if (this.#timer !== undefined) {
      if (this.#due <= due) return;
      clearTimeout(this.#timer);
    }
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#last = performance.now();
      this.#say();
    }, inMs);
  }
}
