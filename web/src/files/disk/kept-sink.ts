/**
 * A download in a browser without a service worker: the file is made in the browser's own
 * storage (OPFS), in memory when there is none, and handed to the downloads when it is whole.
 */

import { BridgeFailure } from "../../bridge/failure.ts";
import { CODE_LOCAL_FULL } from "./codes.ts";
import { openHandleSink } from "./handle-sink.ts";
import type { Sink } from "./sink.ts";

/** The folder in OPFS. */
const keptFolder = "porthole-downloads";
/** How long a file stays after it was handed over, ms: the browser copies it. */
const keptMs = 600_000;
/** Bytes that may be held in memory where the browser stores nothing. */
const maxMemoryBytes = 256 * 1024 * 1024;

/** A sink whose file can be had when it is finished. */
export interface KeptSink extends Sink {
  file(): Promise<Blob>;
}

/** Opens one. */
export async function openKeptSink(name: string): Promise<KeptSink> {
  const id = crypto.randomUUID();
  let folder: FileSystemDirectoryHandle;
  let handle: FileSystemFileHandle;
  try {
    const root = await navigator.storage.getDirectory();
    folder = await root.getDirectoryHandle(keptFolder, { create: true });
    await sweep(folder);
    handle = await folder.getFileHandle(id, { create: true });
  } catch {
    return new MemorySink(name);
  }
  const release = hold(id);
  const remove = async (): Promise<void> => {
    await folder.removeEntry(id).catch(() => undefined); // the next download sweeps
    release();
  };
  const sink = await openHandleSink(handle, 0);
  return {
    get bytes() {
      return sink.bytes;
    },
    write: (data) => sink.write(data),
    finish: async () => {
      await sink.finish();
      setTimeout(() => void remove(), keptMs);
    },
    stop: async () => {
      await sink.stop(false);
      await remove();
    },
    file: () => handle.getFile(),
  };
}

/** Says to other tabs that the file is in use, as long as this worker lives. */
function hold(id: string): () => void {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  void navigator.locks.request(lockName(id), () => held);
  return release;
}

/** Removes what tabs that are gone have left behind. */
async function sweep(folder: FileSystemDirectoryHandle): Promise<void> {
  for await (const id of folder.keys()) {
    await navigator.locks.request(lockName(id), { ifAvailable: true }, async (lock) => {
      if (lock !== null) await folder.removeEntry(id);
    });
  }
}

function lockName(id: string): string {
  return `porthole-kept-${id}`;
}

class MemorySink implements KeptSink {
  readonly #name: string;
  #pieces: Blob[] = [];
  #bytes = 0;

  constructor(name: string) {
    this.#name = name;
  }

  get bytes(): number {
    return this.#bytes;
  }

  write(data: Uint8Array): Promise<void> {
    this.#bytes += data.byteLength;
    if (this.#bytes > maxMemoryBytes) {
      return Promise.reject<undefined>(
        new BridgeFailure(
          CODE_LOCAL_FULL,
          `“${this.#name}” is too large for a browser window that stores nothing. Open Porthole in an ordinary window and start the download there.`,
        ),
      );
    }
    this.#pieces.push(new Blob([data as Uint8Array<ArrayBuffer>]));
    return Promise.resolve();
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#pieces = [];
    return Promise.resolve();
  }

  file(): Promise<Blob> {
    return Promise.resolve(new Blob(this.#pieces));
  }
}
