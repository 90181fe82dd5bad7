/**
 * The bridge frame: a hidden frame of the forward's origin inside the app page. It brings
 * up the service worker, hands it ports that the app makes, and holds a lock whose release
 * tells everybody that the app's tunnel is gone.
 */

import { watchPage } from "../locks.ts";
import { FORWARD_PROTOCOL, WORKER_PATH, lockName } from "../protocol.ts";
import type { BridgePort, FromHost, NeedPort, PageGone, ToHost, WatchPage } from "../protocol.ts";
import { hosts, site } from "../site.ts";
import { clearOrigin } from "./clear.ts";
import { mayReload } from "./reload.ts";

const trusted = hosts(site());
/** Origin of the page that frames this one; "" while nothing tells. */
let host = framingOrigin();
const watched = new Set<string>();
/** The lock of the newest epoch: when it is held, and what lets go of it. */
let held: { epoch: string; taken: Promise<void>; release: () => void } | null = null;

/** What the browser says of the framing page, if it is one that we trust. */
function framingOrigin(): string {
  // Firefox has no ancestorOrigins; a referrer is what the page chooses to send.
  const ancestors = (location as { ancestorOrigins?: DOMStringList }).ancestorOrigins;
  const named = ancestors?.[0] ?? document.referrer.replace(/\/$/, "");
  return trusted.includes(named) ? named : "";
}

/** Says something to the framing page. Nothing said is a secret; trusted origins alone get it. */
function tell(message: ToHost): void {
  for (const origin of host === "" ? trusted : [host]) {
    parent.postMessage(message, origin);
  }
}

/**
 * The running service worker. Looked up first: to register waits behind a look for a new
 * build, which a browser that has just started puts off for seconds.
 */
async function activeWorker(): Promise<ServiceWorker> {
  const present = (await navigator.serviceWorker.getRegistration("/"))?.active ?? null;
  if (present !== null) return present;
  const registration = await navigator.serviceWorker.register(WORKER_PATH, {
    scope: "/",
    updateViaCache: "none",
  });
  const worker = registration.active ?? (await navigator.serviceWorker.ready).active;
  if (worker === null) throw new Error("The browser did not start the service worker.");
  return worker;
}

/** Takes the lock of an epoch, then lets go of the one before. Resolves when it is held. */
function hold(epoch: string): Promise<void> {
  if (held?.epoch === epoch) return held.taken;
  const before = held;
  let release = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    release = resolve;
  });
  const taken = new Promise<void>((resolve, reject) => {
    navigator.locks
      .request(lockName(epoch), () => {
        before?.release();
        resolve();
        return over;
      })
      .catch(reject);
  });
  held = { epoch, taken, release };
  return taken;
}

async function handOn(epoch: string, port: MessagePort): Promise<void> {
  await hold(epoch);
  const worker = await activeWorker();
  const message: BridgePort = { type: "port", protocol: FORWARD_PROTOCOL, epoch, port };
  worker.postMessage(message, [port]);
}

function needPort(): void {
  tell({ porthole: "need-port", protocol: FORWARD_PROTOCOL });
}

/** Says when a page is gone: the service worker may be stopped at that moment, this frame is not. */
function watchOver(page: string): void {
  if (watched.has(page)) return;
  watched.add(page);
  watchPage(navigator.locks, page, () => {
    watched.delete(page);
    const message: PageGone = { type: "page-gone", page };
    void activeWorker().then((worker) => {
      worker.postMessage(message);
    });
  });
}

/** The host cannot: the page is of another origin there, and of ours here. */
function reloadPages(): void {
  const frames = Array.from({ length: parent.length }, (_, i) => parent[i]);
  for (const frame of frames) {
    try {
      if (frame !== window && frame?.location.origin === location.origin) {
        frame.location.reload();
      }
    } catch {
      // a frame of another origin
    }
  }
}

function failed(error: unknown): void {
  tell({ porthole: "failed", reason: error instanceof Error ? error.message : String(error) });
}

addEventListener("message", (event: MessageEvent<FromHost | null>) => {
  if (event.source !== parent || !trusted.includes(event.origin)) return;
  host = event.origin;
  const message = event.data;
  switch (message?.porthole) {
    case "port":
      handOn(message.epoch, message.port).catch(failed);
      break;
    case "clear":
      activeWorker()
        .then((worker) => clearOrigin(worker, site().mirror))
        .then(() => {
          tell({ porthole: "cleared" });
        }, failed);
      break;
    case "reload":
      reloadPages();
      break;
    case undefined:
      break;
  }
});

navigator.serviceWorker.addEventListener(
  "message",
  (event: MessageEvent<NeedPort | WatchPage | null>) => {
    const message = event.data;
    switch (message?.type) {
      case "need-port":
        // The gateway was updated: the frame of its build tells the app, which may be too old.
        if (message.protocol > FORWARD_PROTOCOL && mayReload(sessionStorage, Date.now()))
          location.reload();
        else needPort();
        break;
      case "watch-page":
        watchOver(message.page);
        break;
      case undefined:
        break;
    }
  },
);
navigator.serviceWorker.startMessages();

if (parent !== window) {
  activeWorker().then(needPort, failed);
  // A new build takes over by itself, and asks for a port of its own.
  navigator.serviceWorker.ready
    .then((registration) => registration.update())
    .catch(() => undefined);
}
