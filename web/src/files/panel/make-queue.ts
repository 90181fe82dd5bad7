/** The queue of transfers of one device, with the page's one disk worker. */

import type { FileLimits } from "../../bridge/files.ts";
import { createDisk } from "../disk/disk.ts";
import type { Disk } from "../disk/types.ts";
import { TransferReports } from "../report.ts";
import { FileQueue } from "../transfers/queue.ts";
import { BrowserRecords } from "../transfers/records.ts";
import type { TransferEvent, TransferQueue } from "../transfers/types.ts";

/** What a gateway is told of transfers; null without a gateway: nothing. */
export interface Reporting {
  readonly logPaths: boolean;
}

let disk: Disk | null = null;

/** Whose transfers, and what is told of them. */
export interface QueueScope {
  readonly tenant: string;
  readonly principal: string;
  readonly deviceId: string;
  readonly limits: FileLimits;
  readonly reporting: Reporting | null;
  /** The connection's name in the gateway's log; "" when there was none yet. */
  readonly reference: () => string;
  /** The SHA-256 of a file of the device; null when it cannot tell. */
  readonly hash: (path: string) => Promise<string | null>;
}

/** A new queue; its reports are sent also while the page goes away. */
export function makeQueue(scope: QueueScope): {
  queue: TransferQueue;
  flush: () => void;
  /** Tells of a transfer that was none of the queue's. */
  report: (event: TransferEvent) => void;
} {
  disk ??= createDisk();
  const reports = scope.reporting === null ? null : new TransferReports(scope.reporting.logPaths);
  const report = (event: TransferEvent): void => {
    const reference = scope.reference();
    if (reference === "" || reports === null) return;
    const { result, files, sha256, path } = event;
    // Both sides were compared piece by piece: the whole one's hash is the device's to make.
    const asks = scope.reporting?.logPaths === true && result === "done";
    if (!asks || sha256 !== "" || files !== 1) {
      reports.finished(reference, event);
      return;
    }
    void scope
      .hash(path)
      .catch(() => null)
      .then((hash) => {
        reports.finished(reference, { ...event, sha256: hash ?? "" });
      });
  };
  const queue = new FileQueue({
    ...{ disk, limits: scope.limits, records: new BrowserRecords(), report },
    device: JSON.stringify([scope.tenant, scope.principal, scope.deviceId]),
  });
  return { queue, flush: () => reports?.flush(), report };
}
