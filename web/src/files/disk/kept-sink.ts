/**
 * A download in a browser without a service worker: the file is made in the browser's own
 * storage (OPFS), in memory when there is none, and handed to the downloads when it is whole.
 */

import { BridgeFailure } from "../../bridge/failure.ts";
import { CODE_LOCAL_FULL, writeFailure } from "./codes.ts";
import { newKeptFile, type KeptFile } from "./kept-folder.ts";
import type { Sink } from "./sink.ts";

/** How long a file stays after it was handed over, ms: the browser copies it. */
const keptMs = 600_000;
/** Bytes that may be held in memory where the browser stores nothing. */
const maxMemoryBytes = 256 * 1024 * 1024;

/** A sink whose file can be had when it is finished. */
export interface KeptSink extends Sink {
  file(): Promise<Blob>;
}

/** Opens one. size: bytes that are to come, null when unknown. */
export async function openKeptSink(name: string, size: number | null): Promise<KeptSink> {
  try {
    return await openStored(name);
  } catch {
    if (size !== null && size > maxMemoryBytes) throw tooLarge(name);
    return new MemorySink(name);
  }
}

/** FileSystemSyncAccessHandle, which only workers have: no type of the page's library. */
interface Access {
  write(data: Uint8Array, options: { at: number }): number;
  flush(): void;
  close(): void;
}

async function openStored(name: string): Promise<KeptSink> {
  const kept = await newKeptFile();
  try {
    const handle = kept.handle as unknown as { createSyncAccessHandle(): Promise<Access> };
    return new StoredSink(name, kept, await handle.createSyncAccessHandle());
  } catch (error) {
    await kept.remove();
    throw error;
  }
}

/** A file of OPFS, written in place: it takes its room once. */
class StoredSink implements KeptSink {
  readonly #name: string;
  readonly #kept: KeptFile;
  readonly #access: Access;
  #bytes = 0;

  constructor(name: string, kept: KeptFile, access: Access) {
    this.#name = name;
    this.#kept = kept;
    this.#access = access;
  }

  get bytes(): number {
    return this.#bytes;
  }

  write(data: Uint8Array): Promise<void> {
    try {
      const written = this.#access.write(data, { at: this.#bytes });
      // Fewer, or, in Chromium's private windows, 2^32 less a number of an error.
      if (written !== data.byteLength) throw new DOMException("", "QuotaExceededError");
      this.#bytes += written;
      return Promise.resolve();
    } catch (error) {
      return Promise.reject<undefined>(storeFailure(error, this.#name));
    }
  }

  finish(): Promise<void> {
    try {
      this.#access.flush();
      this.#access.close();
    } catch (error) {
      return Promise.reject<undefined>(storeFailure(error, this.#name));
    }
    setTimeout(() => void this.#kept.remove(), keptMs);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#access.close();
    await this.#kept.remove();
  }

  file(): Promise<Blob> {
    return this.#kept.handle.getFile();
  }
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
    if (this.#bytes > maxMemoryBytes) return Promise.reject<undefined>(tooLarge(this.#name));
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

/** Nothing of it is kept, so nothing can be resumed. */
function storeFailure(error: unknown, name: string): BridgeFailure {
  const failure = writeFailure(error, name);
  if (failure.code !== CODE_LOCAL_FULL) return failure;
  return new BridgeFailure(
    CODE_LOCAL_FULL,
    `The browser has no room left for “${name}”, which it has to store before it saves it. Free some space on this computer, then start the download again.`,
    { cause: error },
  );
}

function tooLarge(name: string): BridgeFailure {
  return new BridgeFailure(
    CODE_LOCAL_FULL,
    `“${name}” is too large for a browser window that stores nothing. Open Porthole in an ordinary window and start the download there.`,
  );
}
