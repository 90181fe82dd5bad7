/** What reads and writes the person's disk, in a worker of its own: {@link Disk}. */

/** Where one file goes. */
export type SaveTarget =
  /** A file of the person's disk (or of OPFS): chosen with a picker, or made in a chosen folder. */
  | { kind: "handle"; handle: FileSystemFileHandle }
  /**
   * The browser's own download: a stream through the service worker of /dl/, or, where there
   * is none, a file of OPFS that is saved at the end. size: bytes, null when unknown.
   */
  | { kind: "browser"; name: string; size: number | null };

/** Where a tree goes. */
export type TreeTarget =
  | { kind: "folder"; handle: FileSystemDirectoryHandle }
  /** One zip file, streamed (stored, zip64). */
  | { kind: "zip"; to: SaveTarget };

/** What became of bytes. */
export interface DiskEnd {
  /** Bytes moved, without those that were there before. */
  bytes: number;
  /** Of the whole file, those that were there included (GoFiles.digest); "" for trees. */
  digest: string;
}

/** Something that goes on; done rejects with a BridgeFailure (code "cancelled" after cancel). */
export interface DiskJob<End = DiskEnd> {
  readonly done: Promise<End>;
  /** Ends it; what is on the disk stays there, and is flushed. */
  cancel(): void;
}

/** A file of a tree that could not be read or written; the others went on. */
export interface TreeFault {
  path: string;
  code: string;
  message: string;
}

/** A large file of a tree that is on its way: what is there of it stays when the tree ends early. */
export interface TreePartial {
  path: string;
  /** Its names from the chosen folder on. */
  local: readonly string[];
  /** Of the device's file. */
  size: number;
  modifiedMs: number | null;
  /** Bytes of it that the progress counts. */
  bytes: number;
}

/** How far a tree is. */
export interface TreeProgress {
  files: number;
  bytes: number;
  /** Relative path of what is on its way. */
  current: string;
  /** Of the files that were done since it was told last (bridge/done-files.ts). */
  marks: Float64Array;
  /** Names that were chosen since then: the device's path, and what its last element is here. */
  names: readonly (readonly [path: string, name: string])[];
  partial: TreePartial | null;
}

/** How one go at a tree is made. */
export interface TreeGo {
  /** For a file of the person that has the name. */
  readonly rule: ConflictRule;
  /** Of the marks. */
  readonly seed: number;
  /** The names that earlier goes chose, which are the tree's own; null for the first go. */
  readonly earlier: ReadonlyMap<string, string> | null;
}

/** What happens to a file that is there already, in a chosen folder. */
export type ConflictRule = "overwrite" | "skip" | "rename" | "newer";

/** One worker for all transfers of the page. */
export interface Disk {
  /**
   * Takes a download's port (bridge/files.ts) to a target. at: bytes of the target that are
   * kept and were verified by the caller; a "browser" target begins at 0 always.
   * progress: bytes on disk, at included, a few times a second.
   */
  save(
    port: MessagePort,
    target: SaveTarget,
    at: number,
    progress: (bytes: number) => void,
  ): DiskJob;
  /**
   * Takes a tree's port to a target; names a system forbids are changed. The last progress
   * before a failure tells all that is there.
   */
  saveTree(
    port: MessagePort,
    target: TreeTarget,
    go: TreeGo,
    progress: (progress: TreeProgress) => void,
  ): DiskJob<{ files: number; bytes: number; skipped: number; faults: TreeFault[] }>;
  /** Sends a Blob from at on into an upload's port. progress: bytes confirmed by the device. */
  send(blob: Blob, port: MessagePort, at: number, progress: (bytes: number) => void): DiskJob;
  /** Digest (GoFiles.digest) of the first length bytes of a local file. */
  hash(blob: Blob, length: number): DiskJob<string>;
}
