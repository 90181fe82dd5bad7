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
  /**
   * Ends it. keep (true unless told): what is on the disk stays there, and is flushed;
   * otherwise a file is left as the last checkpoint, or whoever had it before, left it.
   */
  cancel(keep?: boolean): void;
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

/** What of a file is known beside its bytes. */
export interface FileFacts {
  readonly size: number;
  /** null when unknown. */
  readonly modifiedMs: number | null;
}

/** A file of the tree whose name is taken in the folder: it waits for the person's answer. */
export interface TreeConflict {
  path: string;
  /** Its names from the chosen folder on. */
  local: readonly string[];
  /** null: nothing has the name any more. */
  existing: FileFacts | null;
  offered: FileFacts;
}

/** A large file of a tree that is whole here, to be compared with the device's. */
export interface TreeArrived {
  path: string;
  /** Its last name here. */
  name: string;
  /** Of the device's file. */
  size: number;
  modifiedMs: number | null;
  /** Of what is here (GoFiles.digest), and how long that is. */
  digest: string;
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
  /** Those that were met since then. */
  conflicts: readonly TreeConflict[];
  /** Large files that came since then; they are no marks before they were compared. */
  arrived: readonly TreeArrived[];
}

/** What of a file goes with its bytes; each is true unless told. */
export interface KeepOptions {
  /** Its time of change: of uploads, and of what is in a zip. Browsers let no page set other files'. */
  readonly keepModified?: boolean;
  /**
   * Its permissions. What replaces a file of the device takes that one's mode, and its owner
   * where the device allows it; what is in a zip has the device's mode.
   */
  readonly keepMode?: boolean;
}

/** How one go at a tree is made. */
export interface TreeGo {
  /** For a file of the person that has the name; "ask": it is left for now, and told. */
  readonly rule: ConflictRule | "ask";
  /** Marks of paths (bridge/done-files.ts) whose data does not come, as their names are taken. */
  readonly held?: Float64Array;
  /** When the first go began: an empty file that is older is the person's. */
  readonly begunMs?: number;
  /** Of the marks. */
  readonly seed: number;
  /** The names that earlier goes chose, which are the tree's own; null for the first go. */
  readonly earlier: ReadonlyMap<string, string> | null;
  /** Large files are hashed here, since the device can tell what it has. */
  readonly hash?: boolean;
  /** Of a zip. */
  readonly keep?: KeepOptions;
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
