/** One websocket of a page: the page's own port on one side, the Go program's on the other. */

import { WINDOW_BYTES } from "../forward/protocol.ts";
import type { FromSocket } from "../forward/protocol.ts";
import type { GoForward, GoSocket } from "./bridge.d.ts";
import { BridgeFailure, toFailure } from "./failure.ts";
import { ownBuffer } from "./own-buffer.ts";
import { SentBytes } from "./tunnel-sent.ts";
import { isBytes, isUnchecked } from "./tunnel-check.ts";
import type { SocketWish } from "./tunnel-check.ts";
import type { LogLine } from "./tunnel-log.ts";

/** What a websocket that never opened or that broke is closed with (RFC 6455 §7.4.1). */
const broken = 1006;
const goingAway = 1001;
const noStatus = 1005;

/** Bytes of a text as they are sent. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Half of a surrogate pair counts 2 of the pair's 4; a lone one becomes U+FFFD: 3.
    const isPair = (unit & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isPair) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

function sizeOf(data: string | ArrayBuffer | Uint8Array): number {
  return typeof data === "string" ? utf8Bytes(data) : data.byteLength;
}

/** Tells a page's port that there is no websocket. */
export function refuseSocket(port: MessagePort, reason: string): void {
  const message: FromSocket = { type: "close", code: broken, reason, clean: false };
  port.postMessage(message);
}

/** See the head of this file. */
export class TunnelSocket {
  readonly #port: MessagePort;
  readonly #log: LogLine;
  readonly #over: () => void;
  readonly #sent = new SentBytes((bytes) => {
    this.#post({ type: "sent", bytes });
  });
  readonly #abort = new AbortController();
  #socket: GoSocket | undefined;
  #untaken = 0;
  #resume: (() => void) | undefined;
  /** The page closed: it hears nothing but the end any more (WHATWG "WebSockets" §4). */
  #closing = false;
  #ended = false;

  /** over is called once, when it ended. */
  constructor(port: MessagePort, log: LogLine, over: () => void) {
    this.#port = port;
    this.#log = log;
    this.#over = over;
    port.onmessage = (event: MessageEvent<unknown>): void => {
      this.#receive(event.data);
    };
  }

  async open(go: GoForward, wish: SocketWish, epoch: string): Promise<void> {
    const { path, protocols, cookies } = wish;
    try {
      const socket = await go.socket(path, protocols, cookies, this.#abort.signal);
      this.#socket = socket;
      if (this.#ended) {
        await socket.close(goingAway, "");
        return;
      }
      this.#log.status(101);
      this.#post({ type: "open", protocol: socket.protocol, epoch });
      await this.#pump(socket);
      const { code, reason, clean } = await socket.closed;
      const failure = new BridgeFailure("forward_broken", "The websocket broke off.");
      this.#end({ type: "close", code, reason, clean }, clean ? null : failure);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends it as broken. */
  fail(thrown: unknown): void {
    this.#end({ type: "close", code: broken, reason: "", clean: false }, toFailure(thrown));
  }

  /** The page is gone: the device is told as by a browser whose page was left. */
  leave(): void {
    this.#close(goingAway, "");
  }

  /** Moves messages to the page until the device sends none any more. */
  async #pump(socket: GoSocket): Promise<void> {
    for (;;) {
      while (this.#untaken >= WINDOW_BYTES && !this.#closing && !this.#ended) {
        await new Promise<void>((resolve) => {
          this.#resume = resolve;
        });
      }
      const message = await socket.read();
      if (message === null || this.#ended) {
        return;
      }
      if (this.#closing) {
        continue;
      }
      const bytes = sizeOf(message);
      this.#untaken += bytes;
      this.#log.add(bytes, 0);
      const sent = this.#sent.take();
      if (typeof message === "string") {
        this.#post({ type: "message", data: message, sent });
      } else {
        const data = ownBuffer(message);
        this.#post({ type: "message", data, sent }, [data]);
      }
    }
  }

  #receive(message: unknown): void {
    if (!isUnchecked(message) || this.#ended) {
      return;
    }
    switch (message["type"]) {
      case "send":
        this.#send(message["data"]);
        break;
      case "taken":
        if (isBytes(message["bytes"])) {
          this.#untaken -= Math.min(message["bytes"], this.#untaken);
          this.#wake();
        }
        break;
      case "close":
        this.#close(message["code"], message["reason"]);
        break;
    }
  }

  #send(data: unknown): void {
    if (this.#socket === undefined || !(typeof data === "string" || data instanceof ArrayBuffer)) {
      return;
    }
    const bytes = sizeOf(data);
    this.#socket.send(typeof data === "string" ? data : new Uint8Array(data)).then(
      () => {
        this.#log.add(0, bytes);
        this.#sent.add(bytes);
      },
      (error: unknown) => {
        void this.#socket?.close(goingAway, "").catch(() => undefined);
        this.fail(error);
      },
    );
  }

  /** The page closes; before it is open that cancels the opening. */
  #close(code: unknown, reason: unknown): void {
    if (this.#socket === undefined) {
      this.#abort.abort();
      return;
    }
    const isCode =
      code === 1000 || code === goingAway || (isBytes(code) && code >= 3000 && code <= 4999);
    const text = typeof reason === "string" && utf8Bytes(reason) <= 123 ? reason : "";
    this.#socket.close(isCode ? code : noStatus, isCode ? text : "").catch((error: unknown) => {
      this.fail(error);
    });
    this.#closing = true;
    this.#wake();
  }

  #post(message: FromSocket, transfers: Transferable[] = []): void {
    if (!this.#ended) {
      this.#port.postMessage(message, transfers);
    }
  }

  #wake(): void {
    this.#resume?.();
    this.#resume = undefined;
  }

  #end(close: FromSocket, failure: BridgeFailure | null): void {
    if (this.#ended) {
      return;
    }
    this.#post(close);
    this.#sent.take(); // nobody waits for it any more
    this.#ended = true;
    this.#port.onmessage = null;
    this.#abort.abort();
    this.#log.end(failure);
    this.#wake();
    this.#over();
  }
}
