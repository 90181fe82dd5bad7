/** One request of a page: its body on the way to the device, and the answer's on the way back. */

import { PIECE_BYTES, WINDOW_BYTES } from "../forward/protocol.ts";
import type { FromTunnel, RequestID } from "../forward/protocol.ts";
import type { ForwardRequest, GoForward, GoResponse } from "./bridge.d.ts";
import { BridgeFailure, cancelled, toFailure } from "./failure.ts";
import type { LogLine } from "./tunnel-log.ts";
import { ownBuffer } from "./own-buffer.ts";
import { tunnelCode } from "./tunnel-codes.ts";
import { Upload } from "./tunnel-upload.ts";

/**
 * Messages of a body on their way at once. What the device sends meanwhile gathers in Go, so
 * the pieces of a fast body grow to PIECE_BYTES: docs/benchmarks.md has other sizes.
 */
const maxInFlight = WINDOW_BYTES / PIECE_BYTES;

/** Posts one message and gives the buffers away. */
export type PostTunnel = (message: FromTunnel, transfers?: Transferable[]) => void;

/** What a request needs of its port. */
export interface RequestHost {
  readonly go: GoForward;
  readonly post: PostTunnel;
  /** A page that was navigated to met this challenge. */
  challenged(challenge: NonNullable<GoResponse["challenge"]>): void;
  /** It is over; its number may be used again. */
  over(id: RequestID): void;
}

/** See the head of this file. */
export class TunnelRequest {
  readonly #host: RequestHost;
  readonly #id: RequestID;
  readonly #request: ForwardRequest;
  readonly #log: LogLine;
  readonly #abort = new AbortController();
  readonly #upload: Upload | undefined;
  #response: GoResponse | undefined;
  /** Bytes of each message of the body that the page has not taken whole. */
  readonly #inFlight: number[] = [];
  #resume: (() => void) | undefined;
  #over = false;

  constructor(host: RequestHost, id: RequestID, request: ForwardRequest, log: LogLine) {
    this.#host = host;
    this.#id = id;
    this.#request = request;
    this.#log = log;
    if (request.size >= 0) {
      this.#upload = new Upload(request.size, (bytes) => {
        log.add(0, bytes);
        if (!this.#over) {
          host.post({ type: "taken", id, bytes });
        }
      });
    }
  }

  start(): void {
    const upload = this.#upload;
    const pull = upload === undefined ? null : () => upload.pull();
    this.#host.go.request(this.#request, pull, this.#abort.signal).then(
      (response) => {
        this.#receive(response);
      },
      (error: unknown) => {
        this.fail(error);
      },
    );
  }

  /** A piece of the request's body. */
  body(data: unknown): void {
    this.#feed(data instanceof ArrayBuffer && this.#upload?.add(data) === true);
  }

  bodyEnd(): void {
    this.#feed(this.#upload?.end() === true);
  }

  /** The page took so many bytes of the answer. */
  taken(bytes: number): void {
    let left = bytes;
    while (left > 0 && this.#inFlight[0] !== undefined) {
      const first = Math.min(left, this.#inFlight[0]);
      left -= first;
      this.#inFlight[0] -= first;
      if (this.#inFlight[0] === 0) {
        this.#inFlight.shift();
      }
    }
    this.#wake();
  }

  /** The page wants no answer any more. */
  abort(): void {
    this.fail(cancelled());
  }

  /** Ends it at any stage. */
  fail(thrown: unknown): void {
    if (this.#over) {
      return;
    }
    const failure = toFailure(thrown);
    const { message } = failure;
    this.#host.post({ type: "error", id: this.#id, code: tunnelCode(failure), message });
    this.#log.end(failure);
    this.#finish();
  }

  /** What breaks the rules of the body ends the request: the page's side is not to be trusted. */
  #feed(fits: boolean): void {
    if (!fits) {
      this.fail(
        new BridgeFailure("invalid", "The page sent a body that does not fit its request."),
      );
    }
  }

  #receive(response: GoResponse): void {
    this.#response = response;
    if (this.#over) {
      response.cancel?.();
      return;
    }
    if (this.#request.cookies !== null || !this.#request.navigate) {
      this.#answer(response, null);
      return;
    }
    this.#host.go.cookies(this.#request.path).then(
      (cookies) => {
        this.#answer(response, cookies);
      },
      (error: unknown) => {
        this.fail(error);
      },
    );
  }

  #answer(response: GoResponse, pageCookies: string | null): void {
    if (this.#over) {
      return;
    }
    const { status, statusText, headers, cookies, challenge, done } = response;
    const data = response.chunk === null ? null : ownBuffer(response.chunk);
    if (challenge !== null && this.#request.navigate) {
      this.#host.challenged(challenge);
    }
    const bytes = data?.byteLength ?? 0;
    this.#host.post(
      {
        type: "head",
        id: this.#id,
        status,
        statusText,
        headers,
        cookies,
        challenge,
        data,
        end: done,
        pageCookies,
      },
      data === null ? [] : [data],
    );
    this.#log.status(status);
    this.#log.add(bytes, 0);
    if (done) {
      this.#complete();
      return;
    }
    if (bytes > 0) {
      this.#inFlight.push(bytes);
    }
    void this.#pump(response);
  }

  /** Moves the rest of the body, as the page takes it. */
  async #pump(response: GoResponse): Promise<void> {
    try {
      while (await this.#room()) {
        const chunk = await this.#read(response);
        if (this.#isOver()) {
          return;
        }
        if (chunk === null) {
          this.#host.post({ type: "end", id: this.#id });
          this.#complete();
          return;
        }
        const data = ownBuffer(chunk);
        this.#inFlight.push(data.byteLength);
        this.#log.add(data.byteLength, 0);
        this.#host.post({ type: "data", id: this.#id, data }, [data]);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** The next piece; null at the end. There, and when it fails, Go has let go of the answer itself. */
  async #read(response: GoResponse): Promise<Uint8Array | null> {
    try {
      const chunk = (await response.read?.()) ?? null;
      if (chunk === null) {
        this.#response = undefined;
      }
      return chunk;
    } catch (error) {
      this.#response = undefined;
      throw error;
    }
  }

  /** Waits until one more message fits the window; false when it is over. */
  async #room(): Promise<boolean> {
    while (!this.#over && this.#inFlight.length >= maxInFlight) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
    return !this.#over;
  }

  #wake(): void {
    this.#resume?.();
    this.#resume = undefined;
  }

  /** A function, because the flow analysis of TypeScript takes the field for a constant. */
  #isOver(): boolean {
    return this.#over;
  }

  #complete(): void {
    this.#log.end(null);
    this.#finish();
  }

  /** Lets go of everything; what Go still holds ends. */
  #finish(): void {
    this.#over = true;
    this.#abort.abort();
    this.#response?.cancel?.();
    this.#wake();
    this.#host.over(this.#id);
  }
}
