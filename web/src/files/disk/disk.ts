/** The page's half of the disk: starts the worker, and hands over jobs. */

import { BridgeFailure, CODE_INTERNAL } from "../../bridge/failure.ts";
import { BrowserDownloads } from "./browser-downloads.ts";
import type { FromDisk, JobEnd, JobID, ToDisk, TreeEnd, WorkerTarget } from "./messages.ts";
import type {
  Disk,
  DiskEnd,
  DiskJob,
  SaveTarget,
  TreeGo,
  TreeProgress,
  TreeTarget,
} from "./types.ts";

/** The part of Worker that is needed, so that tests can hand in a MessagePort's twin. */
export type DiskWorker = Pick<Worker, "postMessage" | "addEventListener" | "terminate">;

/** One disk for all transfers of the page. */
export function createDisk(): Disk {
  return new PageDisk(
    () =>
      new Worker(new URL("./disk-worker.ts", import.meta.url), {
        type: "module",
        name: "porthole-disk",
      }),
    new BrowserDownloads(),
  );
}

interface Job {
  progress: (progress: never) => void;
  resolve: (end: JobEnd) => void;
  reject: (failure: BridgeFailure) => void;
}

/** See {@link Disk}. */
export class PageDisk implements Disk {
  readonly #start: () => DiskWorker;
  readonly #downloads: BrowserDownloads;
  readonly #jobs = new Map<JobID, Job>();
  #worker: DiskWorker | undefined;
  #last: JobID = 0;

  constructor(start: () => DiskWorker, downloads: BrowserDownloads) {
    this.#start = start;
    this.#downloads = downloads;
  }

  save(
    port: MessagePort,
    target: SaveTarget,
    at: number,
    progress: (bytes: number) => void,
  ): DiskJob {
    return this.#run<DiskEnd>(progress, [port], async (job) => ({
      ...{ type: "save", job, port, target: await this.#target(target) },
      at: target.kind === "browser" ? 0 : at,
    }));
  }

  saveTree(
    port: MessagePort,
    target: TreeTarget,
    go: TreeGo,
    progress: (progress: TreeProgress) => void,
  ): DiskJob<TreeEnd> {
    return this.#run<TreeEnd>(progress, [port], async (job) => ({
      ...{ type: "tree", job, port, go },
      target:
        target.kind === "folder" ? target : { kind: "zip", to: await this.#target(target.to) },
    }));
  }

  send(blob: Blob, port: MessagePort, at: number, progress: (bytes: number) => void): DiskJob {
    return this.#run<DiskEnd>(progress, [port], (job) =>
      Promise.resolve({ type: "send", job, blob, port, at }),
    );
  }

  hash(blob: Blob, length: number): DiskJob<string> {
    return this.#run<string>(
      () => undefined,
      [],
      (job) => Promise.resolve({ type: "hash", job, blob, length }),
    );
  }

  async #target(target: SaveTarget): Promise<WorkerTarget> {
    if (target.kind === "handle") {
      return { kind: "handle", handle: target.handle };
    }
    const { name, size } = target;
    return { kind: (await this.#downloads.ready()) ? "stream" : "kept", name, size };
  }

  #run<End extends JobEnd>(
    progress: (progress: never) => void,
    transfer: MessagePort[],
    make: (job: JobID) => Promise<ToDisk>,
  ): DiskJob<End> {
    this.#last += 1;
    const job = this.#last;
    const done = new Promise<End>((resolve, reject) => {
      this.#jobs.set(job, {
        progress,
        resolve: resolve as Job["resolve"],
        reject,
      });
    });
    done.catch(() => undefined); // whoever awaits it gets the failure; nobody may
    let cancelled: boolean | null = null;
    void make(job).then(
      (message) => {
        this.#post(message, transfer);
        if (cancelled !== null) this.#post({ type: "cancel", job, keep: cancelled });
      },
      (error: unknown) => {
        this.#end(job)?.reject(internal(error));
      },
    );
    return {
      done,
      cancel: (keep = true) => {
        cancelled = keep;
        if (this.#jobs.has(job)) this.#post({ type: "cancel", job, keep });
      },
    };
  }

  #post(message: ToDisk, transfer: MessagePort[] = []): void {
    this.#worker ??= this.#launch();
    this.#worker.postMessage(message, transfer);
  }

  #launch(): DiskWorker {
    const worker = this.#start();
    worker.addEventListener("message", (event) => {
      this.#receive((event as MessageEvent<FromDisk>).data);
    });
    worker.addEventListener("error", (event) => {
      // Its script did not load, or it ended by a fault of ours: the next job starts another.
      if (this.#worker === worker) this.#worker = undefined;
      worker.terminate();
      const failure = internal("message" in event ? event.message : "");
      for (const id of [...this.#jobs.keys()]) this.#end(id)?.reject(failure);
    });
    return worker;
  }

  #receive(message: FromDisk): void {
    const { job } = message;
    switch (message.type) {
      case "progress":
        this.#jobs.get(job)?.progress(message.progress as never);
        break;
      case "stream":
        this.#downloads.start(job, message, (failure) => {
          this.#end(job)?.reject(failure);
          this.#post({ type: "cancel", job, keep: true });
        });
        break;
      case "awake":
        this.#downloads.wake();
        break;
      case "kept":
        this.#downloads.hand(message.name, message.file);
        break;
      case "done":
        this.#end(job)?.resolve(message.end);
        break;
      case "failed":
        this.#end(job)?.reject(new BridgeFailure(message.code, message.message));
        break;
    }
  }

  #end(id: JobID): Job | undefined {
    const job = this.#jobs.get(id);
    this.#jobs.delete(id);
    this.#downloads.ended(id);
    return job;
  }
}

function internal(cause: unknown): BridgeFailure {
  return new BridgeFailure(
    CODE_INTERNAL,
    "The part of this page that reads and writes files stopped unexpectedly. Try again; if it happens once more, reload the page.",
    { cause },
  );
}
