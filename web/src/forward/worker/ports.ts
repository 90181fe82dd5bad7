/** Where the service worker's tunnel comes from: bridge frames in app tabs hand in ports. */

import { watchTunnel } from "../locks.ts";
import { BRIDGE_PATH, FORWARD_PROTOCOL, TUNNEL_CHANNEL } from "../protocol.ts";
import type { BridgePort, NeedPort, PageGone, WatchPage } from "../protocol.ts";
import { Tunnel } from "../tunnel.ts";

/** How long a request waits for a port: an app tab that reloads needs most of it. */
const PORT_LIMIT_MS = 2_500;
/** A bridge frame that was still starting is asked again. */
const ASK_AGAIN_MS = 600;

interface Waiter {
  resolve: (tunnel: Tunnel | null) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** Keeps the one tunnel that requests go through, and asks for another when it dies. */
export class Ports {
  readonly #scope: ServiceWorkerGlobalScope;
  readonly #channel = new BroadcastChannel(TUNNEL_CHANNEL);
  readonly #waiters = new Set<Waiter>();
  #tunnel: Tunnel | null = null;
  #asking: ReturnType<typeof setInterval> | undefined;

  constructor(scope: ServiceWorkerGlobalScope) {
    this.#scope = scope;
  }

  /** The tunnel, where there is one now. */
  get current(): Tunnel | null {
    return this.#tunnel;
  }

  /** The tunnel; waits a moment for one. null when no app tab has any. */
  get(limitMs = PORT_LIMIT_MS): Promise<Tunnel | null> {
    if (this.#tunnel !== null) return Promise.resolve(this.#tunnel);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        resolve,
        timer: setTimeout(() => {
          this.#waiters.delete(waiter);
          this.#stopAskingWhenDone();
          resolve(null);
        }, limitMs),
      };
      this.#waiters.add(waiter);
      this.#asking ??= setInterval(() => {
        void this.#ask();
      }, ASK_AGAIN_MS);
      if (this.#waiters.size === 1) {
        void this.#ask();
      }
    });
  }

  /** Another tunnel than one that does not answer. */
  replace(dead: Tunnel): Promise<Tunnel | null> {
    if (this.#tunnel === dead) {
      this.#tunnel = null;
      dead.retire(); // what it still answers is welcome
    }
    return this.get();
  }

  /** A message that claims to bring a port. */
  accept(message: unknown, source: unknown, ports: readonly MessagePort[]): void {
    const [port] = ports;
    if (port === undefined || !isBridge(source) || !isBridgePort(message)) return;
    const tunnel = new Tunnel(port, message.epoch);
    this.#tunnel?.retire();
    this.#tunnel = tunnel;
    const unwatch = watchTunnel(this.#scope.navigator.locks, message.epoch, () => {
      this.#gone(tunnel);
    });
    void tunnel.closed.then(unwatch); // not sooner: what a retired one has under way may die with it
    for (const { resolve, timer } of this.#waiters) {
      clearTimeout(timer);
      resolve(tunnel);
    }
    this.#waiters.clear();
    this.#stopAskingWhenDone();
    this.#channel.postMessage("up");
  }

  #gone(tunnel: Tunnel): void {
    tunnel.close();
    if (this.#tunnel === tunnel) {
      this.#tunnel = null;
    }
  }

  /** Has the websockets of a page or worker ended when it is gone. */
  watchPage(page: string): Promise<void> {
    return this.#tellBridges({ type: "watch-page", page });
  }

  /** A message that claims to tell of the end of a page. */
  pageGone(message: unknown, source: unknown): void {
    const { page } = message as Partial<PageGone>;
    if (isBridge(source) && typeof page === "string") {
      this.#tunnel?.pageGone(page);
    }
  }

  #ask(): Promise<void> {
    return this.#tellBridges({ type: "need-port", protocol: FORWARD_PROTOCOL });
  }

  async #tellBridges(message: NeedPort | WatchPage): Promise<void> {
    const clients = await this.#scope.clients.matchAll({
      type: "window",
      includeUncontrolled: true,
    });
    for (const client of clients.filter(isBridge)) {
      client.postMessage(message);
    }
  }

  #stopAskingWhenDone(): void {
    if (this.#waiters.size === 0) {
      clearInterval(this.#asking);
      this.#asking = undefined;
    }
  }
}

/**
 * Whether a client is the bridge frame: its URL is that of its creation, which
 * history.pushState does not change, and the gateway lets only the app frame that page.
 */
export function isBridge(source: unknown): boolean {
  if (!(source instanceof WindowClient) || source.frameType !== "nested") return false;
  return new URL(source.url).pathname === BRIDGE_PATH;
}

function isBridgePort(message: unknown): message is BridgePort {
  const { type, protocol, epoch } = message as Partial<BridgePort>;
  return type === "port" && protocol === FORWARD_PROTOCOL && typeof epoch === "string";
}
