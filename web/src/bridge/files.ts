/** The device's files as pages see them: {@link Files}. Transfers take MessagePorts. */

import type {
  FileEntry,
  FileLimits,
  FilesInfo,
  PutOptions,
  ShellState,
  TreeCount,
} from "./bridge.d.ts";
import type { Session } from "./client.ts";
import type { DoneMarks } from "./done-files.ts";

export type {
  FileEntry,
  FileLimits,
  FilesInfo,
  FileType,
  PutOptions,
  ShellState,
  TreeCount,
} from "./bridge.d.ts";

/** No limit at all. */
export const NO_LIMITS: FileLimits = {
  readOnly: false,
  maxBytes: 0,
  readPaths: [],
  writePaths: [],
  readNothing: false,
};

/**
 * The files of one device over one connection. Rejects with a BridgeFailure always; after
 * the connection ended with code "closed" or "lost". Paths: see GoFiles of bridge.d.ts.
 */
export interface Files {
  readonly info: FilesInfo;
  /** Batches come as they arrive, in no order. */
  list(path: string, entries: (batch: FileEntry[]) => void, signal?: AbortSignal): Promise<void>;
  /** follow: what a link there leads to. */
  stat(path: string, follow: boolean): Promise<FileEntry>;
  realPath(path: string): Promise<string>;
  readLink(path: string): Promise<string>;
  mkdir(path: string, mode?: number): Promise<void>;
  rename(from: string, to: string, replace: boolean): Promise<void>;
  /** Removes all at and below path. Resolves with how many are gone. */
  remove(path: string, progress: (removed: number) => void, signal?: AbortSignal): Promise<number>;
  count(
    path: string,
    progress: (found: TreeCount) => void,
    signal?: AbortSignal,
  ): Promise<TreeCount>;
  chmod(path: string, mode: number, recursive: boolean): Promise<void>;
  chown(path: string, uid: number, gid: number, recursive: boolean): Promise<void>;
  setModified(path: string, modifiedMs: number): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  space(path: string): Promise<{ total: number; free: number } | null>;
  hash(path: string, length: number, signal?: AbortSignal): Promise<string | null>;
  digest(path: string, length: number, signal?: AbortSignal): Promise<string | null>;
  /** At most 8 MiB. */
  read(path: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  put(path: string, data: Uint8Array, options: PutOptions): Promise<FileEntry>;
  /** What a person edited; note: a sentence for them, "" for none. See GoFiles. */
  save(path: string, data: Uint8Array): Promise<{ entry: FileEntry; note: string }>;
  /** Streams a file into a port: {@link FromDevice} one way, {@link ReaderWord} the other. */
  download(
    path: string,
    options: { offset: number; length: number; gzip: boolean },
    port: MessagePort,
  ): Promise<FileEntry>;
  /** Streams a port into a file: {@link ToDevice} one way, {@link WriterWord} the other. */
  upload(
    path: string,
    options: { offset: number; fresh: boolean; mode: number | null; gzip: boolean },
    port: MessagePort,
  ): Promise<void>;
  /**
   * Streams trees into a port: {@link FromDevice} with entries between the data. done: files
   * that are there from an earlier go; they are not read again, unless they changed.
   */
  tree(paths: string[], done: DoneMarks | null, port: MessagePort): Promise<void>;
  /** tail -F: output as a Session's. */
  follow(path: string, lines: number): Promise<Session>;
  shellState(): Promise<ShellState | null>;
  close(): Promise<void>;
  /** Resolves when it ended, however; never rejects. */
  readonly closed: Promise<{ code: string; message: string }>;
}

/** Bytes that a reader of a download has open at first; it gives them back by credit. */
export const DOWNLOAD_WINDOW_BYTES = 4 * 1024 * 1024;
/** What an entry or a fault of a tree counts for in that window; credit gives it back, too. */
export const ITEM_BYTES = 1024;
/** Bytes that a writer of an upload may send before the first credit. */
export const UPLOAD_WINDOW_BYTES = 4 * 1024 * 1024;

/** Of a digest (GoFiles), each but the last; fsys.PieceBytes in Go. */
export const DIGEST_PIECE_BYTES = 4 * 1024 * 1024;

/** One step of a download or tree. */
export type StreamItem =
  | { type: "data"; data: ArrayBuffer }
  /** done: of a file that is there from an earlier go; no data comes. */
  | { type: "entry"; path: string; entry: FileEntry; done: boolean }
  | { type: "fault"; path: string; code: string; message: string };

/** On a line that is as quick as this packing would be what is slow. */
export const FAST_BYTES_PER_SECOND = 2_000_000;

/** Worker → reader on a download's or tree's port. Nothing follows end and failed. */
export type FromDevice =
  | StreamItem
  /** Several of a tree: a message for each of 10,000 small files costs more than the files. */
  | { type: "items"; items: StreamItem[] }
  | { type: "end" }
  | { type: "failed"; code: string; message: string };

/** Reader → worker. Aborting ends the stream with failed, code "cancelled". */
export type ReaderWord = { type: "credit"; bytes: number } | { type: "cancel" };

/** Writer → worker on an upload's port. */
export type ToDevice = { type: "data"; data: ArrayBuffer } | { type: "end" } | { type: "cancel" };

/** Worker → writer. Nothing follows done and failed. */
export type WriterWord =
  | { type: "credit"; bytes: number }
  /** Up to where the device has all bytes, as an offset in the file. */
  | { type: "confirmed"; offset: number }
  | { type: "done" }
  | { type: "failed"; code: string; message: string };
