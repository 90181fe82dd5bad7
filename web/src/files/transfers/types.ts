/** Transfers as the panel and the tray see them. */

import type { FileEntry, Files } from "../../bridge/files.ts";
import type { ConflictRule, FileFacts, KeepOptions, TreeFault } from "../disk/types.ts";

export type { ConflictRule, FileFacts, KeepOptions, TreeFault } from "../disk/types.ts";

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

/** What the person is asked. */
export type Question =
  /** Something of that name is there: answered by {@link TransferQueue.resolve}. */
  | {
      readonly kind: "conflict";
      /** Of the file in question; in a tree the relative path. */
      readonly name: string;
      readonly existing: FileFacts;
      readonly offered: FileFacts;
    }
  /** After a reload: {@link TransferQueue.resume}, in a gesture, asks the browser and goes on. */
  | { readonly kind: "permission" }
  /** After a reload without a handle: {@link TransferQueue.chooseFile} with the same file again. */
  | { readonly kind: "file"; readonly size: number }
  /** The same of a folder, or of many files: {@link TransferQueue.chooseFiles}. */
  | { readonly kind: "files"; readonly folder: boolean };

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
  /** What is asked while the state is "asking", else null. */
  readonly ask: Question | null;
}

/** Something of the person's disk to upload. */
export interface LocalItem {
  /** Relative path, "/"-separated; one element for a single file. */
  readonly path: string;
  /** null for a folder without anything in it. */
  readonly file: File | null;
  /** Where the browser has handles: lets the upload go on after a reload without asking again. */
  readonly handle?: FileSystemFileHandle;
  /** The same of the folder that its path begins with. */
  readonly root?: FileSystemDirectoryHandle;
}

/** What the gateway may learn of a finished transfer. */
export interface TransferEvent {
  readonly direction: "download" | "upload";
  readonly bytes: number;
  /** Of a tree; else 1. */
  readonly files: number;
  readonly result: "done" | "failed" | "cancelled";
  readonly path: string;
  /** Lower-case hex; "" for trees and where it is not known. */
  readonly sha256: string;
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
  /** Whether leaving the page would break something. */
  readonly busy: boolean;
  /** The files of the connection that is; null when there is none: what runs waits for the next. */
  setFiles(files: Files | null): void;
  /** Call it in a user gesture: it may open a picker. */
  download(items: readonly RemoteItem[], way: DownloadWay, options?: KeepOptions): Promise<void>;
  /** into: absolute path of a directory of the device. */
  upload(items: readonly LocalItem[], into: string, options?: KeepOptions): void;
  pause(id: string): void;
  /** Also the answer to a question of kind "permission"; then call it in a user gesture. */
  resume(id: string): void;
  cancel(id: string): void;
  retry(id: string): void;
  /** Removes what has ended from the list. */
  clear(): void;
  /** Answers a conflict; all: for all that follow in this batch. */
  resolve(id: string, rule: ConflictRule, all: boolean): void;
  /** Answers a question of kind "file". Rejects with a sentence when it is another file. */
  chooseFile(id: string, file: File, handle?: FileSystemFileHandle): Promise<void>;
  /** Answers a question of kind "files". Rejects with a sentence when they are others. */
  chooseFiles(id: string, items: readonly LocalItem[]): Promise<void>;
  /** Ends what runs and lets go of everything; what can go on later stays recorded. */
  close(): void;
}
