/** A hex dump as text, and pages of a source that are read when they come into sight. */

import type { ByteSource } from "./byte-source.ts";

export const ROW_BYTES = 16;
/** Bytes of one read. */
export const PAGE_BYTES = 64 * 1024;
/** Pages held; the one that was asked for longest ago goes first. */
const PAGES_HELD = 32;

/** "00000010  7f 45 4c 46 …  .ELF…" in three parts. */
export interface HexRow {
  offset: string;
  bytes: string;
  text: string;
}

/** One row of at most 16 bytes. */
export function hexRow(offset: number, data: Uint8Array): HexRow {
  const pairs: string[] = [];
  let text = "";
  for (const byte of data) {
    pairs.push(byte.toString(16).padStart(2, "0"));
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
  }
  const halves = [pairs.slice(0, 8).join(" "), pairs.slice(8).join(" ")];
  return { offset: offset.toString(16).padStart(8, "0"), bytes: halves.join("  ").trimEnd(), text };
}

/** An offset as a person types it: 4096, 0x1000, 1000h; null when it is none. */
export function parseOffset(text: string): number | null {
  const trimmed = text.trim().replace(/[\s_,]/g, "");
  const hex = /^(?:0x([0-9a-f]{1,13})|([0-9a-f]{1,13})h)$/i.exec(trimmed);
  if (hex !== null) return Number.parseInt(hex[1] ?? hex[2] ?? "", 16);
  return /^\d{1,15}$/.test(trimmed) ? Number(trimmed) : null;
}

/** Pages of a source by number. */
export class HexPages {
  readonly #source: ByteSource;
  readonly #pages = new Map<number, Uint8Array>();
  readonly #asked = new Map<number, Promise<void>>();
  /** Where it ends; null until the end was met. */
  end: number | null = null;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Bytes there are, as far as is known; one page more while no end was met. */
  get known(): number {
    if (this.end !== null) return this.end;
    let most = 0;
    for (const [number, data] of this.#pages) {
      if (data.length > 0) most = Math.max(most, number + 1);
    }
    const size = this.#source.size ?? 0;
    return size > most * PAGE_BYTES ? size : (most + 1) * PAGE_BYTES;
  }

  /** Whether a page was read and has nothing: the offset is beyond the end. */
  empty(offset: number): boolean {
    return this.#pages.get(Math.floor(offset / PAGE_BYTES))?.length === 0;
  }

  /** The bytes at an offset; undefined while they are not here: {@link load}. */
  row(offset: number): Uint8Array | undefined {
    const page = this.#pages.get(Math.floor(offset / PAGE_BYTES));
    const at = offset % PAGE_BYTES;
    return page?.subarray(at, at + ROW_BYTES);
  }

  /** Reads the page of an offset unless it is here; rejects as the source does. */
  async load(offset: number, signal?: AbortSignal): Promise<void> {
    const number = Math.floor(offset / PAGE_BYTES);
    const there = this.#pages.get(number);
    if (there !== undefined) {
      this.#pages.delete(number); // the newest is last
      this.#pages.set(number, there);
      return;
    }
    let asked = this.#asked.get(number);
    if (asked === undefined) {
      asked = this.#read(number, signal).finally(() => this.#asked.delete(number));
      this.#asked.set(number, asked);
    }
    await asked;
  }

  async #read(number: number, signal?: AbortSignal): Promise<void> {
    const data = await this.#source.read(number * PAGE_BYTES, PAGE_BYTES, signal);
    this.#pages.set(number, data);
    if (data.length > 0 && data.length < PAGE_BYTES) this.end = number * PAGE_BYTES + data.length;
    const before = this.#pages.get(number - 1)?.length ?? 0;
    if (data.length === 0 && (number === 0 || before > 0)) this.end = number * PAGE_BYTES;
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > PAGES_HELD && oldest !== undefined) this.#pages.delete(oldest);
  }
}
