/**
 * What runs first in each page of the device: a WebSocket that passes the tunnel, workers
 * that have one too, and links to the device's own addresses. It must never throw, whatever
 * the page did to its surroundings.
 */

import type { FromPage, ShimConfig } from "../protocol.ts";
import { makeWebSocket } from "./socket.ts";
import { tunnelWatch } from "./watch.ts";

/** Runs one part; a part that fails leaves the others and the page alone. */
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

const workers = navigator.serviceWorker;

/** To the service worker of this page; where it controls the page not yet, once it is there. */
function post(message: FromPage, transfer: Transferable[]): void {
  const { controller } = workers;
  if (controller !== null) {
    controller.postMessage(message, transfer);
  } else {
    void workers.ready.then(({ active }) => {
      active?.postMessage(message, transfer);
    });
  }
}

function run(): void {
  const config = readConfig();
  const watch = tunnelWatch(navigator.locks);
  attempt(() => {
    window.opener = null;
  });
  attempt(() => {
    const replacement = makeWebSocket({
      native: WebSocket,
      origin: location.origin,
      targets: config.targets,
      base: () => document.baseURI,
      watch,
      open: (path, protocols, port) => {
        post({ type: "socket", path, protocols, port }, [port]);
      },
    });
    Object.defineProperty(window, "WebSocket", {
      value: replacement,
      writable: true,
      configurable: true,
    });
  });
}

attempt(run);
