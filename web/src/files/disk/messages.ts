/** What the page and the disk worker say to each other, beside the ports that carry bytes. */

import type { DiskEnd, TreeFault, TreeGo, TreeProgress } from "./types.ts";

/** Number of a job; given out by the page. */
export type JobID = number;

/** Where one file goes, as the worker needs it. */
export type WorkerTarget =
  | { kind: "handle"; handle: FileSystemFileHandle }
  /** A stream of the service worker at that URL. */
  | { kind: "stream"; name: string; size: number | null }
  /** A file of OPFS that the page saves at the end: there is no service worker. */
  | { kind: "kept"; name: string; size: number | null };

/** See TreeTarget of types.ts. */
export type WorkerTreeTarget =
  { kind: "folder"; handle: FileSystemDirectoryHandle } | { kind: "zip"; to: WorkerTarget };

/** Page → disk worker. */
export type ToDisk =
  | { type: "save"; job: JobID; port: MessagePort; target: WorkerTarget; at: number }
  | {
      type: "tree";
      job: JobID;
      port: MessagePort;
      target: WorkerTreeTarget;
      go: TreeGo;
    }
  | { type: "send"; job: JobID; blob: Blob; port: MessagePort; at: number }
  | { type: "hash"; job: JobID; blob: Blob; length: number }
  | { type: "cancel"; job: JobID; keep: boolean };

/** How a tree ended. */
export interface TreeEnd {
  files: number;
  bytes: number;
  skipped: number;
  faults: TreeFault[];
}

/** How a job ended well. */
export type JobEnd = DiskEnd | TreeEnd | string;

/** Disk worker → page. */
export type FromDisk =
  | { type: "progress"; job: JobID; progress: number | TreeProgress }
  /** The bytes of a stream wait on the port: for the service worker (dl/protocol.ts). */
  | { type: "stream"; job: JobID; name: string; size: number | null; port: MessagePort }
  /** The service worker must stay awake. */
  | { type: "awake"; job: JobID }
  /** A file that is whole: for the browser's downloads. */
  | { type: "kept"; job: JobID; name: string; file: Blob }
  | { type: "done"; job: JobID; end: JobEnd }
  | { type: "failed"; job: JobID; code: string; message: string };
