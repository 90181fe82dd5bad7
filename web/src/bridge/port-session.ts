/** The page's end of a session: bytes over a MessagePort, the rest through comlink. */

import { transfer } from "comlink";
import type { OutputHandler, Session } from "./client.ts";
import type { SessionEnd } from "./bridge.d.ts";
import { BridgeFailure, CODE_CLOSED, toFailure } from "./failure.ts";
import type { WorkerHandle } from "./loader.ts";
import type { ObjectID, ToPage, ToWorker } from "./messages.ts";
import { nextID } from "./object-id.ts";

interface Waiter {
  resolve: () => void;
  reject: (failure: BridgeFailure) => void;
}

interface Chunk {
  data: Uint8Array;
  stream: 0 | 1;
}

/** One attach(): what it was given and has not yet drawn. */
interface Attachment {
  handler: OutputHandler;
  undrawn: number;
}

/** See {@link Session}. */
export class PortSession implements Session {
  readonly closed: Promise<SessionEnd>;

  readonly #worker: WorkerHandle;
  readonly #id: ObjectID;
  readonly #port: MessagePort;
  readonly #writes = new Map<number, Waiter>();
  /** Output nobody was attached for; bounded by the worker's high watermark. */
  readonly #unattended: Chunk[] = [];
  #attachment: Attachment | undefined;
  #lastWrite = 0;
  #ended = false;
  #resolveClosed!: (end: SessionEnd) => void;

  constructor(worker: WorkerHandle, id: ObjectID, port: MessagePort) {
    this.#worker = worker;
    this.#id = id;
    this.#port = port;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    port.onmessage = (event: MessageEvent<ToPage>): void => {
      this.#receive(event.data);
    };
    void worker.crashed.then((failure) => {
      this.abandon(failure);
    });
  }

  attach(handler: OutputHandler): () => void {
    if (this.#attachment !== undefined) {
      throw new BridgeFailure("invalid", "This session is already shown in another terminal.");
    }
    const attachment: Attachment = { handler, undrawn: 0 };
    this.#attachment = attachment;
    for (const chunk of this.#unattended.splice(0)) {
      this.#hand(attachment, chunk);
    }
    return () => {
      if (this.#attachment === attachment) {
        this.#attachment = undefined;
      }
      // A screen that is gone draws nothing more: give its bytes back, or the session stalls.
      this.#credit(attachment, attachment.undrawn);
    };
  }

  write(data: Uint8Array): Promise<void> {
    if (this.#ended) {
      return Promise.reject(closedFailure());
    }
    this.#lastWrite += 1;
    const id = this.#lastWrite;
    const copy = data.slice().buffer;
    return new Promise((resolve, reject) => {
      this.#writes.set(id, { resolve, reject });
      this.#post({ type: "input", id, data: copy }, [copy]);
    });
  }

  resize(cols: number, rows: number): Promise<void> {
    return this.#call(() => this.#worker.api.resize(this.#id, cols, rows));
  }

  signal(name: string): Promise<void> {
    return this.#call(() => this.#worker.api.signal(this.#id, name));
  }

  close(): Promise<void> {
    return this.#ended
      ? Promise.resolve()
      : this.#worker.guard(this.#worker.api.closeSession(this.#id));
  }

  /** Ends the page's end, as when the worker died or the session never started. */
  abandon(failure: BridgeFailure): void {
    const { code, message } = failure;
    this.#end({ exitStatus: null, exitSignal: "", error: { code, message } });
  }

  #call(call: () => Promise<void>): Promise<void> {
    return this.#ended ? Promise.reject(closedFailure()) : this.#worker.guard(call());
  }

  #receive(message: ToPage): void {
    switch (message.type) {
      case "output": {
        const chunk: Chunk = { data: new Uint8Array(message.data), stream: message.stream };
        if (this.#attachment === undefined) {
          this.#unattended.push(chunk);
        } else {
          this.#hand(this.#attachment, chunk);
        }
        break;
      }
      case "taken":
        this.#takeWaiter(message.id)?.resolve();
        break;
      case "refused":
        this.#takeWaiter(message.id)?.reject(toFailure(message.error));
        break;
      case "end":
        this.#end(message.end);
        break;
    }
  }

  #hand(attachment: Attachment, chunk: Chunk): void {
    const bytes = chunk.data.byteLength;
    attachment.undrawn += bytes;
    let drawn = false;
    const done = (): void => {
      if (!drawn) {
        drawn = true;
        this.#credit(attachment, bytes);
      }
    };
    try {
      attachment.handler(chunk.data, done, chunk.stream);
    } catch (error) {
      done(); // a fault of the screen must not stop the session
      reportError(error);
    }
  }

  #credit(attachment: Attachment, wanted: number): void {
    const bytes = Math.min(wanted, attachment.undrawn);
    attachment.undrawn -= bytes;
    if (bytes > 0) {
      this.#post({ type: "credit", bytes });
    }
  }

  #post(message: ToWorker, transfers: Transferable[] = []): void {
    if (!this.#ended) {
      this.#port.postMessage(message, transfers);
    }
  }

  #takeWaiter(id: number): Waiter | undefined {
    const waiter = this.#writes.get(id);
    this.#writes.delete(id);
    return waiter;
  }

  #end(end: SessionEnd): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#port.close();
    for (const waiter of this.#writes.values()) {
      waiter.reject(closedFailure());
    }
    this.#writes.clear();
    this.#resolveClosed(end);
  }
}

/** Asks the worker for a session under a number of its own, and joins the page's end to it. */
export async function openSession(
  worker: WorkerHandle,
  start: (session: ObjectID, port: MessagePort) => Promise<void>,
): Promise<Session> {
  const id = nextID();
  const channel = new MessageChannel();
  const session = new PortSession(worker, id, channel.port1);
  try {
    await worker.guard(start(id, transfer(channel.port2, [channel.port2])));
  } catch (error) {
    session.abandon(toFailure(error));
    throw toFailure(error);
  }
  return session;
}

function closedFailure(): BridgeFailure {
  return new BridgeFailure(CODE_CLOSED, "The session has ended. Connect again to go on.");
}
