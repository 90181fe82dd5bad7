/**
 * Counts what of a websocket's messages left for the device, until the page is told: with
 * the next message to it, or a little later. A message of its own for each would cost more
 * than the websocket's own.
 */

/** How long the page's bufferedAmount may be behind, ms. */
const delayMs = 5;

/** See the head of this file. */
export class SentBytes {
  readonly #tell: (bytes: number) => void;
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (bytes: number) => void) {
    this.#tell = tell;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    this.#timer ??= setTimeout(() => {
      this.#tell(this.take());
    }, delayMs);
  }

  /** What was not told yet; the caller tells it. */
  take(): number {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }
}
