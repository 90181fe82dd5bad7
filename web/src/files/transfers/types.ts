/** Transfers as the panel and the tray see them. */

import type { FileEntry } from "../../bridge/files.ts";
import type { ConflictRule, TreeFault } from "../disk/types.ts";

export type { ConflictRule, TreeFault } from "../disk/types.ts";

export type TransferState =
  | "queued"
  | "running"
  | "paused"
  /** The connection went; it goes on by itself with the next one. */
  | "waiting"
  /** Needs the person: a conflict, a permission click, the same file again. */
  | "asking"
  | "done"
  | "failed"
  | "cancelled";

/** One file or tree on its way. A snapshot; a new one comes with each change. */
export interface Transfer {
  readonly id: string;
  readonly direction: "download" | "upload";
  readonly kind: "file" | "tree";
  /** Last element of the path. */
  readonly name: string;
  /** On the device, absolute. */
  readonly path: string;
  readonly state: TransferState;
  readonly bytes: number;
  /** null when unknown. */
  readonly total: number | null;
  /** Files of a tree that are through, and of how many (null: unknown). */
  readonly files: number;
  readonly filesTotal: number | null;
  /** Bytes a second, over the last seconds; null while unknown. */
  readonly rate: number | null;
  /** Milliseconds; null while unknown. */
  readonly leftMs: number | null;
  /** A sentence: what went wrong, what is asked, or "verified by SHA-256". */
  readonly note: string;
  readonly faults: readonly TreeFault[];
  readonly verified: boolean;
}

/** Something of the person's disk to upload. */
export interface LocalItem {
  /** Relative path, "/"-separated; one element for a single file. */
  readonly path: string;
  /** null for a folder without anything in it. */
  readonly file: File | null;
}

/** A path of the device to download. */
export interface RemoteItem {
  readonly path: string;
  readonly entry: FileEntry;
}

/** Where downloads go. */
export type DownloadWay =
  /** A save or folder picker where the browser has one, else the browser's downloads. */
  | "ask"
  /** The browser's downloads; several or a folder become one zip. */
  | "browser"
  | FileSystemDirectoryHandle;

/** The queue of one device. Fires "change" on each change, throttled while bytes move. */
export interface TransferQueue extends EventTarget {
  readonly list: readonly Transfer[];
  /** Of all that runs, 0 to 1; null when nothing does. */
  readonly progress: number | null;
  /** Call it in a user gesture: it may open a picker. */
  download(items: readonly RemoteItem[], way: DownloadWay): Promise<void>;
  /** into: absolute path of a directory of the device. */
  upload(items: readonly LocalItem[], into: string): void;
  pause(id: string): void;
  resume(id: string): void;
  cancel(id: string): void;
  retry(id: string): void;
  /** Removes what has ended from the list. */
  clear(): void;
  /** Answers a conflict; all: for all that follow in this batch. */
  resolve(id: string, rule: ConflictRule, all: boolean): void;
}
