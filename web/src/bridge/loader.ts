/**
 * Starts the worker that runs the Go program, once per page, and tells when it has died.
 */

import { wrap } from "comlink";
import type { Remote } from "comlink";
import {
  BridgeFailure,
  CODE_INTERNAL,
  CODE_NO_WEBASSEMBLY,
  installErrorTransfer,
  toFailure,
} from "./failure.ts";
import type { WorkerApi } from "./messages.ts";

/** The running worker, as the rest of the bridge sees it. */
export interface WorkerHandle {
  readonly api: Remote<WorkerApi>;
  /** Resolves when the Go program runs; rejects with no_webassembly. */
  readonly ready: Promise<void>;
  /** Resolves when the worker died after it was ready. */
  readonly crashed: Promise<BridgeFailure>;
  /** Rejects with the crash instead of waiting for an answer that can no longer come. */
  guard<T>(call: Promise<T>): Promise<T>;
}

/** The part of Worker that is needed, so that tests can hand in a MessagePort's twin. */
export type WorkerLike = Pick<
  Worker,
  "postMessage" | "addEventListener" | "removeEventListener" | "terminate"
>;

let current: WorkerHandle | undefined;

/** The page's worker; starts one when there is none or the last one died. */
export function currentWorker(): WorkerHandle {
  current ??= startWorker();
  return current;
}

function startWorker(): WorkerHandle {
  installErrorTransfer();
  if (typeof WebAssembly === "undefined" || typeof Worker === "undefined") {
    return deadHandle(
      new BridgeFailure(
        CODE_NO_WEBASSEMBLY,
        "This browser cannot run the SSH client: WebAssembly is missing or switched off. Use a current Chrome, Edge, Firefox or Safari, and allow WebAssembly for this site.",
        { detail: { reason: "missing" } },
      ),
    );
  }
  const handle = new LiveWorker(
    new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "porthole" }),
    () => {
      if (current === handle) {
        current = undefined;
      }
    },
  );
  return handle;
}

function deadHandle(failure: BridgeFailure): WorkerHandle {
  const ready = Promise.reject<undefined>(failure);
  ready.catch(() => undefined); // whoever awaits it gets the failure; nobody may
  const api = {} as Remote<WorkerApi>; // never called: ready rejects first
  return { api, ready, crashed: Promise.resolve(failure), guard: () => Promise.reject(failure) };
}

/** A worker and the calls that wait for it. */
export class LiveWorker implements WorkerHandle {
  readonly api: Remote<WorkerApi>;
  readonly ready: Promise<void>;
  readonly crashed: Promise<BridgeFailure>;

  readonly #worker: WorkerLike;
  readonly #onDeath: () => void;
  readonly #waiting = new Set<(failure: BridgeFailure) => void>();
  #failure: BridgeFailure | undefined;
  #isReady = false;
  #resolveCrashed!: (failure: BridgeFailure) => void;

  /** onDeath is called once, when the worker is of no more use. */
  constructor(worker: WorkerLike, onDeath: () => void) {
    this.#worker = worker;
    this.#onDeath = onDeath;
    this.crashed = new Promise((resolve) => {
      this.#resolveCrashed = resolve;
    });
    worker.addEventListener("error", (event) => {
      // An uncaught error in the worker: its script did not load, or the program trapped.
      this.#die("message" in event && event.message ? event.message : "the worker did not load");
    });
    this.api = wrap<WorkerApi>(worker);
    this.ready = this.guard(this.api.ready()).then(() => {
      this.#isReady = true;
    });
    this.ready.catch((error: unknown) => {
      this.#end(toFailure(error));
    });
    this.api.exited().then(
      (reason) => {
        this.#die(reason);
      },
      (error: unknown) => {
        this.#die(toFailure(error).message);
      },
    );
  }

  guard<T>(call: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#failure !== undefined) {
        call.catch(() => undefined);
        reject(this.#failure);
        return;
      }
      this.#waiting.add(reject);
      call.then(
        (value) => {
          this.#waiting.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          this.#waiting.delete(reject);
          reject(toFailure(error));
        },
      );
    });
  }

  #die(reason: string): void {
    this.#end(
      this.#isReady
        ? new BridgeFailure(
            CODE_INTERNAL,
            "The SSH client in this page stopped unexpectedly. Connect again; if it happens once more, reload the page.",
            { detail: { reason } },
          )
        : new BridgeFailure(
            CODE_NO_WEBASSEMBLY,
            "The SSH client could not be loaded. Check the network connection and reload the page.",
            { detail: { reason } },
          ),
    );
  }

  #end(failure: BridgeFailure): void {
    if (this.#failure !== undefined) {
      return;
    }
    this.#failure = failure;
    this.#onDeath();
    this.#worker.terminate();
    for (const reject of this.#waiting) {
      reject(failure);
    }
    this.#waiting.clear();
    this.#resolveCrashed(failure);
  }
}
