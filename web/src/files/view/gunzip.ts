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

/** Parts of one file, at most: each costs something, and may hold nothing. */
const MOST_MEMBERS = 10_000;
/** So many places in a row that look like another part and are none: made to keep us busy. */
const MOST_VAIN = 100;
/** A gzip header and trailer with nothing between are longer than this (RFC 1952 §2.3). */
const LEAST_MEMBER_BYTES = 18;
/** How much of a header tells it: two bytes of id, the method, and flags without reserved bits. */
const SIGN_BYTES = 4;

/** One member: what it unpacks to is handed over as it comes. */
class Member {
  /** Where its first byte is in the packed file. */
  readonly start: number;
  /** Bytes that came of it, those beyond the bound too. */
  length = 0;
  broken: unknown = null;
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #drained: Promise<void>;

  constructor(start: number, take: (bytes: Uint8Array) => void) {
    this.start = start;
    const { writable, readable } = new DecompressionStream("gzip");
    this.#writer = writable.getWriter();
    // The failure is told where it is read.
    this.#writer.closed.catch(() => undefined);
    this.#drained = this.#drain(readable.getReader(), take);
  }

  /** Resolves when what was handed over has been unpacked. */
  async write(step: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#writer.write(step).catch(this.#fail);
  }

  async close(): Promise<void> {
    await this.#writer.close().catch(this.#fail);
    await this.#drained;
  }

  abort(): void {
    this.#writer.abort().catch(() => undefined);
  }

  async #drain(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    take: (bytes: Uint8Array) => void,
  ): Promise<void> {
    reader.closed.catch(() => undefined);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.length += value.length;
        take(value);
      }
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  readonly #fail = (thrown: unknown): void => {
    this.broken ??= thrown;
  };
}

/** Unpacks forward only, and keeps what it unpacked. */
export class GunzipSource implements ByteSource {
  readonly size = null;
  readonly #packed: ByteSource;
  readonly #max: number;
  readonly #kept: Uint8Array;
  #member: Member;
  #members = 1;
  /** Looks for another member since the last one that was. */
  #vain = 0;
  #length = 0;
  #packedAt = 0;
  #ended = false;
  #busy: Promise<void> = Promise.resolve();

  constructor(packed: ByteSource, max = UNPACKED_MAX_BYTES) {
    this.#packed = packed;
    this.#max = max;
    this.#kept = new Uint8Array(max);
    this.#member = new Member(0, this.#take);
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
    if (this.#members > MOST_MEMBERS) {
      return `The packed file has more than ${MOST_MEMBERS.toLocaleString("en")} parts: what the first of them hold is shown; download it to see the rest.`;
    }
    if (this.#member.broken !== null) {
      return "The packed file is damaged or still being written: what is shown is what could be unpacked.";
    }
    return "";
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const upTo = Math.min(offset + length, this.#max);
    const turn = this.#busy.then(() => this.#unpackTo(upTo, signal));
    this.#busy = turn.catch(() => undefined);
    await turn;
    if (this.#length === 0 && this.#member.broken !== null) {
      throw new BridgeFailure("invalid", "This is no readable gzip file: it is damaged.", {
        cause: this.#member.broken,
      });
    }
    return this.#kept.subarray(Math.min(offset, this.#length), Math.min(upTo, this.#length));
  }

  /** Ends it; nothing is read afterwards. */
  close(): void {
    this.#ended = true;
    this.#member.abort();
  }

  async #unpackTo(length: number, signal?: AbortSignal): Promise<void> {
    while (this.#length < length && !this.#ended) {
      const piece = await this.#packed.read(this.#packedAt, READ_BYTES, signal);
      const isLast = piece.length < READ_BYTES;
      // A header may go on in the next piece, which begins where this one is left.
      const end = isLast ? piece.length : piece.length - SIGN_BYTES;
      for (let at = 0; at < end && this.#length < length;) {
        const looks = this.#vain < MOST_VAIN;
        if (looks && isSign(piece, at)) await this.#begin(piece, at);
        if (this.#isOver()) return;
        const most = Math.min(at + STEP_BYTES, end);
        const next = looks ? nextSign(piece, at + 1, most) : most;
        await this.#member.write(piece.slice(at, next));
        this.#packedAt += next - at;
        at = next;
        if (this.#isOver()) return;
      }
      if (isLast && this.#length < length) {
        this.#ended = true;
        await this.#member.close();
      }
    }
  }

  #isOver(): boolean {
    if (this.#member.broken !== null || this.#members > MOST_MEMBERS) this.#ended = true;
    return this.#ended;
  }

  /** Begins another member where the one before ended: it says itself how much it held. */
  async #begin(piece: Uint8Array, at: number): Promise<void> {
    const { start } = this.#member;
    if (this.#packedAt - start < LEAST_MEMBER_BYTES) return;
    const trailer = at >= 4 ? piece.subarray(at - 4, at) : await this.#before();
    const [a = 0, b = 0, c = 0, d = 0] = trailer;
    const size = (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
    // What was handed over last may be on its way here.
    for (let turn = 0; turn < 2 && this.#member.length < size; turn++) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    if (this.#member.length % 2 ** 32 !== size) {
      this.#vain++; // three bytes like any others
      return;
    }
    this.#vain = 0;
    await this.#member.close();
    if (this.#member.broken !== null || ++this.#members > MOST_MEMBERS) return;
    this.#member = new Member(this.#packedAt, this.#take);
  }

  #before(): Promise<Uint8Array> {
    return this.#packed.read(this.#packedAt - 4, 4);
  }

  // What is beyond the bound is dropped at once.
  readonly #take = (bytes: Uint8Array): void => {
    const fits = bytes.subarray(0, this.#max - this.#length);
    this.#kept.set(fits, this.#length);
    this.#length += fits.length;
  };
}

function isSign(piece: Uint8Array, at: number): boolean {
  return isGzip(piece.subarray(at, at + 3)) && (piece[at + 3] ?? 0) < 0x20;
}

/** Where the next header may be, from to below end; else end. */
function nextSign(piece: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    at = piece.indexOf(0x1f, at);
    if (at < 0 || at >= end) return end;
    if (isSign(piece, at)) return at;
  }
  return end;
}
