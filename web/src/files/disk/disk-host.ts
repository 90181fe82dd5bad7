/** The worker's half of the disk: runs the page's jobs. Knows no worker globals, for tests. */

import { cancelled, toFailure } from "../../bridge/failure.ts";
import { openHandleSink } from "./handle-sink.ts";
import { Hasher, hashBlob } from "./hasher.ts";
import { openKeptSink } from "./kept-sink.ts";
import type { KeptSink } from "./kept-sink.ts";
import type { FromDisk, JobEnd, JobID, ToDisk, WorkerTarget } from "./messages.ts";
import { readFailure } from "./codes.ts";
import { DISCARDED, save } from "./save.ts";
import { send } from "./send.ts";
import type { Sink } from "./sink.ts";
import { StreamSink } from "./stream-sink.ts";
import { saveTree } from "./tree.ts";

type Post = (message: FromDisk, transfer?: Transferable[]) => void;

/** See the head of this file. */
export class DiskHost {
  readonly #jobs = new Map<JobID, AbortController>();
  readonly #post: Post;
  readonly #caseless: boolean;

  /** caseless: the person's system takes "a" and "A" for one file. */
  constructor(post: Post, caseless: boolean) {
    this.#post = post;
    this.#caseless = caseless;
  }

  receive(message: ToDisk): void {
    if (message.type === "cancel") {
      this.#jobs.get(message.job)?.abort(message.keep ? cancelled() : DISCARDED);
      return;
    }
    const { job } = message;
    const abort = new AbortController();
    this.#jobs.set(job, abort);
    this.#run(message, abort)
      .then(
        (end) => {
          this.#post({ type: "done", job, end });
        },
        (error: unknown) => {
          const { code, message: sentence } = toFailure(error);
          this.#post({ type: "failed", job, code, message: sentence });
        },
      )
      .finally(() => this.#jobs.delete(job));
  }

  #run(message: Exclude<ToDisk, { type: "cancel" }>, abort: AbortController): Promise<JobEnd> {
    const { job } = message;
    const { signal } = abort;
    const tell = (progress: Extract<FromDisk, { type: "progress" }>["progress"]): void => {
      this.#post({ type: "progress", job, progress });
    };
    switch (message.type) {
      case "save": {
        const { port, target, at } = message;
        const destination = this.#destination(job, target, at, abort);
        const before =
          target.kind === "handle" && at > 0
            ? { file: () => target.handle.getFile(), length: at }
            : null;
        return save({ port, open: destination, before, signal, progress: tell });
      }
      case "tree": {
        const { port, target, go } = message;
        const place =
          target.kind === "folder"
            ? target
            : { ...target, open: this.#destination(job, target.to, 0, abort) };
        return saveTree({ port, place, go, caseless: this.#caseless, signal, progress: tell });
      }
      case "send":
        return send(message.blob, message.port, message.at, tell, signal);
      case "hash":
        return hash(message.blob, message.length, signal);
    }
  }

  /** How the target is opened. A browser's download that ends by itself ends the job. */
  #destination(
    job: JobID,
    target: WorkerTarget,
    at: number,
    abort: AbortController,
  ): () => Promise<Sink> {
    switch (target.kind) {
      case "handle":
        return () => openHandleSink(target.handle, at);
      case "stream":
        return () => {
          const { port1, port2 } = new MessageChannel();
          const { name, size } = target;
          const awake = (): void => {
            this.#post({ type: "awake", job });
          };
          const sink = new StreamSink(port1, awake, abort);
          this.#post({ type: "stream", job, name, size, port: port2 }, [port2]);
          return Promise.resolve(sink);
        };
      case "kept":
        return async () => {
          return this.#handing(job, target.name, await openKeptSink(target.name, target.size));
        };
    }
  }

  /** The sink, handing its file to the page when it is whole. */
  #handing(job: JobID, name: string, sink: KeptSink): Sink {
    return {
      get bytes() {
        return sink.bytes;
      },
      write: (data) => sink.write(data),
      stop: () => sink.stop(false),
      finish: async () => {
        await sink.finish();
        this.#post({ type: "kept", job, name, file: await sink.file() });
      },
    };
  }
}

async function hash(blob: Blob, length: number, signal: AbortSignal): Promise<string> {
  const hasher = new Hasher();
  try {
    await hashBlob(hasher, blob, Math.min(length, blob.size), signal);
  } catch (error) {
    throw signal.aborted
      ? signal.reason
      : readFailure(error, blob instanceof File ? blob.name : "");
  }
  return hasher.digest();
}
