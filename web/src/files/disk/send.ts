/** A file of the person into an upload's port, hashed on its way. */

import { BridgeFailure } from "../../bridge/failure.ts";
import { UPLOAD_WINDOW_BYTES } from "../../bridge/files.ts";
import type { ToDevice, WriterWord } from "../../bridge/files.ts";
import { readFailure } from "./codes.ts";
import { Hasher, READ_BYTES, hashBlob } from "./hasher.ts";
import type { DiskEnd } from "./types.ts";

/** Bytes of one message. */
const pieceBytes = 256 * 1024;

/** Sends a Blob from at on; progress hears what the device has confirmed. */
export async function send(
  blob: Blob,
  port: MessagePort,
  at: number,
  progress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<DiskEnd> {
  const writer = new Writer(port, at, progress, signal);
  const name = blob instanceof File ? blob.name : "";
  try {
    const hasher = new Hasher();
    try {
      await hashBlob(hasher, blob, at, signal);
      let ahead = read(blob, at);
      for (let offset = at; offset < blob.size; offset += READ_BYTES) {
        const buffer = await ahead;
        ahead = read(blob, offset + READ_BYTES);
        ahead.catch(() => undefined); // looked at in the next round
        await hasher.update(new Uint8Array(buffer));
        await writer.write(buffer);
      }
      await ahead;
    } catch (error) {
      throw signal.aborted ? error : readFailure(error, name);
    }
    await writer.finish();
    return { bytes: blob.size - at, digest: await hasher.digest() };
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    writer.close();
  }
}

function read(blob: Blob, offset: number): Promise<ArrayBuffer> {
  return blob.slice(offset, offset + READ_BYTES).arrayBuffer();
}

/** The writing end of an upload's port. */
class Writer {
  readonly #port: MessagePort;
  readonly #signal: AbortSignal;
  #window = UPLOAD_WINDOW_BYTES;
  #done = false;
  #failure: BridgeFailure | undefined;
  #wake: (() => void) | undefined;

  constructor(
    port: MessagePort,
    at: number,
    progress: (bytes: number) => void,
    signal: AbortSignal,
  ) {
    this.#port = port;
    this.#signal = signal;
    progress(at);
    port.onmessage = (event: MessageEvent<WriterWord>): void => {
      const word = event.data;
      switch (word.type) {
        case "credit":
          this.#window += word.bytes;
          break;
        case "confirmed":
          progress(word.offset);
          break;
        case "done":
          this.#done = true;
          break;
        case "failed":
          this.#failure = new BridgeFailure(word.code, word.message);
          break;
      }
      this.#wake?.();
    };
    signal.addEventListener("abort", () => this.#wake?.());
  }

  async write(buffer: ArrayBuffer): Promise<void> {
    for (let from = 0; from < buffer.byteLength; from += pieceBytes) {
      await this.#until(() => this.#window > 0);
      const data = buffer.slice(from, from + pieceBytes);
      this.#window -= data.byteLength;
      this.#port.postMessage({ type: "data", data } satisfies ToDevice, [data]);
    }
  }

  async finish(): Promise<void> {
    this.#port.postMessage({ type: "end" } satisfies ToDevice);
    await this.#until(() => this.#done);
  }

  /** Lets go of the port; ends the upload when it has not ended. */
  close(): void {
    if (!this.#done && this.#failure === undefined) {
      this.#port.postMessage({ type: "cancel" } satisfies ToDevice);
    }
    this.#port.onmessage = null;
    this.#port.close();
  }

  async #until(holds: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      this.#signal.throwIfAborted();
      if (holds()) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
