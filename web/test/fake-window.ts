/** The sending end of a download's port, which sends no more than the reader has room for. */

import { DOWNLOAD_WINDOW_BYTES } from "../src/bridge/files.ts";
import type { FromDevice, ReaderWord } from "../src/bridge/files.ts";
import { BridgeFailure, cancelled } from "../src/bridge/failure.ts";

/** See the head of this file. */
export class Window {
  readonly #port: MessagePort;
  #open = DOWNLOAD_WINDOW_BYTES;
  #ended: BridgeFailure | null = null;
  #wake: () => void = () => undefined;
  /** Most that was on its way at once. */
  static most = 0;

  constructor(port: MessagePort, closed: Promise<unknown>) {
    this.#port = port;
    port.onmessage = ({ data: word }: MessageEvent<ReaderWord>) => {
      if (word.type === "credit") this.#open += word.bytes;
      else this.#ended = cancelled();
      this.#wake();
    };
    void closed.then(() => {
      this.#ended ??= new BridgeFailure("lost", "The connection broke.");
      this.#wake();
    });
  }

  async room(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#open <= 0 && this.#ended === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#ended !== null) throw this.#ended;
  }

  post(word: FromDevice): void {
    if (word.type === "data") {
      this.#open -= word.data.byteLength;
      Window.most = Math.max(Window.most, DOWNLOAD_WINDOW_BYTES - this.#open);
    }
    this.#port.postMessage(word);
    if (word.type === "end" || word.type === "failed") this.#port.onmessage = null;
  }
}
