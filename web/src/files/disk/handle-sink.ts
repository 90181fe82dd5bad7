/**
 * A file of the person's disk. Browsers write into a copy that replaces the file when it is
 * closed: so it is closed and opened again from time to time, or a reload would lose all.
 */

import { BridgeFailure } from "../../bridge/failure.ts";
import { CODE_CHANGED, writeFailure } from "./codes.ts";
import type { Sink } from "./sink.ts";

/** Bytes written at once: each write is a call into another process. */
const batchBytes = 1024 * 1024;
/**
 * Bytes at which the file is closed and opened again first; then at twice as many, and so on.
 * Opening copies what is there: all copying together stays below twice the size of the file.
 */
const firstCheckpointBytes = 64 * 1024 * 1024;

/** Opens a file to go on at an offset: what is there up to it stays. */
export async function openHandleSink(handle: FileSystemFileHandle, at: number): Promise<Sink> {
  try {
    if (at > 0 && (await handle.getFile()).size < at) {
      throw new BridgeFailure(
        CODE_CHANGED,
        `“${handle.name}” on this computer is shorter than it was. Start its download again.`,
      );
    }
    const sink = new HandleSink(handle, at);
    await sink.open();
    return sink;
  } catch (error) {
    throw writeFailure(error, handle.name);
  }
}

class HandleSink implements Sink {
  readonly #handle: FileSystemFileHandle;
  #writable: FileSystemWritableFileStream | undefined;
  #bytes: number;
  /** Bytes that are in the batch only. */
  #filled = 0;
  #batch: Uint8Array<ArrayBuffer> = new Uint8Array(batchBytes);
  #spare: Uint8Array<ArrayBuffer> = new Uint8Array(batchBytes);
  #writing: Promise<void> = Promise.resolve();
  #checkpoint: number;

  constructor(handle: FileSystemFileHandle, at: number) {
    this.#handle = handle;
    this.#bytes = at;
    this.#checkpoint = Math.max(firstCheckpointBytes, 2 * at);
  }

  get bytes(): number {
    return this.#bytes - this.#filled;
  }

  async open(): Promise<void> {
    const at = this.#bytes - this.#filled;
    const writable = await this.#handle.createWritable({ keepExistingData: at > 0 });
    this.#writable = writable;
    if (at > 0) {
      await writable.truncate(at);
      await writable.seek(at);
    }
  }

  async write(data: Uint8Array): Promise<void> {
    try {
      for (let from = 0; from < data.byteLength;) {
        const piece = data.subarray(from, from + batchBytes - this.#filled);
        this.#batch.set(piece, this.#filled);
        this.#filled += piece.byteLength;
        this.#bytes += piece.byteLength;
        from += piece.byteLength;
        if (this.#filled === batchBytes) {
          await this.#flush();
        }
      }
      if (this.#bytes - this.#filled >= this.#checkpoint) {
        await this.#close();
        this.#checkpoint = 2 * this.#bytes;
        await this.open();
      }
    } catch (error) {
      throw writeFailure(error, this.#handle.name);
    }
  }

  async finish(): Promise<void> {
    try {
      await this.#flush();
      await this.#close();
    } catch (error) {
      throw writeFailure(error, this.#handle.name);
    }
  }

  async stop(keep: boolean): Promise<void> {
    try {
      if (keep) {
        await this.#flush().catch(() => undefined); // what was written before it stays
        await this.#close();
      } else {
        await this.#writing.catch(() => undefined);
        await this.#writable?.abort();
      }
    } catch {
      // The disk is full or gone: what the last checkpoint wrote is what there is.
    }
  }

  /** Hands the batch over; the one before it must be through. */
  async #flush(): Promise<void> {
    await this.#writing;
    const full = this.#batch.subarray(0, this.#filled);
    if (full.byteLength === 0 || this.#writable === undefined) {
      return;
    }
    this.#writing = this.#writable.write(full);
    this.#writing.catch(() => undefined); // the next flush or close tells
    [this.#batch, this.#spare] = [this.#spare, this.#batch];
    this.#filled = 0;
  }

  async #close(): Promise<void> {
    const writable = this.#writable;
    this.#writable = undefined;
    try {
      await this.#writing;
    } finally {
      await writable?.close();
    }
  }
}
