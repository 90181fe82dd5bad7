/** The person's disk in memory: what saves and sends over real ports. */

import { UPLOAD_WINDOW_BYTES } from "../src/bridge/files.ts";
import type { FromDevice, ToDevice, WriterWord } from "../src/bridge/files.ts";
import { BridgeFailure, cancelled, toFailure } from "../src/bridge/failure.ts";
import type { Disk, DiskEnd, DiskJob, SaveTarget } from "../src/files/disk/types.ts";
import { digest } from "./digest.ts";
import { PIECE } from "./fake-device.ts";
import type { FakeHandle } from "./fake-handles.ts";

/** {@link Disk} over fake handles; what goes to the browser is kept by name. */
export class FakeDisk implements Disk {
  /** The browser's downloads; null while one is not complete. */
  readonly downloads = new Map<string, Uint8Array | null>();
  /** Bytes that the person's disk still takes. */
  space = Infinity;
  /** Changes what is hashed: a disk that fails. */
  spoil = (hash: string): string => hash;
  /** Bytes that were sent to devices. */
  sent = 0;
  /** The person ends the browser's download. */
  endDownload: () => void = () => undefined;

  save(
    port: MessagePort,
    target: SaveTarget,
    at: number,
    progress: (bytes: number) => void,
  ): DiskJob {
    const pieces: Uint8Array[] = [];
    const handle = target.kind === "handle" ? (target.handle as unknown as FakeHandle) : null;
    if (target.kind === "browser") this.downloads.set(target.name, null);
    if (handle !== null) pieces.push(handle.data.slice(0, at));
    const flush = (): Uint8Array<ArrayBuffer> => {
      const all = new Uint8Array(Buffer.concat(pieces));
      if (handle !== null) handle.data = all;
      return all;
    };
    let bytes = at;
    const made = job<DiskEnd>(port, flush, (word: FromDevice, settle) => {
      if (word.type === "failed") settle.fail(new BridgeFailure(word.code, word.message));
      if (word.type === "data") {
        this.space -= word.data.byteLength;
        if (this.space < 0) {
          settle.fail(new BridgeFailure("local_full", "There is no room left on this computer."));
          return;
        }
        pieces.push(new Uint8Array(word.data));
        bytes += word.data.byteLength;
        port.postMessage({ type: "credit", bytes: word.data.byteLength });
        progress(bytes);
      }
      if (word.type === "end") {
        const all = flush();
        if (target.kind === "browser") this.downloads.set(target.name, all);
        settle.done({ bytes: bytes - at, digest: this.spoil(digest(all)) });
      }
    });
    if (target.kind === "browser") this.endDownload = made.cancel;
    return made;
  }

  saveTree(): DiskJob<never> {
    throw new Error("trees are for tree-world.ts");
  }

  send(blob: Blob, port: MessagePort, at: number, progress: (bytes: number) => void): DiskJob {
    let [next, open] = [at, UPLOAD_WINDOW_BYTES];
    let over = false;
    const step = async (settle: Settle<DiskEnd>): Promise<void> => {
      while (open > 0 && next < blob.size && !over) {
        const from = next;
        next = Math.min(blob.size, from + PIECE);
        open -= next - from;
        try {
          const data = await blob.slice(from, next).arrayBuffer();
          this.sent += data.byteLength;
          port.postMessage({ type: "data", data } satisfies ToDevice);
        } catch (thrown) {
          settle.fail(toFailure(thrown));
        }
      }
      if (next >= blob.size && !over) {
        over = true;
        port.postMessage({ type: "end" } satisfies ToDevice);
      }
    };
    let running = Promise.resolve();
    const made = job<DiskEnd>(
      port,
      () => undefined,
      (word: WriterWord, settle) => {
        if (word.type === "credit") {
          open += word.bytes;
          running = running.then(() => step(settle));
        }
        if (word.type === "confirmed") progress(word.offset);
        if (word.type === "failed") {
          over = true;
          settle.fail(new BridgeFailure(word.code, word.message));
        }
        if (word.type === "done") {
          void blob.arrayBuffer().then((all) => {
            settle.done({ bytes: blob.size - at, digest: this.spoil(digest(new Uint8Array(all))) });
          });
        }
      },
    );
    const cancel = made.cancel.bind(made);
    made.cancel = () => {
      over = true;
      cancel();
    };
    running = running.then(() => step(made.settle));
    return made;
  }

  hash(blob: Blob, length: number): DiskJob<string> {
    const done = blob
      .slice(0, length)
      .arrayBuffer()
      .then((data) => digest(new Uint8Array(data)));
    return { done, cancel: () => undefined };
  }
}

interface Settle<End> {
  done: (end: End) => void;
  fail: (failure: Error) => void;
}

function job<End>(
  port: MessagePort,
  flush: () => unknown,
  heard: (word: never, settle: Settle<End>) => void,
): Omit<DiskJob<End>, "cancel"> & { cancel: () => void; settle: Settle<End> } {
  let settle: Settle<End> = { done: () => undefined, fail: () => undefined };
  const done = new Promise<End>((resolve, reject) => {
    const over = (): void => {
      port.onmessage = null;
      setImmediate(() => {
        port.close();
      });
    };
    settle = {
      done: (end) => {
        over();
        resolve(end);
      },
      fail: (failure) => {
        flush();
        port.postMessage({ type: "cancel" });
        over();
        reject(failure);
      },
    };
  });
  done.catch(() => undefined);
  port.onmessage = (event: MessageEvent) => {
    heard(event.data as never, settle);
  };
  const cancel = (): void => {
    settle.fail(cancelled());
  };
  return { done, cancel, settle };
}
