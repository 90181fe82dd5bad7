/**
 * A download of the browser's own, over several connections. Such a target cannot be opened
 * again at an offset, so its stream stays open while connections come and go: the bytes pass
 * this thread, by transfer. Of a file, or of a tree as a zip.
 */

import { BridgeFailure, cancelled } from "../../bridge/failure.ts";
import { ITEM_BYTES } from "../../bridge/files.ts";
import type { FromDevice, ReaderWord, StreamItem } from "../../bridge/files.ts";
import type { DiskJob } from "../disk/types.ts";

/** What comes before the end. */
export type SpliceItem = StreamItem;

/** One target, and the streams that fill it one after the other. */
export class Splice<End> {
  readonly job: DiskJob<End>;
  /** Bytes that went to the disk's worker. */
  received = 0;
  /** The disk has ended it, well or not. */
  over = false;
  readonly #disk: MessagePort;
  /** Bytes that the disk has not given credit for. */
  #open = 0;
  /** Those of them that an earlier stream sent: its successor is not owed their credit. */
  #stale = 0;
  #device: MessagePort | null = null;

  /** start: begins the disk's job that reads from the port. */
  constructor(start: (port: MessagePort) => DiskJob<End>) {
    const { port1, port2 } = new MessageChannel();
    this.#disk = port1;
    port1.onmessage = ({ data }: MessageEvent<ReaderWord>) => {
      this.#fromDisk(data);
    };
    this.job = start(port2);
    const ended = (): void => {
      this.over = true;
      this.#device?.postMessage({ type: "cancel" } satisfies ReaderWord);
      port1.close();
    };
    this.job.done.then(ended, ended);
  }

  /**
   * Passes on one stream. Resolves when it reached its end, which the disk has not been
   * told; rejects when it broke or the disk gave up. wanted: false leaves an item out.
   */
  async feed(
    open: (port: MessagePort) => Promise<unknown>,
    signal: AbortSignal,
    wanted: (item: SpliceItem) => boolean = ({ type }) => type === "data",
  ): Promise<void> {
    if (this.over) return;
    signal.throwIfAborted();
    const { port1, port2 } = new MessageChannel();
    this.#device = port1;
    this.#stale = this.#open;
    let stop = (): void => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        stop = () => {
          reject(cancelled());
        };
        port1.onmessage = ({ data }: MessageEvent<FromDevice>) => {
          if (data.type === "end") resolve();
          else if (data.type === "failed") reject(new BridgeFailure(data.code, data.message));
          else {
            for (const item of data.type === "items" ? data.items : [data]) {
              if (wanted(item)) this.give(item);
              else this.#credit(sizeOf(item));
            }
          }
        };
        signal.addEventListener("abort", stop, { once: true });
        this.job.done.then(() => {
          resolve();
        }, reject);
        open(port2).catch(reject);
      });
    } finally {
      signal.removeEventListener("abort", stop);
      port1.postMessage({ type: "cancel" } satisfies ReaderWord);
      port1.onmessage = null;
      this.#device = null;
      port1.close();
    }
  }

  /** Tells the disk that this is all. */
  end(): Promise<End> {
    if (!this.over) this.#disk.postMessage({ type: "end" } satisfies FromDevice);
    return this.job.done;
  }

  /** Gives up: the browser shows a download that failed. */
  drop(): void {
    this.job.done.catch(() => undefined);
    this.job.cancel();
  }

  /** Hands an item to the disk. */
  give(item: SpliceItem): void {
    if (this.over) return;
    const bytes = sizeOf(item);
    this.#open += bytes;
    if (item.type === "data") this.received += bytes;
    this.#disk.postMessage(item, item.type === "data" ? [item.data] : []);
  }

  #credit(bytes: number): void {
    this.#device?.postMessage({ type: "credit", bytes } satisfies ReaderWord);
  }

  #fromDisk(word: ReaderWord): void {
    if (word.type === "cancel") {
      this.#device?.postMessage(word);
      return;
    }
    this.#open -= word.bytes;
    const stale = Math.min(this.#stale, word.bytes);
    this.#stale -= stale;
    if (word.bytes > stale) this.#credit(word.bytes - stale);
  }
}

/** What an item counts for in the window. */
function sizeOf(item: SpliceItem): number {
  return item.type === "data" ? item.data.byteLength : ITEM_BYTES;
}
