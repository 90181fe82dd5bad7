/**
 * The worker's end of a session's output: joins small chunks while the screen is busy,
 * posts at once while it is not, and holds the Go program back by watermarks.
 *
 * In words: `waiting` bytes are here, `inFlight` bytes are posted and not yet drawn. Both
 * together stay below the high watermark plus one chunk; Go is let go on at the low one.
 */

import { COALESCE_BYTES, HIGH_WATER_BYTES, LOW_WATER_BYTES } from "./messages.ts";
import type { ToPage } from "./messages.ts";

/** Limits in bytes; tests use small ones. */
export interface PumpLimits {
  coalesce: number;
  high: number;
  low: number;
}

const defaultLimits: PumpLimits = {
  coalesce: COALESCE_BYTES,
  high: HIGH_WATER_BYTES,
  low: LOW_WATER_BYTES,
};

/** Posts one message and gives the buffers away. */
export type Post = (message: ToPage, transfers: Transferable[]) => void;

/** See the head of this file. */
export class OutputPump {
  readonly #post: Post;
  readonly #limits: PumpLimits;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #waitingStream: 0 | 1 = 0;
  #inFlight = 0;
  #released: (() => void)[] = [];
  #closed = false;

  constructor(post: Post, limits: PumpLimits = defaultLimits) {
    this.#post = post;
    this.#limits = limits;
  }

  /** Bytes that wait here or are on their way to the screen. */
  get outstanding(): number {
    return this.#waitingBytes + this.#inFlight;
  }

  /** Takes ownership of the chunk. The promise, if any, resolves when more may come. */
  write(chunk: Uint8Array, stream: 0 | 1): Promise<void> | undefined {
    if (this.#closed || chunk.byteLength === 0) {
      return undefined;
    }
    if (stream !== this.#waitingStream) {
      this.flush();
      this.#waitingStream = stream;
    }
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.byteLength;
    if (this.#inFlight < this.#limits.coalesce || this.#waitingBytes >= this.#limits.coalesce) {
      this.flush();
    }
    if (this.outstanding < this.#limits.high) {
      return undefined;
    }
    return new Promise((resolve) => this.#released.push(resolve));
  }

  /** The screen has drawn so many bytes. Nonsense from the page is cut to what is possible. */
  credit(bytes: number): void {
    if (!(bytes > 0)) {
      return;
    }
    this.#inFlight -= Math.min(bytes, this.#inFlight);
    if (this.#inFlight < this.#limits.coalesce) {
      this.flush();
    }
    if (this.outstanding <= this.#limits.low) {
      this.#release();
    }
  }

  /** Posts what waits. */
  flush(): void {
    if (this.#waitingBytes === 0 || this.#closed) {
      return;
    }
    const data = join(this.#waiting, this.#waitingBytes);
    this.#waiting = [];
    this.#inFlight += this.#waitingBytes;
    this.#waitingBytes = 0;
    this.#post({ type: "output", data, stream: this.#waitingStream }, [data]);
  }

  /** Posts what waits, then takes nothing more and holds nobody back. */
  close(): void {
    this.flush();
    this.#closed = true;
    this.#release();
  }

  #release(): void {
    for (const resolve of this.#released.splice(0)) {
      resolve();
    }
  }
}

/** One buffer of exactly these bytes; a lone chunk that fills its buffer is not copied. */
function join(chunks: readonly Uint8Array[], bytes: number): ArrayBuffer {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) {
    const { buffer } = only;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes) {
      return buffer;
    }
  }
  const joined = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.byteLength;
  }
  return joined.buffer;
}
