/**
 * The browser's own downloads: a hidden frame asks /dl/ID of the service worker, which answers
 * with a stream of the disk worker as an attachment.
 */

import { BridgeFailure } from "../../bridge/failure.ts";
import { CODE_LOCAL_FAILED } from "./codes.ts";
import type { ToServiceWorker } from "./dl/protocol.ts";
import type { JobID } from "./messages.ts";
import { safeName } from "./names.ts";

/** How long the service worker may take to start, ms. */
const startLimitMs = 10_000;
/** How long a frame stays after its download ended, ms: Firefox ends a download with its frame. */
const frameMs = 60_000;
/** How long a file that was handed over stays readable, ms: the browser copies it. */
const urlMs = 600_000;

/** Path of the service worker's scope. base: path under which the page is served. */
export function downloadsScope(base: string = import.meta.env.BASE_URL): string {
  return `${base}dl/`;
}

/** See the head of this file. */
export class BrowserDownloads {
  #registration: Promise<ServiceWorkerRegistration | null> | undefined;
  #active: ServiceWorker | null = null;
  readonly #frames = new Map<JobID, HTMLIFrameElement>();
  readonly #base: string;

  /** base: path under which the page is served, with slashes on both ends. */
  constructor(base: string = import.meta.env.BASE_URL) {
    this.#base = base;
  }

  /** Whether there is a service worker for downloads; starts it. */
  async ready(): Promise<boolean> {
    // One that was found active may be gone by now: its data were cleared in another tab.
    const isFirst = this.#registration === undefined;
    this.#registration ??= this.#register();
    const registration = await this.#registration;
    this.#active = registration?.active ?? null;
    if (this.#active !== null) return true;
    this.#registration = undefined; // the next download tries again
    return !isFirst && this.ready();
  }

  /** Has the browser download what comes over the port. failed hears when it cannot. */
  start(
    job: JobID,
    stream: { name: string; size: number | null; port: MessagePort },
    failed: (failure: BridgeFailure) => void,
  ): void {
    const id = randomID();
    const { port1: known, port2 } = new MessageChannel();
    const limit = setTimeout(() => {
      known.close();
      failed(silent());
    }, startLimitMs);
    // The frame must not ask before the service worker knows the id.
    known.onmessage = (): void => {
      clearTimeout(limit);
      known.close();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.src = downloadsScope(this.#base) + id;
      this.#frames.set(job, frame);
      document.body.append(frame);
    };
    const { name, size, port } = stream;
    this.#post({ type: "stream", id, name, size, port, known: port2 }, [port, port2]);
  }

  /** Keeps the service worker from being ended for doing nothing. */
  wake(): void {
    this.#post({ type: "awake" });
  }

  /** Saves a file that is whole; where there is no service worker. */
  hand(name: string, file: Blob): void {
    // Whatever it holds: of that type no browser shows it.
    const url = URL.createObjectURL(new Blob([file], { type: "application/octet-stream" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = safeName(name);
    link.hidden = true;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => {
      URL.revokeObjectURL(url);
    }, urlMs);
  }

  /** The job is over: its frame is of no more use. */
  ended(job: JobID): void {
    const frame = this.#frames.get(job);
    this.#frames.delete(job);
    if (frame !== undefined) {
      setTimeout(() => {
        frame.remove();
      }, frameMs);
    }
  }

  #post(message: ToServiceWorker, transfer: Transferable[] = []): void {
    this.#active?.postMessage(message, transfer);
  }

  async #register(): Promise<ServiceWorkerRegistration | null> {
    try {
      const scope = downloadsScope(this.#base);
      const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
      if (workers === undefined) return null;
      const registration = await workers.register(`${scope}worker.js`, { scope });
      return (await isActive(registration)) ? registration : null;
    } catch {
      return null; // a private window, or cookies are blocked
    }
  }
}

/** Resolves when the service worker runs; false when it does not in time. */
async function isActive(registration: ServiceWorkerRegistration): Promise<boolean> {
  if (registration.active !== null) {
    return true;
  }
  const worker = registration.installing ?? registration.waiting;
  if (worker === null) {
    return false;
  }
  return new Promise((resolve) => {
    const look = (): void => {
      if (worker.state === "activated" || worker.state === "redundant") {
        clearTimeout(limit);
        resolve(worker.state === "activated");
      }
    };
    const limit = setTimeout(() => {
      resolve(false);
    }, startLimitMs);
    worker.addEventListener("statechange", look);
    look();
  });
}

/** 128 bits: nobody else can ask for the stream. */
function randomID(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function silent(): BridgeFailure {
  return new BridgeFailure(
    CODE_LOCAL_FAILED,
    "The browser did not start the download. Reload the page and try again.",
  );
}
