/**
 * WebSocket for pages of a forward: the same class for scripts, but its messages go over a
 * MessagePort to the app's worker. Sockets to hosts of the internet stay the browser's own.
 */

import { CREDIT_BYTES } from "../protocol.ts";
import type { FromSocket, ToSocket } from "../protocol.ts";
import { ownPath } from "../targets.ts";
import { EventHandlers, asInterface, defineHandlers } from "./platform-class.ts";
import { SendQueue, ownCopy } from "./send-queue.ts";
import { byteLength, checkClose, checkProtocols, parseSocketURL } from "./socket-rules.ts";

/** What the class needs of the page or worker it lives in. */
export interface SocketWorld {
  /** The browser's own class, for other hosts. */
  native: typeof WebSocket;
  /** Origin of the forward. */
  origin: string;
  /** The device's own origins. */
  targets: readonly string[];
  /** Against which relative addresses are read. */
  base: () => string;
  /** Brings one end of a channel to the tunnel, which opens the socket. */
  open: (path: string, protocols: string[], port: MessagePort) => void;
  /** Calls gone once when the tunnel of that epoch dies; returns the function that stops it. */
  watch: (epoch: string, gone: () => void) => () => void;
  /** Calls left whenever the page is left; a page that comes back finds its sockets closed. */
  leave?: (left: () => void) => void;
}

/** A device that takes the connection and never answers, or a tunnel that died meanwhile, ms. */
const OPEN_LIMIT_MS = 90_000;
/** RFC 6455 §7.4.1. */
const GOING_AWAY = 1001;
const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;
type State = (typeof states)[keyof typeof states];

/** Makes the class that stands for WebSocket. */
export function makeWebSocket(world: SocketWorld): typeof WebSocket {
  /** Those that are not closed. */
  const alive = new Set<TunnelSocket>();

  class TunnelSocket extends EventTarget {
    static {
      defineHandlers(
        TunnelSocket.prototype,
        ["open", "message", "error", "close"],
        (socket) => socket.#handlers,
      );
      world.leave?.(() => {
        for (const socket of alive) socket.#tell({ type: "close", code: GOING_AWAY, reason: "" });
      });
    }

    /** None is negotiated: compressing twice costs the device time. */
    readonly #extensions = "";
    static override [Symbol.hasInstance](value: unknown): boolean {
      return (
        Function.prototype[Symbol.hasInstance].call(TunnelSocket, value) ||
        value instanceof world.native
      );
    }

    #url = "";
    #protocol = "";
    #state: State = states.CONNECTING;
    #binaryType: BinaryType = "blob";
    #buffered = 0;
    /** Bytes that were taken and not told yet. */
    #uncredited = 0;
    readonly #handlers = new EventHandlers(this);
    readonly #port!: MessagePort;
    readonly #queue = new SendQueue(
      (data) => {
        this.#tell({ type: "send", data }, typeof data === "string" ? [] : [data]);
      },
      () => {
        this.#tell({ type: "close", code: GOING_AWAY, reason: "" });
        this.#end(1006, "", false);
      },
    );
    #unwatch: () => void = () => undefined;
    #limit: ReturnType<typeof setTimeout> | undefined;

    constructor(url: string | URL, protocols: string | string[] = []) {
      const parsed = parseSocketURL(String(url), world.base());
      const path = tunnelPath(parsed);
      if (path === null) {
        return new world.native(url, protocols) as unknown as TunnelSocket;
      }
      const wanted = checkProtocols(protocols);
      super();
      this.#url = parsed.href;
      const channel = new MessageChannel();
      this.#port = channel.port1;
      this.#port.onmessage = (event: MessageEvent<FromSocket>) => {
        this.#receive(event.data);
      };
      alive.add(this);
      this.#limit = setTimeout(() => {
        this.#end(1006, "", false);
      }, OPEN_LIMIT_MS);
      world.open(path, wanted, channel.port2);
    }

    get url(): string {
      return this.#url;
    }

    get readyState(): number {
      return this.#state;
    }

    get protocol(): string {
      return this.#protocol;
    }

    get extensions(): string {
      return this.#extensions;
    }

    get bufferedAmount(): number {
      return this.#buffered;
    }

    get binaryType(): BinaryType {
      return this.#binaryType;
    }

    set binaryType(type: BinaryType) {
      // As everywhere on the web, an unknown word changes nothing.
      if (["blob", "arraybuffer"].includes(type)) this.#binaryType = type;
    }

    send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
      if (this.#state === states.CONNECTING) {
        throw new DOMException("Still in CONNECTING state.", "InvalidStateError");
      }
      const message = ownCopy(data);
      const bytes = message instanceof Blob ? message.size : byteLength(message);
      this.#buffered += bytes;
      if (this.#state === states.OPEN) this.#queue.send(message);
    }

    close(code?: number, reason = ""): void {
      checkClose(code, reason);
      if (this.#state >= states.CLOSING) return;
      if (this.#state === states.CONNECTING) {
        this.#state = states.CLOSING;
        this.#tell({ type: "close", code: GOING_AWAY, reason: "" });
        queueMicrotask(() => {
          this.#end(1006, "", false);
        });
        return;
      }
      this.#state = states.CLOSING;
      this.#queue.afterwards(() => {
        this.#tell({ type: "close", code: code ?? 1005, reason });
      });
    }

    #tell(message: ToSocket, transfer: Transferable[] = []): void {
      this.#port.postMessage(message, transfer);
    }

    #receive(message: FromSocket): void {
      switch (message.type) {
        case "open":
          this.#opened(message);
          break;
        case "message":
          this.#left(message.sent);
          this.#deliver(message.data);
          break;
        case "sent":
          this.#left(message.bytes);
          break;
        case "close":
          this.#end(message.code, message.reason, message.clean);
          break;
      }
    }

    #opened({ protocol, epoch }: Extract<FromSocket, { type: "open" }>): void {
      if (this.#state !== states.CONNECTING) return;
      clearTimeout(this.#limit);
      this.#state = states.OPEN;
      this.#protocol = protocol;
      this.#unwatch = world.watch(epoch, () => {
        this.#end(1006, "", false);
      });
      this.dispatchEvent(new Event("open"));
    }

    #deliver(data: string | ArrayBuffer): void {
      const bytes = byteLength(data);
      if (this.#state === states.OPEN) {
        const value =
          typeof data === "string" || this.#binaryType === "arraybuffer" ? data : new Blob([data]);
        const { origin } = new URL(this.#url);
        this.dispatchEvent(new MessageEvent("message", { data: value, origin }));
      }
      this.#uncredited += bytes;
      if (this.#uncredited >= CREDIT_BYTES) {
        this.#tell({ type: "taken", bytes: this.#uncredited });
        this.#uncredited = 0;
      }
    }

    #left(bytes: number): void {
      this.#buffered = Math.max(0, this.#buffered - bytes);
    }

    #end(code: number, reason: string, clean: boolean): void {
      if (this.#state === states.CLOSED) return;
      clearTimeout(this.#limit);
      this.#unwatch();
      this.#state = states.CLOSED;
      alive.delete(this);
      this.#port.close();
      if (!clean) this.dispatchEvent(new Event("error"));
      this.dispatchEvent(new CloseEvent("close", { code, reason, wasClean: clean }));
    }
  }

  function tunnelPath(url: URL): string | null {
    const own = url.host === new URL(world.origin).host;
    return own ? url.pathname + url.search : ownPath(url, world.origin, world.targets);
  }

  asInterface(TunnelSocket, "WebSocket", states);
  return TunnelSocket as unknown as typeof WebSocket;
}
