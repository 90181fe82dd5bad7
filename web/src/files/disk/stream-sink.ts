/** The browser's own downloads, by way of the service worker of /dl/. */

import { BridgeFailure, cancelled } from "../../bridge/failure.ts";
import { ownBuffer } from "../../bridge/own-buffer.ts";
import { CODE_LOCAL_FAILED } from "./codes.ts";
import type { FromServiceWorker, ToStream } from "./dl/protocol.ts";
import type { Sink } from "./sink.ts";

/** Bytes that wait here for the browser to ask. */
const maxPendingBytes = 1024 * 1024;
/** How often the service worker is asked whether it lives; browsers end one after 30 s. */
const pingMs = 10_000;
/** How long the browser may take to ask for it, ms. */
const startLimitMs = 60_000;
/** Pings without an answer after which it is gone. */
const maxUnanswered = 6;

/** Ends of a stream's port. awake is called now and then: a port's messages keep nobody alive. */
export class StreamSink implements Sink {
  readonly #port: MessagePort;
  readonly #pings: ReturnType<typeof setInterval>;
  readonly #startLimit: ReturnType<typeof setTimeout>;
  #pending: ArrayBuffer[] = [];
  #pendingBytes = 0;
  #bytes = 0;
  /** The browser waits for bytes. */
  #asked = false;
  #unanswered = 0;
  #wake: (() => void) | undefined;
  readonly #abort: AbortController;

  /** abort ends the job; it is also called for an end that the browser or the person made there. */
  constructor(port: MessagePort, awake: () => void, abort: AbortController) {
    this.#port = port;
    this.#abort = abort;
    abort.signal.addEventListener("abort", () => this.#wake?.());
    port.onmessage = (event: MessageEvent<FromServiceWorker>): void => {
      this.#receive(event.data);
    };
    this.#startLimit = setTimeout(() => {
      this.#abort.abort(untaken());
    }, startLimitMs);
    this.#pings = setInterval(() => {
      awake();
      this.#unanswered += 1;
      if (this.#unanswered > maxUnanswered) {
        this.#abort.abort(lost());
      }
      this.#post({ type: "ping" });
    }, pingMs);
  }

  get bytes(): number {
    return this.#bytes - this.#pendingBytes;
  }

  async write(data: Uint8Array): Promise<void> {
    this.#pending.push(ownBuffer(data));
    this.#pendingBytes += data.byteLength;
    this.#bytes += data.byteLength;
    this.#give();
    await this.#until(() => this.#pendingBytes < maxPendingBytes);
  }

  async finish(): Promise<void> {
    // Asked for more, with nothing left: the browser has read all.
    await this.#until(() => this.#asked && this.#pendingBytes === 0);
    this.#post({ type: "end" });
    this.#release();
  }

  stop(): Promise<void> {
    this.#post({ type: "failed" });
    this.#release();
    return Promise.resolve();
  }

  #receive(word: FromServiceWorker): void {
    this.#unanswered = 0;
    switch (word.type) {
      case "pull":
        this.#asked = true;
        this.#give();
        this.#wake?.();
        break;
      case "cancelled":
        this.#abort.abort(cancelled());
        break;
      case "started":
        clearTimeout(this.#startLimit);
        break;
      case "pong":
        break;
    }
  }

  #give(): void {
    if (this.#asked && this.#pending.length > 0) {
      this.#asked = false;
      const data = this.#pending;
      this.#pending = [];
      this.#pendingBytes = 0;
      this.#port.postMessage({ type: "data", data } satisfies ToStream, data);
    }
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      this.#abort.signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #post(word: ToStream): void {
    this.#port.postMessage(word);
  }

  #release(): void {
    clearInterval(this.#pings);
    clearTimeout(this.#startLimit);
    // The last word is on its way still; the other end closes.
    this.#port.onmessage = null;
  }
}

function lost(): BridgeFailure {
  return new BridgeFailure(
    CODE_LOCAL_FAILED,
    "The browser ended the download by itself. Start it again, and keep this tab open.",
  );
}

function untaken(): BridgeFailure {
  return new BridgeFailure(
    CODE_LOCAL_FAILED,
    "The browser did not take the download. Allow downloads for this site, several at once too, and start it again.",
  );
}
