/** Tells the gateway that transfers have finished. Nothing waits for it, and it never fails. */

import { reportEvent } from "../platform/client.ts";
import type { TransferEvent } from "../platform/types.ts";

/** What the page knows of a transfer at its end. */
export interface FinishedTransfer {
  readonly direction: TransferEvent["direction"];
  readonly result: TransferEvent["result"];
  readonly bytes: number;
  /** Of a folder; else 1. */
  readonly files?: number;
  /** On the device, absolute. */
  readonly path: string;
  /** Lower-case hex, "" when it is not known. */
  readonly sha256: string;
}

/** The gateway takes ten a second of a connection, 20 at once, and other parts report too. */
const AT_ONCE = 8;
const INTERVAL_MS = 1000;
/** Beyond, those with a path are counted together as well. */
const MAX_WAITING = 100;

interface Waiting {
  readonly reference: string;
  event: TransferEvent;
}

/**
 * The reports of one device. Many small files that finish at once are counted together;
 * paths and hashes leave the page only where the gateway logs them.
 */
export class TransferReports {
  readonly #logPaths: boolean;
  readonly #send: typeof reportEvent;
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(logPaths: boolean, send = reportEvent) {
    this.#logPaths = logPaths;
    this.#send = send;
  }

  /** reference: under which the gateway knows the connection (SocketQuery). */
  finished(reference: string, transfer: FinishedTransfer): void {
    const { direction, result, bytes, files = 1 } = transfer;
    const alone = this.#logPaths && this.#waiting.length < MAX_WAITING;
    const like = alone ? undefined : this.#like(reference, transfer);
    if (like) {
      const sum = { bytes: like.event.bytes + bytes, files: like.event.files + files };
      like.event = { ...like.event, ...sum };
    } else {
      const { path, sha256 } = transfer;
      const named = alone ? { path, ...(sha256 === "" ? {} : { sha256 }) } : {};
      const at = new Date().toISOString();
      const type = "transfer_finished";
      this.#waiting.push({
        reference,
        event: { type, direction, result, bytes, files, ...named, at },
      });
    }
    if (this.#timer === undefined) this.#next();
  }

  /** Sends what waits: the page goes away. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sendFirst(this.#waiting.length);
  }

  #like(reference: string, { direction, result }: FinishedTransfer): Waiting | undefined {
    return this.#waiting.find(
      ({ reference: of, event }) =>
        of === reference &&
        event.direction === direction &&
        event.result === result &&
        event.path === undefined,
    );
  }

  #next(): void {
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    this.#sendFirst(AT_ONCE);
    this.#timer = setTimeout(() => {
      this.#next();
    }, INTERVAL_MS);
  }

  #sendFirst(count: number): void {
    for (const { reference, event } of this.#waiting.splice(0, count)) this.#send(reference, event);
  }
}
