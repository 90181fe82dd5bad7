/**
 * The worker's end of a capability port: many requests and websockets to the one target of
 * a forward, told apart by number. It does what src/forward/protocol.ts says and nothing
 * else; what it does not know is dropped.
 */

import { Outbox } from "../forward/outbox.ts";
import { ACK_AFTER_MS, FORWARD_PROTOCOL, MOST_TOGETHER } from "../forward/protocol.ts";
import type { FromTunnel, RequestID } from "../forward/protocol.ts";
import type { ForwardRequest, GoForward, GoResponse } from "./bridge.d.ts";
import { BridgeFailure } from "./failure.ts";
import { cookieOf, isBytes, isRequestID, isUnchecked, requestOf } from "./tunnel-check.ts";
import type { Unchecked } from "./tunnel-check.ts";
import { tunnelCode } from "./tunnel-codes.ts";
import type { TunnelLog } from "./tunnel-log.ts";
import { TunnelRequest } from "./tunnel-request.ts";
import type { PostTunnel, RequestHost } from "./tunnel-request.ts";
import type { TunnelSockets } from "./tunnel-sockets.ts";

/** Requests that the Go program has at once; a page with more waits its turn. */
const maxRunning = 512;
/** Requests that wait; beyond that they are refused. */
const maxWaiting = 8192;
/** Characters of all their heads: the asking page is foreign code. */
const maxWaitingSize = 32 * 1024 * 1024;

/** What all ports of a forward share. */
export interface TunnelHost {
  readonly go: GoForward;
  readonly log: TunnelLog;
  readonly sockets: TunnelSockets;
  /** The device's own origins. */
  readonly targets: string[];
  /** Gateway and platform can read the bytes. */
  readonly plain: boolean;
  challenged(challenge: NonNullable<GoResponse["challenge"]>): void;
  /** The page waits for the person's answer to a challenge. */
  awaitCredential(port: TunnelPort, id: RequestID): void;
}

/** See the head of this file. */
export class TunnelPort implements RequestHost {
  readonly go: GoForward;
  readonly post: PostTunnel;
  /** When the other end was last heard of, ms of performance.now(). */
  heardAt = performance.now();

  readonly #host: TunnelHost;
  readonly #epoch: string;
  readonly #requests = new Map<RequestID, TunnelRequest>();
  /** Those of #requests that have not begun, in their order, and the size of their heads. */
  readonly #waiting = new Map<RequestID, number>();
  /** Sum of the sizes in #waiting. */
  #waitingSize = 0;
  /** Those that the other end has heard nothing of since the timer was set. */
  readonly #unacknowledged = new Set<RequestID>();
  #ackTimer: ReturnType<typeof setTimeout> | undefined;
  #failure: BridgeFailure | undefined;

  constructor(host: TunnelHost, port: MessagePort, epoch: string) {
    this.#host = host;
    this.#epoch = epoch;
    this.go = host.go;
    const outbox = new Outbox<FromTunnel>(port, () => this.#requests.size > 1);
    this.post = (message, transfers) => {
      outbox.post(message, transfers);
    };
    port.onmessage = (event: MessageEvent<unknown>): void => {
      this.#receive(event);
    };
    const { targets, plain } = host;
    this.post({ type: "hello", protocol: FORWARD_PROTOCOL, targets, plain });
  }

  /** Whether a request is under way. */
  get busy(): boolean {
    return this.#requests.size > 0;
  }

  challenged(challenge: NonNullable<GoResponse["challenge"]>): void {
    this.#host.challenged(challenge);
  }

  over(id: RequestID): void {
    this.#requests.delete(id);
    this.#leaveQueue(id);
    this.#unacknowledged.delete(id);
    this.#startNext();
  }

  /** Ends its requests: nobody is at the other end. Its websockets live on, with their pages. */
  dropRequests(failure: BridgeFailure): void {
    for (const request of [...this.#requests.values()]) {
      request.fail(failure);
    }
  }

  /** The forward is gone: requests end, and whoever asks from now on hears why. */
  close(failure: BridgeFailure): void {
    this.#failure = failure;
    this.dropRequests(failure);
  }

  #receive(event: MessageEvent<unknown>): void {
    this.heardAt = performance.now();
    const { data } = event;
    if (isUnchecked(data) && data["type"] === "socket") {
      this.#host.sockets.open(data, this.#epoch);
      return;
    }
    const messages = Array.isArray(data) ? (data as unknown[]) : [data];
    // A list of nothing may be four thousand million long: to go through it takes minutes.
    for (const message of messages.length <= MOST_TOGETHER ? messages : []) {
      if (isUnchecked(message)) {
        this.#take(message);
      }
    }
    for (const port of event.ports) {
      port.close(); // nothing but a websocket brings one
    }
  }

  #take(message: Unchecked): void {
    const id = message["id"];
    if (isRequestID(id)) {
      this.#about(id, message);
    } else if (message["type"] === "cookie") {
      this.#cookie(message);
    } else if (message["type"] === "page-gone") {
      this.#host.sockets.leave(message["page"]);
    }
  }

  /** A message of one request; what names none that there is comes too late or from nowhere. */
  #about(id: RequestID, message: Unchecked): void {
    switch (message["type"]) {
      case "request":
        this.#request(id, message);
        break;
      case "body":
        this.#requests.get(id)?.body(message["data"]);
        break;
      case "bodyend":
        this.#requests.get(id)?.bodyEnd();
        break;
      case "taken":
        if (isBytes(message["bytes"])) {
          this.#requests.get(id)?.taken(message["bytes"]);
        }
        break;
      case "abort":
        this.#requests.get(id)?.abort();
        break;
      case "await-credential":
        this.#host.awaitCredential(this, id);
        break;
    }
  }

  #request(id: RequestID, message: Unchecked): void {
    if (this.#requests.has(id)) {
      return; // two of one number could not be told apart
    }
    const request = requestOf(message);
    if (request === undefined) {
      this.#refuse(id, new BridgeFailure("invalid", "The page's request is not one of HTTP."));
      return;
    }
    if (this.#failure !== undefined) {
      this.#refuse(id, this.#failure);
      return;
    }
    const size = headSize(request);
    if (this.#waiting.size >= maxWaiting || this.#waitingSize + size > maxWaitingSize) {
      this.#refuse(id, new BridgeFailure("internal", "The page asks for too much at once."));
      return;
    }
    const log = this.#host.log.begin("request", request.method, request.path);
    this.#requests.set(id, new TunnelRequest(this, id, request, log));
    this.#waiting.set(id, size);
    this.#waitingSize += size;
    this.#unacknowledged.add(id);
    this.#ackTimer ??= setTimeout(() => {
      this.#acknowledge();
    }, ACK_AFTER_MS);
    this.#startNext();
  }

  #acknowledge(): void {
    this.#ackTimer = undefined;
    for (const id of this.#unacknowledged) {
      this.post({ type: "ack", id });
    }
    this.#unacknowledged.clear();
  }

  #startNext(): void {
    for (const id of this.#waiting.keys()) {
      if (this.#requests.size - this.#waiting.size >= maxRunning) {
        return;
      }
      this.#leaveQueue(id);
      this.#requests.get(id)?.start();
    }
  }

  #leaveQueue(id: RequestID): void {
    this.#waitingSize -= this.#waiting.get(id) ?? 0;
    this.#waiting.delete(id);
  }

  #refuse(id: RequestID, failure: BridgeFailure): void {
    this.post({ type: "error", id, code: tunnelCode(failure), message: failure.message });
  }

  #cookie(message: Unchecked): void {
    const cookie = cookieOf(message);
    if (cookie !== undefined) {
      this.go.setCookie(cookie.text, cookie.path).catch(() => undefined); // as in a browser
    }
  }
}

function headSize({ path, headers, referrer, cookies }: ForwardRequest): number {
  return headers.reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    path.length + referrer.length + (cookies?.length ?? 0),
  );
}
