/** The reading end of a download's or tree's port (bridge/files.ts). */

import { BridgeFailure, CODE_INTERNAL } from "../../bridge/failure.ts";
import { DOWNLOAD_WINDOW_BYTES, ITEM_BYTES } from "../../bridge/files.ts";
import type { FromDevice, ReaderWord, StreamItem } from "../../bridge/files.ts";

/** What comes before the end. */
export type Item = StreamItem;

/** Takes items one by one; what is taken is given back as credit by taken(). */
export class Reader {
  readonly #port: MessagePort;
  readonly #queue: Exclude<FromDevice, { type: "items" }>[] = [];
  readonly #signal: AbortSignal;
  readonly #drains: boolean;
  /** Bytes to give back; small amounts are gathered. */
  #owed = 0;
  #wake: (() => void) | undefined;
  #over = false;

  /**
   * The signal's abort cancels the stream; next() rejects with its reason: drains, when what
   * has come was taken.
   */
  constructor(port: MessagePort, signal: AbortSignal, drains = false) {
    this.#port = port;
    this.#signal = signal;
    this.#drains = drains;
    port.onmessage = (event: MessageEvent<FromDevice>): void => {
      const word = event.data;
      if (word.type === "items") this.#queue.push(...word.items);
      else this.#queue.push(word);
      this.#wake?.();
    };
    signal.addEventListener("abort", () => {
      this.#post({ type: "cancel" });
      this.#over = true;
      this.#wake?.();
    });
  }

  /** The next item, null at the end; rejects with what the device's side failed with. */
  async next(): Promise<Item | null> {
    for (;;) {
      if (!this.#drains || this.#queue.length === 0) this.#signal.throwIfAborted();
      const item = this.#queue.shift();
      if (item === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      if (item.type === "end") {
        this.#over = true;
        return null;
      }
      if (item.type === "failed") {
        this.#over = true;
        throw new BridgeFailure(item.code, item.message);
      }
      return item;
    }
  }

  /** Gives room back for an item that is dealt with. */
  taken(item: Item | number): void {
    this.#owed += typeof item === "number" ? item : sizeOf(item);
    if (this.#owed >= DOWNLOAD_WINDOW_BYTES / 8) {
      this.#post({ type: "credit", bytes: this.#owed });
      this.#owed = 0;
    }
  }

  /** Lets go of the port; ends the stream when it has not ended. */
  close(): void {
    if (!this.#over) {
      this.#post({ type: "cancel" });
    }
    this.#over = true;
    this.#queue.length = 0;
    this.#port.onmessage = null;
    this.#port.close();
  }

  #post(word: ReaderWord): void {
    if (!this.#over) {
      this.#port.postMessage(word);
    }
  }
}

/** Bytes that an item counts for in the window. */
export function sizeOf(item: Item): number {
  return item.type === "data" ? item.data.byteLength : ITEM_BYTES;
}

/** The data of a download: one that brings entries is none. */
export function dataOf(item: Item): Uint8Array {
  if (item.type !== "data") {
    throw new BridgeFailure(CODE_INTERNAL, "A download brought something else than bytes.");
  }
  return new Uint8Array(item.data);
}
