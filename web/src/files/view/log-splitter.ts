/** Cuts the bytes of a stream into lines of text: bounded, whole characters, no control sequences. */

import { visible } from "./sentences.ts";

/** Characters of a line that are kept. */
export const LINE_MAX = 16 * 1024;
/** Stands at the end of a line that was cut. */
export const CUT_MARK = " … [cut]";

// Colours and other sequences of terminals: CSI, OSC and strings, the two-character ones.
const SEQUENCES =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g;

/** One stream; feed it in order. */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  #open = "";
  #cut = false;

  /** The lines that a chunk ends. */
  feed(chunk: Uint8Array): string[] {
    const parts = this.#decoder.decode(chunk, { stream: true }).split("\n");
    const lines: string[] = [];
    for (let index = 0; index < parts.length; index++) {
      this.#add(parts[index] ?? "");
      if (index < parts.length - 1) lines.push(this.#take());
    }
    return lines;
  }

  /** What is left at the end; null when nothing is. */
  end(): string | null {
    this.#add(this.#decoder.decode());
    return this.#open === "" ? null : this.#take();
  }

  /** Twice the bound is held, since sequences go away only with the whole line. */
  #add(text: string): void {
    const room = 2 * LINE_MAX - this.#open.length;
    if (text.length > room) this.#cut = true;
    this.#open += text.slice(0, Math.max(0, room));
  }

  #take(): string {
    let line = this.#open.endsWith("\r") ? this.#open.slice(0, -1) : this.#open;
    if (line.includes("\u001b")) line = line.replace(SEQUENCES, "");
    const cut = this.#cut || line.length > LINE_MAX;
    [this.#open, this.#cut] = ["", false];
    return cut ? visible(line.slice(0, LINE_MAX)) + CUT_MARK : visible(line);
  }
}
