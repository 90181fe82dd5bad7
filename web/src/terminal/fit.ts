/** Fits the screen to its box, and tells the session the latest size. */

import type { FitAddon } from "@xterm/addon-fit";
import type { Terminal } from "@xterm/xterm";

/** A size in characters. */
export interface TerminalSize {
  cols: number;
  rows: number;
}

/** Beyond this a box is measured wrong or is no screen; lines cost memory per column. */
const largest: TerminalSize = { cols: 1000, rows: 500 };

/** Resizes the screen to its box. A box without a size (hidden page) changes nothing. */
export function fit(terminal: Terminal, addon: FitAddon): void {
  const size = addon.proposeDimensions();
  if (size === undefined || !Number.isFinite(size.cols) || !Number.isFinite(size.rows)) {
    return;
  }
  const cols = Math.min(size.cols, largest.cols);
  const rows = Math.min(size.rows, largest.rows);
  if (cols !== terminal.cols || rows !== terminal.rows) {
    terminal.resize(cols, rows);
  }
}

/**
 * Sends sizes one at a time and skips those that are out of date: dragging a window edge
 * makes hundreds.
 */
export class SizeSender {
  readonly #send: (size: TerminalSize) => Promise<void>;
  #latest: TerminalSize | undefined;
  #busy = false;

  constructor(send: (size: TerminalSize) => Promise<void>) {
    this.#send = send;
  }

  /** The size to be told; the last one always is. */
  set(size: TerminalSize): void {
    this.#latest = size;
    if (!this.#busy) {
      void this.#run();
    }
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#latest !== undefined) {
      const size = this.#latest;
      this.#latest = undefined;
      try {
        await this.#send(size);
      } catch {
        // The session has ended; its end is told where it is watched.
      }
    }
    this.#busy = false;
  }
}
