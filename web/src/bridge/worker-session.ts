/** The worker's end of a session: the Go session on one side, the page's port on the other. */

import type { GoSession, SessionEnd, Sink } from "./bridge.d.ts";
import { failureData, toFailure } from "./failure.ts";
import type { ToPage, ToWorker } from "./messages.ts";
import { OutputPump } from "./output-pump.ts";

/** Joins the two; see {@link WorkerSession.run}. */
export class WorkerSession {
  /** Where Go puts output; there before the Go session is, because output may come first. */
  readonly sink: Sink;
  /** Resolves when the page has been told of the end. */
  readonly ended: Promise<void>;

  readonly #port: MessagePort;
  readonly #pump: OutputPump;
  #go: GoSession | undefined;
  #resolveEnded!: () => void;

  constructor(port: MessagePort) {
    this.#port = port;
    this.#pump = new OutputPump((message, transfers) => {
      port.postMessage(message, transfers);
    });
    this.sink = { write: (chunk, stream) => this.#pump.write(chunk, stream) };
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    port.onmessage = (event: MessageEvent<ToWorker>): void => {
      this.#receive(event.data);
    };
  }

  /** The Go session; only after run(). */
  get go(): GoSession {
    if (this.#go === undefined) {
      throw new Error("the session does not run yet");
    }
    return this.#go;
  }

  /** Starts input, and tells the page of the end after the last byte of output. */
  run(go: GoSession): void {
    this.#go = go;
    go.closed.then(
      (end) => {
        this.#end(plainEnd(end));
      },
      (error: unknown) => {
        const { code, message } = toFailure(error);
        this.#end({ exitStatus: null, exitSignal: "", error: { code, message } });
      },
    );
  }

  /** Closes the session. Output the page has not drawn holds nobody back any longer. */
  async close(): Promise<void> {
    this.#pump.close();
    await this.#go?.close();
  }

  #receive(message: ToWorker): void {
    if (message.type === "credit") {
      this.#pump.credit(message.bytes);
      return;
    }
    const { id, data } = message;
    this.go.write(new Uint8Array(data)).then(
      () => {
        this.#post({ type: "taken", id });
      },
      (error: unknown) => {
        this.#post({ type: "refused", id, error: failureData(error) });
      },
    );
  }

  #end(end: SessionEnd): void {
    this.#pump.close();
    this.#post({ type: "end", end });
    // The page closes the port when it has read the end.
    this.#resolveEnded();
  }

  #post(message: ToPage): void {
    this.#port.postMessage(message);
  }
}

/** Go's objects carry functions and prototypes of their own; the page gets plain data. */
function plainEnd(end: SessionEnd): SessionEnd {
  const plain: SessionEnd = { exitStatus: end.exitStatus, exitSignal: end.exitSignal };
  if (end.error !== undefined) {
    plain.error = { code: end.error.code, message: end.error.message };
  }
  return plain;
}
