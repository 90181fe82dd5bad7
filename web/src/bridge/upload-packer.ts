/** Packs an upload on its way, where the line turns out to be what is slow. */

import type { GoUpload } from "./bridge.d.ts";
import { FAST_BYTES_PER_SECOND } from "./files.ts";

/** How much goes as it is, to see how quick the line is, and in which pieces. */
const MEASURED_BYTES = 512 * 1024;
const PIECE_BYTES = 64 * 1024;
/** How long that is waited for, ms, and how often it is looked at. */
const PATIENCE_MS = 2_000;
const LOOK_MS = 10;
/** Above this part of itself a piece goes as it is. */
const WORTH = 0.9;

/** Writes for one upload that may be packed. */
export class UploadPacker {
  readonly #target: GoUpload;
  readonly #offset: number;
  #sent = 0;
  #pays: boolean | null = null;

  constructor(target: GoUpload, offset: number) {
    this.#target = target;
    this.#offset = offset;
    if (!target.packs) this.#pays = false;
  }

  /** Resolves when more may come. */
  async write(data: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#pays === null) {
      for (let from = 0; from < data.length; from += PIECE_BYTES) {
        await this.#target.write(data.subarray(from, from + PIECE_BYTES));
      }
      this.#sent += data.length;
      if (this.#sent >= MEASURED_BYTES) this.#pays = await this.#isSlow();
      return;
    }
    const member = this.#pays ? await gzip(data) : data;
    if (this.#pays && member.length < data.length * WORTH) {
      await this.#target.writePacked(member, data.length);
    } else {
      await this.#target.write(data);
    }
  }

  /** Whether the device confirmed what was sent slowly, its first answer not counted: that has the round trip in it. */
  async #isSlow(): Promise<boolean> {
    const started = performance.now();
    let first: { at: number; bytes: number } | null = null;
    while (performance.now() - started < PATIENCE_MS) {
      const [at, bytes] = [performance.now(), this.#target.confirmed() - this.#offset];
      if (bytes > 0) first ??= { at, bytes };
      if (first !== null && bytes >= this.#sent) {
        return (bytes - first.bytes) * 1000 < FAST_BYTES_PER_SECOND * (at - first.at);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return true;
  }
}

async function gzip(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([data]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
