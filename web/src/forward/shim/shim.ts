/**
 * What runs first in each page of the device: a WebSocket that passes the tunnel, workers
 * that have one too, and links to the device's own addresses. It never throws, whatever the
 * page's surroundings are: a part that fails leaves the others and the page alone.
 */

import workerShim from "virtual:worker-shim";
import { workerText } from "../prelude.ts";
import type { FromPage, ShimConfig } from "../protocol.ts";
import { showBadge } from "./badge.ts";
import type { Opener } from "./broker.ts";
import { openForLife } from "./life.ts";
import { mapLinks } from "./links.ts";
import { replaceCookies } from "./page-cookies.ts";
import { wrapSharedWorker } from "./shared-workers.ts";
import { makeWebSocket } from "./socket.ts";
import { tunnelWatch } from "./watch.ts";
import { rememberBlobs, wrapWorker } from "./workers.ts";

type Post = (message: FromPage, transfer: Transferable[]) => void;

function attempt(part: () => void): void {
  try {
    part();
  } catch {
    // The page goes without this part.
  }
}

function readConfig(): ShimConfig {
  const text = document.currentScript?.getAttribute("data-forward") ?? "{}";
  const config = JSON.parse(text) as Partial<ShimConfig>;
  return {
    targets: config.targets ?? [],
    cookies: config.cookies ?? null,
    plain: config.plain ?? false,
  };
}

/** To the service worker of this page; where it does not control the page yet, once it does. */
function poster(container: ServiceWorkerContainer): Post {
  return (message, transfer) => {
    const { controller } = container;
    if (controller !== null) {
      controller.postMessage(message, transfer);
    } else {
      void container.ready.then(({ active }) => {
        active?.postMessage(message, transfer);
      });
    }
  };
}

function define(name: string, value: unknown): void {
  Object.defineProperty(window, name, { value, writable: true, configurable: true });
}

function replaceSockets(targets: string[], open: Opener): void {
  const base = (): string => document.baseURI;
  const { origin } = location;
  const watch = tunnelWatch(navigator.locks);
  define(
    "WebSocket",
    makeWebSocket({
      ...{ native: WebSocket, origin, targets, base, watch },
      open: openForLife(navigator.locks, open),
      leave: (left) => {
        addEventListener("pagehide", left);
      },
    }),
  );
  const world = { origin, base, shim: workerText(workerShim, targets), open };
  attempt(() => {
    define("Worker", wrapWorker(Worker, world, rememberBlobs(URL)));
  });
  attempt(() => {
    define("SharedWorker", wrapSharedWorker(SharedWorker, world));
  });
}

/** The origin has a service worker already; another of the page's own would cut the tunnel. */
function refuseServiceWorkers(): void {
  const { prototype } = ServiceWorkerContainer;
  prototype.register = () =>
    Promise.reject(
      new DOMException("Pages in a Porthole tab cannot have a service worker.", "SecurityError"),
    );
  prototype.getRegistration = () => Promise.resolve(undefined);
  prototype.getRegistrations = () => Promise.resolve([]);
}

function run(): void {
  const config = readConfig();
  attempt(() => {
    window.opener = null; // it may lead to the app
  });
  attempt(() => {
    const post = poster(navigator.serviceWorker);
    replaceSockets(config.targets, (path, protocols, page, port) => {
      post({ type: "socket", path, protocols, page, port }, [port]);
    });
    if (config.cookies !== null) {
      replaceCookies(window, config.cookies, (text, path) => {
        post({ type: "cookie", text, path }, []);
      });
    }
  });
  attempt(refuseServiceWorkers);
  attempt(() => {
    mapLinks(window, config.targets);
  });
  if (config.plain) {
    attempt(() => {
      showBadge(document);
    });
  }
}

attempt(run);
