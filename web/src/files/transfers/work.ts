/** What the queue and the things it runs know of each other. */

import type { FileLimits, Files } from "../../bridge/files.ts";
import type { Disk, SaveTarget, TreeTarget } from "../disk/types.ts";
import type { Gate, Locks } from "./locks.ts";
import type { LedgerPiece } from "./tree-ledger.ts";
import type { ConflictRule, FileFacts, TreeFault, KeepOptions } from "./types.ts";

/** What is kept of a transfer over a reload. No contents; handles are the browser's own. */
export type Remembered =
  | {
      kind: "download";
      path: string;
      target: SaveTarget;
      source: FileFacts;
      /** What had the name on the person's disk; null when nothing had. */
      before: FileFacts | null;
    }
  | {
      kind: "download-tree";
      paths: string[];
      name: string;
      target: Extract<TreeTarget, { kind: "folder" }>;
      /** For what was there before; null when nothing was. */
      rule: TreeRule | null;
      /** Of the ledger's marks; its pieces are recorded by themselves. */
      seed: number;
    }
  | {
      kind: "upload";
      path: string;
      source: { name: string; size: number; modifiedMs: number };
      handle: FileSystemFileHandle | null;
      options: KeepOptions;
      /** Where it goes, once that was decided. */
      place: ChosenPlace | null;
    }
  | {
      kind: "upload-tree";
      name: string;
      /** Directory of the device. */
      into: string;
      /** What the person brought: one folder, or many files. */
      folder: boolean;
      files: number;
      bytes: number;
      handle: FileSystemDirectoryHandle | null;
      options: KeepOptions;
      /** Of the ledger's marks; its pieces are recorded by themselves. */
      seed: number;
    };

/** What becomes of names that are taken in a folder; "ask": each has an answer of its own. */
export type TreeRule = ConflictRule | "ask";

/** What was decided about a name that is taken on the device. */
export interface ChosenPlace {
  path: string;
  /** What is there is replaced. */
  replace: boolean;
}

/** How a transfer ended well. */
export interface Outcome {
  /** Both sides have the same SHA-256. */
  verified: boolean;
  /** A sentence. */
  note: string;
  /** "" when it is not known. */
  sha256: string;
  /** Nothing moved, because what was there stays. */
  skipped?: boolean;
}

/** What a transfer is given for one go at it. */
export interface Env {
  readonly files: Files;
  readonly disk: Disk;
  readonly limits: FileLimits;
  /** Aborts when it is paused or cancelled, and when the connection goes. */
  readonly signal: AbortSignal;
  readonly locks: Locks;
  /** All writes of small files go through it. */
  readonly small: Gate;
  /** Bytes a second that the line is known to carry; null when that is unknown. */
  lineRate(): number | null;
  /** Bytes that are through; kept: they were there before, and say nothing about the rate. */
  progress(bytes: number, kept?: boolean): void;
  total(bytes: number | null): void;
  /** It is compressed on the wire: its rate says nothing about the line. */
  packed(): void;
  filesDone(done: number, total: number | null): void;
  note(sentence: string): void;
  fault(fault: TreeFault): void;
  /** The person's answer for all; null while there is none. */
  rule(): ConflictRule | null;
  /** Asks what to do about what is there; the row says so meanwhile. */
  ask(name: string, existing: FileFacts, offered: FileFacts): Promise<ConflictRule>;
}

/** One transfer: what it moves, and what it knows for going on. */
export interface Work {
  readonly direction: "download" | "upload";
  readonly kind: "file" | "tree";
  readonly name: string;
  readonly path: string;
  /** Over in a moment: more of them run at once. */
  readonly small: boolean;
  /** Path that it alone may write; "" for none. */
  readonly lock: string;
  /** Called again after a pause or a cut; goes on as far as it can. */
  run(env: Env): Promise<Outcome>;
  /**
   * The person cancelled: removes what was kept for going on, on either side. Resolves with
   * a sentence on what stays; "" for nothing.
   */
  drop(files: Files | null): Promise<string>;
  /** null when it cannot go on after a reload. */
  remember(): Remembered | null;
  /** Of a tree: what was done since it was asked last. */
  ledger?(): LedgerPiece | null;
}
