/** The beginning of what a gzip file holds, unpacked as far as someone looks. */

import { BridgeFailure } from "../../bridge/failure.ts";
import type { ByteSource } from "./byte-source.ts";

/** Bytes of unpacked text that are held, at most; a small file can unpack to gigabytes. */
export const UNPACKED_MAX_BYTES = 4 * 1024 * 1024;
/** Packed bytes per read of the device. */
const READ_BYTES = 64 * 1024;
/** Packed bytes handed over at once: gzip packs 1,032:1 at most, so 4 MiB come of them. */
const STEP_BYTES = 4 * 1024;
/** Above it the page says that the file is made to unpack to much more than it is. */
const SUSPICIOUS_RATIO = 100;

/** Whether these first bytes are gzip's. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/** Unpacks forward only, and keeps what it unpacked. */
export class GunzipSource implements ByteSource {
  readonly size = null;
  readonly #packed: ByteSource;
  readonly #max: number;
  readonly #kept: Uint8Array;
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #length = 0;
  #packedAt = 0;
  #ended = false;
  #broken: unknown = null;
  #busy: Promise<void> = Promise.resolve();
  readonly #drained: Promise<void>;

  constructor(packed: ByteSource, max = UNPACKED_MAX_BYTES) {
    this.#packed = packed;
    this.#max = max;
    this.#kept = new Uint8Array(max);
    const stream = new DecompressionStream("gzip");
    this.#writer = stream.writable.getWriter();
    this.#reader = stream.readable.getReader();
    // The failure is told where it is read.
    this.#writer.closed.catch(() => undefined);
    this.#reader.closed.catch(() => undefined);
    this.#drained = this.#drain();
  }

  /** True when there is more than is held. */
  get cut(): boolean {
    return this.#length >= this.#max;
  }

  /** A sentence when not all can be shown; "" otherwise. */
  get note(): string {
    if (this.cut) {
      const ratio = this.#length / Math.max(1, this.#packedAt);
      const bomb =
        ratio > SUSPICIOUS_RATIO
          ? `It unpacks to more than ${String(Math.floor(ratio))} times its size, which may be meant to harm. `
          : "";
      return `${bomb}Only the first ${String(this.#max / 1024 / 1024)} MiB of what it holds are unpacked here; download it to see the rest.`;
    }
    if (this.#broken !== null) {
      return "The packed file is damaged, in several parts, or still being written: what is shown is what could be unpacked.";
    }
    return "";
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const upTo = Math.min(offset + length, this.#max);
    const turn = this.#busy.then(() => this.#unpackTo(upTo, signal));
    this.#busy = turn.catch(() => undefined);
    await turn;
    if (this.#length === 0 && this.#broken !== null) {
      throw new BridgeFailure("invalid", "This is no readable gzip file: it is damaged.", {
        cause: this.#broken,
      });
    }
    return this.#kept.subarray(Math.min(offset, this.#length), Math.min(upTo, this.#length));
  }

  /** Ends it; nothing is read afterwards. */
  close(): void {
    this.#ended = true;
    this.#writer.abort().catch(() => undefined);
  }

  async #unpackTo(length: number, signal?: AbortSignal): Promise<void> {
    while (this.#length < length && !this.#ended) {
      const piece = await this.#packed.read(this.#packedAt, READ_BYTES, signal);
      for (let at = 0; at < piece.length && this.#length < length; at += STEP_BYTES) {
        const step = piece.slice(at, at + STEP_BYTES);
        if (!(await this.#feed(step))) return;
        this.#packedAt += step.length;
      }
      if (piece.length < READ_BYTES && this.#length < length) await this.#finish();
    }
  }

  /** Resolves when what was handed over has been unpacked. */
  async #feed(step: Uint8Array<ArrayBuffer>): Promise<boolean> {
    try {
      await this.#writer.write(step);
    } catch (thrown) {
      this.#fail(thrown);
    }
    return !this.#ended;
  }

  async #finish(): Promise<void> {
    this.#ended = true;
    try {
      await this.#writer.close();
    } catch (thrown) {
      this.#fail(thrown);
    }
    await this.#drained;
  }

  async #drain(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) break;
        // What is beyond the bound is dropped at once.
        const fits = value.subarray(0, this.#max - this.#length);
        this.#kept.set(fits, this.#length);
        this.#length += fits.length;
      }
    } catch (thrown) {
      this.#fail(thrown);
    }
    this.#ended = true;
  }

  #fail(thrown: unknown): void {
    this.#ended = true;
    this.#broken ??= thrown;
  }
}
