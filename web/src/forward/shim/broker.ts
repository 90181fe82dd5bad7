/**
 * How a socket's port gets from where a script asked for it to the service worker. Workers
 * have no navigator.serviceWorker: the page that made them brokers, over a port that it
 * hands in before anything else.
 */

import type { FromSocket } from "../protocol.ts";

/** Brings one end of a channel to the tunnel, which opens the socket of that page or worker. */
export type Opener = (path: string, protocols: string[], page: string, port: MessagePort) => void;

interface BrokerMessage {
  porthole: "broker";
  port: MessagePort;
}

interface OpenMessage {
  path: string;
  protocols: string[];
  page: string;
  port: MessagePort;
}

/** What the worker's shim takes out of the worker's first message; null when that is the page's own. */
export function brokerPort(message: unknown): MessagePort | null {
  const { porthole, port } = (message ?? {}) as Partial<BrokerMessage>;
  return porthole === "broker" && port instanceof MessagePort ? port : null;
}

/** Makes a broker for a worker; its port goes over by post. */
export function broker(
  open: Opener,
  post: (message: unknown, ports: Transferable[]) => void,
): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<OpenMessage>) => {
    open(data.path, data.protocols, data.page, data.port);
  };
  const message: BrokerMessage = { porthole: "broker", port: port2 };
  post(message, [port2]);
}

/** A worker whose page handed in no broker has no way out, ms. */
const BROKER_LIMIT_MS = 10_000;

/** The worker's end: opens wait until the broker is there. */
export class BrokerClient {
  #port: MessagePort | null = null;
  #waiting: OpenMessage[] = [];

  readonly open: Opener = (path, protocols, page, port) => {
    const message: OpenMessage = { path, protocols, page, port };
    if (this.#port !== null) {
      this.#port.postMessage(message, [port]);
      return;
    }
    this.#waiting.push(message);
    setTimeout(() => {
      const at = this.#waiting.indexOf(message);
      if (at >= 0) {
        this.#waiting.splice(at, 1);
        const close: FromSocket = { type: "close", code: 1006, reason: "", clean: false };
        port.postMessage(close);
      }
    }, BROKER_LIMIT_MS);
  };

  /** A page of a shared worker that closes takes its broker along: the newest serves. */
  take(port: MessagePort): void {
    this.#port = port;
    for (const message of this.#waiting) {
      port.postMessage(message, [message.port]);
    }
    this.#waiting = [];
  }
}
