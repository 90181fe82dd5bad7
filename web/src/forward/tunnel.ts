/** The service worker's end of a capability port: many exchanges over one MessagePort. */

import { Exchange, TunnelFailure } from "./exchange.ts";
import type { Answer } from "./exchange.ts";
import { Outbox } from "./outbox.ts";
import { ACK_LIMIT_MS } from "./protocol.ts";
import type { FromTunnel, RequestID, ToTunnel } from "./protocol.ts";

/** A request without its number. */
export type Question = Omit<Extract<ToTunnel, { type: "request" }>, "type" | "id">;

/** See the file's comment. */
export class Tunnel {
  readonly epoch: string;
  /** The device's own origins; empty until the other end said hello, which it does first of all. */
  targets: readonly string[] = [];
  /** Whether gateway and platform can read what goes through. */
  plain = false;
  /** Resolves when nothing comes through any more. */
  readonly closed: Promise<void>;

  readonly #over: () => void;
  readonly #port: MessagePort;
  readonly #outbox: Outbox<ToTunnel>;
  readonly #exchanges = new Map<RequestID, Exchange>();
  readonly #credentials = new Map<RequestID, (given: boolean | null) => void>();
  #lastID: RequestID = 0;
  #state: "open" | "retired" | "closed" = "open";

  constructor(port: MessagePort, epoch: string) {
    this.epoch = epoch;
    this.#port = port;
    let over = (): void => undefined;
    this.closed = new Promise((resolve) => {
      over = resolve;
    });
    this.#over = over;
    this.#outbox = new Outbox(port, () => this.#exchanges.size > 1);
    port.onmessage = ({ data }: MessageEvent<FromTunnel | FromTunnel[]>) => {
      for (const message of [data].flat()) this.#receive(message);
    };
  }

  /** Takes no new requests any more when false. */
  get open(): boolean {
    return this.#state === "open";
  }

  /** Requests under way. */
  get busy(): number {
    return this.#exchanges.size;
  }

  /**
   * Sends a request; resolves at the head of its answer, rejects with a TunnelFailure.
   * The signal ends it at any stage.
   */
  send(
    question: Question,
    body: Blob | null,
    signal: AbortSignal,
    ackLimitMs = ACK_LIMIT_MS,
  ): Promise<Answer> {
    if (this.#state !== "open") {
      return Promise.reject(new TunnelFailure("closed", "The tunnel is closed."));
    }
    const id = this.#nextID();
    const exchange: Exchange = new Exchange(
      id,
      this.#post,
      () => {
        signal.removeEventListener("abort", abort);
        this.#exchanges.delete(id);
        this.#closeWhenIdle();
      },
      ackLimitMs,
    );
    const abort = (): void => {
      exchange.abort();
    };
    this.#exchanges.set(id, exchange);
    signal.addEventListener("abort", abort);
    this.#post({ type: "request", id, ...question });
    if (signal.aborted) {
      abort();
    } else if (body !== null) {
      exchange.upload(body).catch(() => {
        exchange.abort(); // the file behind the blob changed or is gone
      });
    }
    return exchange.answer;
  }

  /** Hands a websocket's port on. */
  socket(socket: Omit<Extract<ToTunnel, { type: "socket" }>, "type">): void {
    this.#outbox.flush(); // it goes alone, so that its port is told from no other
    const message: ToTunnel = { type: "socket", ...socket };
    this.#port.postMessage(message, [socket.port]);
  }

  /** Ends the websockets of a page or worker that is gone. */
  pageGone(page: string): void {
    this.#post({ type: "page-gone", page });
  }

  /** One assignment to document.cookie by a page of that path. */
  cookie(text: unknown, path: unknown): void {
    // What cannot be posted would take along what is gathered with it; a page may have said anything.
    if (typeof text === "string" && typeof path === "string") {
      this.#post({ type: "cookie", text, path });
    }
  }

  /** Resolves when the person gave (true) or refused a password in the app; null: the tunnel is gone. */
  credential(): Promise<boolean | null> {
    const id = this.#nextID();
    return new Promise((resolve) => {
      this.#credentials.set(id, resolve);
      this.#post({ type: "await-credential", id });
    });
  }

  /** Another port took over: requests under way go on, then the port is closed. */
  retire(): void {
    if (this.#state === "open") {
      this.#state = "retired";
      this.#closeWhenIdle();
    }
  }

  /** The other end is gone: everything under way ends now. */
  close(): void {
    this.#state = "closed";
    this.#outbox.flush(); // an abort may be the last word
    this.#port.close();
    for (const exchange of [...this.#exchanges.values()]) {
      exchange.fail(new TunnelFailure("closed", "The Porthole tab was closed or reloaded."));
    }
    for (const resolve of this.#credentials.values()) resolve(null);
    this.#credentials.clear();
    this.#over();
  }

  readonly #post = (message: ToTunnel, transfer: Transferable[] = []): void => {
    this.#outbox.post(message, transfer);
  };

  #nextID(): RequestID {
    this.#lastID += 1;
    return this.#lastID;
  }

  #closeWhenIdle(): void {
    if (this.#state === "retired" && this.#exchanges.size === 0 && this.#credentials.size === 0) {
      this.close();
    }
  }

  #receive(message: FromTunnel): void {
    switch (message.type) {
      case "hello":
        this.targets = message.targets;
        this.plain = message.plain;
        break;
      case "credential":
        this.#credentials.get(message.id)?.(message.given);
        this.#credentials.delete(message.id);
        this.#closeWhenIdle();
        break;
      case "ack":
      case "head":
      case "data":
      case "end":
      case "error":
      case "taken":
        this.#exchanges.get(message.id)?.receive(message); // none: it was given up
    }
  }
}
