/**
 * The shim of workers: their WebSocket passes the tunnel. It goes in front of their scripts,
 * classic ones and modules alike, and may come more than once in one worker.
 */

import { BrokerClient, brokerPort } from "./broker.ts";
import { openForLife } from "./life.ts";
import { makeWebSocket } from "./socket.ts";
import { tunnelWatch } from "./watch.ts";
import { rememberBlobs, wrapWorker } from "./workers.ts";

/** Written before this script by whoever put it there. */
interface Written {
  targets: string[];
  /** Text of this very shim, for workers of this worker. */
  shim?: string;
}

type Scope = (DedicatedWorkerGlobalScope | SharedWorkerGlobalScope) & {
  portholeWorker?: Written;
  portholeShimmed?: boolean;
};

const scope = self as unknown as Scope;

function takeBroker(client: BrokerClient, event: MessageEvent): boolean {
  const port = brokerPort(event.data);
  if (port === null) return false;
  event.stopImmediatePropagation();
  client.take(port);
  return true;
}

function listen(client: BrokerClient): void {
  if ("onconnect" in scope) {
    scope.addEventListener("connect", (event) => {
      const [port] = event.ports;
      const first = (message: MessageEvent): void => {
        if (takeBroker(client, message)) port?.removeEventListener("message", first);
      };
      port?.addEventListener("message", first);
      // Where the page's script does not listen, its page's broker would never arrive.
      setTimeout(() => port?.start(), 0);
    });
    return;
  }
  const first = (event: Event): void => {
    if (event instanceof MessageEvent && takeBroker(client, event)) {
      scope.removeEventListener("message", first);
    }
  };
  scope.addEventListener("message", first);
}

function define(name: string, value: unknown): void {
  Object.defineProperty(scope, name, { value, writable: true, configurable: true });
}

function run(): void {
  const targets = scope.portholeWorker?.targets ?? [];
  const client = new BrokerClient();
  listen(client);
  const { origin } = scope;
  const base = (): string => scope.location.href;
  const { locks } = scope.navigator;
  const watch = tunnelWatch(locks);
  const open = openForLife(locks, client.open);
  define("WebSocket", makeWebSocket({ native: WebSocket, origin, targets, base, watch, open }));
  if ("Worker" in scope) {
    const world = { origin, base, shim: "", open: client.open };
    rememberBlobs(URL);
    // A blob's script would need this text once more: such a worker keeps its own WebSocket.
    define("Worker", wrapWorker(Worker, world, new Map()));
  }
}

if (scope.portholeShimmed !== true) {
  define("portholeShimmed", true);
  try {
    run();
  } catch {
    // The worker goes without the shim.
  }
}
