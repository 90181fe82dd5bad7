/** One request on a capability port: upload and download, each windowed by credits. */

import { ACK_LIMIT_MS, CREDIT_BYTES, PIECE_BYTES, WINDOW_BYTES } from "./protocol.ts";
import type { FromTunnel, RequestID, ToTunnel, TunnelErrorCode } from "./protocol.ts";

type Of<T extends FromTunnel["type"]> = Extract<FromTunnel, { type: T }>;

/** The head of an answer. */
export type Head = Of<"head">;

/** What the device said: a whole small body, a stream, or nothing. */
export interface Answer {
  head: Head;
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null;
}

/** Why a request has no answer. */
export class TunnelFailure extends Error {
  readonly code: TunnelErrorCode | "unacknowledged";

  constructor(code: TunnelErrorCode | "unacknowledged", message: string) {
    super(message);
    this.name = "TunnelFailure";
    this.code = code;
  }
}

/** Where an exchange's messages go. */
export type Post = (message: ToTunnel, transfer?: Transferable[]) => void;

/** See the file's comment. Made when the request is sent. */
export class Exchange {
  readonly answer: Promise<Answer>;

  readonly #id: RequestID;
  readonly #post: Post;
  readonly #ended: () => void;
  readonly #settle: { resolve: (answer: Answer) => void; reject: (failure: TunnelFailure) => void };
  #ackTimer: ReturnType<typeof setTimeout> | undefined;
  #done = false;
  // Download
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  #wake: (() => void) | undefined;
  #complete = false;
  #failure: TunnelFailure | undefined;
  #uncredited = 0;
  // Upload
  #room = WINDOW_BYTES;
  #roomier: (() => void) | undefined;

  constructor(id: RequestID, post: Post, ended: () => void, ackLimitMs = ACK_LIMIT_MS) {
    this.#id = id;
    this.#post = post;
    this.#ended = ended;
    const { promise, ...settle } = withResolvers<Answer>();
    this.answer = promise;
    this.#settle = settle;
    this.#ackTimer = setTimeout(() => {
      this.fail(new TunnelFailure("unacknowledged", "The tunnel does not answer."));
    }, ackLimitMs);
  }

  /** Sends the body of a request in pieces, never more than the window ahead. Resolves at its end. */
  async upload(body: Blob): Promise<void> {
    for (let from = 0; from < body.size; from += PIECE_BYTES) {
      const piece = await body.slice(from, from + PIECE_BYTES).arrayBuffer();
      while (this.#room < piece.byteLength && !this.#done) {
        await new Promise<void>((resolve) => {
          this.#roomier = resolve;
        });
      }
      if (this.#done) return;
      this.#room -= piece.byteLength;
      this.#post({ type: "body", id: this.#id, data: piece }, [piece]);
    }
    if (!this.#done) {
      this.#post({ type: "bodyend", id: this.#id });
    }
  }

  receive(message: Exclude<FromTunnel, Of<"hello"> | Of<"credential">>): void {
    this.#acknowledge();
    switch (message.type) {
      case "ack":
        break;
      case "head":
        this.#head(message);
        break;
      case "data":
        this.#take(message.data);
        break;
      case "end":
        this.#complete = true;
        this.#wake?.();
        this.#finish();
        break;
      case "error":
        this.fail(new TunnelFailure(message.code, message.message));
        break;
      case "taken":
        this.#room += message.bytes;
        this.#roomier?.();
        break;
    }
  }

  /** The page does not want the answer any more. */
  abort(): void {
    if (!this.#done) {
      this.#post({ type: "abort", id: this.#id });
      this.fail(new TunnelFailure("aborted", "The page gave up the request."));
    }
  }

  /** Ends the exchange without a word to the tunnel: refuses the answer or breaks off its body. */
  fail(failure: TunnelFailure): void {
    if (this.#done && this.#complete) return;
    this.#failure ??= failure;
    this.#settle.reject(failure);
    this.#wake?.();
    this.#finish();
  }

  #acknowledge(): void {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
  }

  #finish(): void {
    this.#acknowledge();
    this.#roomier?.();
    if (!this.#done) {
      this.#done = true;
      this.#ended();
    }
  }

  #head(head: Head): void {
    const first = head.data === null ? null : new Uint8Array(head.data);
    if (head.end) {
      this.#complete = true;
      this.#settle.resolve({ head, body: first });
      this.#finish();
      return;
    }
    if (first !== null) {
      this.#take(first.buffer);
    }
    this.#settle.resolve({ head, body: this.#stream() });
  }

  #take(data: ArrayBuffer): void {
    if (data.byteLength > 0) {
      this.#pieces.push(new Uint8Array(data));
      this.#wake?.();
    }
  }

  #stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => {
          this.abort();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Hands over the next piece, and credits it: the page asked for it, so it took the ones before. */
  async #pull(): Promise<void> {
    while (this.#pieces.length === 0 && !this.#complete && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#controller?.enqueue(piece);
      this.#credit(piece.byteLength);
    } else if (this.#failure !== undefined) {
      this.#controller?.error(this.#failure);
    } else {
      this.#controller?.close();
    }
  }

  #credit(bytes: number): void {
    this.#uncredited += bytes;
    if (!this.#done && (this.#pieces.length === 0 || this.#uncredited >= CREDIT_BYTES)) {
      this.#post({ type: "taken", id: this.#id, bytes: this.#uncredited });
      this.#uncredited = 0;
    }
  }
}

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: Error) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
