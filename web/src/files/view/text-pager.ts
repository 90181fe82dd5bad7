/** Reads text piece by piece; a character cut by a piece's end is whole in the next. */

import type { ByteSource } from "./byte-source.ts";
import { visible } from "./sentences.ts";
import { decoderFor, type TextKind } from "./text-sniff.ts";

/** Bytes of text shown at most: beyond it the page would get slow. */
export const TEXT_MAX_BYTES = 4 * 1024 * 1024;

/** The text of one source from its start. */
export class TextPager {
  readonly pieces: string[] = [];
  /** Bytes read so far. */
  at = 0;
  ended = false;
  readonly #source: ByteSource;
  readonly #decoder: TextDecoder;
  readonly #step: number;
  #openCr = false;

  constructor(source: ByteSource, kind: TextKind, step: number) {
    this.#source = source;
    this.#decoder = decoderFor(kind);
    this.#step = step;
  }

  /** There is more, and it may be shown. */
  get more(): boolean {
    return !this.ended && this.at < TEXT_MAX_BYTES;
  }

  /** There is more than is ever shown. */
  get cut(): boolean {
    return !this.ended && this.at >= TEXT_MAX_BYTES;
  }

  /** Adds a piece; head: when its bytes are here already. */
  async next(signal?: AbortSignal, head?: Uint8Array): Promise<void> {
    const data = head ?? (await this.#source.read(this.at, this.#step, signal));
    this.at += data.length;
    this.ended = data.length < this.#step;
    const text = this.#lines(this.#decoder.decode(data, { stream: !this.ended }));
    if (text !== "") this.pieces.push(visible(text));
  }

  /** Line ends of other systems; a CR at a piece's end waits for what follows. */
  #lines(text: string): string {
    let all = this.#openCr ? `\r${text}` : text;
    this.#openCr = !this.ended && all.endsWith("\r");
    if (this.#openCr) all = all.slice(0, -1);
    return all.replace(/\r\n/g, "\n");
  }
}
