/** How often "last seen" is asked for anew while the device is waited for. */
const REFRESH_MS = 5_000;

/** Does something at once and then again and again, while a device is waited for. */
export class Waiting {
  readonly #again: (signal: AbortSignal) => void;
  #abort: AbortController | null = null;

  /** again gets a signal that ends what it began. */
  constructor(again: (signal: AbortSignal) => void) {
    this.#again = again;
  }

  /** Starts over. */
  start(): void {
    this.stop();
    const abort = new AbortController();
    this.#abort = abort;
    this.#again(abort.signal);
    const timer = setInterval(() => {
      this.#again(abort.signal);
    }, REFRESH_MS);
    abort.signal.addEventListener("abort", () => {
      clearInterval(timer);
    });
  }

  /** Ends it; idempotent. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
  }
}
