/** The calls about a device's files between page and worker; bytes go over ports of their own. */

import type {
  CloseInfo,
  FileEntry,
  FileLimits,
  FilesInfo,
  PutOptions,
  ShellState,
  TreeCount,
} from "./bridge.d.ts";
import type { DoneMarks } from "./done-files.ts";
import type { ObjectID } from "./messages.ts";

/** GoFiles.download's options. */
export interface DownloadOptions {
  offset: number;
  length: number;
  gzip: boolean;
}

/** GoFiles.upload's options. */
export interface UploadOptions {
  offset: number;
  fresh: boolean;
  mode: number | null;
  gzip: boolean;
}

/** The page's callback as the worker calls it: a promise when it is in the other thread. */
export type Told<T> = (value: T) => Promise<void> | void;

/** A part of WorkerApi. id names the files; call names what cancel(call) ends. */
export interface FilesApi {
  openFiles(connection: ObjectID, id: ObjectID, limits: FileLimits): Promise<FilesInfo>;
  filesClosed(id: ObjectID): Promise<CloseInfo>;
  closeFiles(id: ObjectID): Promise<void>;
  /** The batches are as Go made them (files-entry.ts): one text crosses faster than thousands of objects. */
  listFiles(id: ObjectID, call: ObjectID, path: string, entries: Told<string>): Promise<void>;
  statFile(id: ObjectID, path: string, follow: boolean): Promise<FileEntry>;
  realPath(id: ObjectID, path: string): Promise<string>;
  readLink(id: ObjectID, path: string): Promise<string>;
  makeFolder(id: ObjectID, path: string, mode: number): Promise<void>;
  renameFile(id: ObjectID, from: string, to: string, replace: boolean): Promise<void>;
  removeFiles(id: ObjectID, call: ObjectID, path: string, progress: Told<number>): Promise<number>;
  countFiles(
    id: ObjectID,
    call: ObjectID,
    path: string,
    progress: Told<TreeCount>,
  ): Promise<TreeCount>;
  changeMode(id: ObjectID, path: string, mode: number, recursive: boolean): Promise<void>;
  changeOwner(
    id: ObjectID,
    path: string,
    uid: number,
    gid: number,
    recursive: boolean,
  ): Promise<void>;
  setModified(id: ObjectID, path: string, modifiedMs: number): Promise<void>;
  makeLink(id: ObjectID, target: string, path: string): Promise<void>;
  space(id: ObjectID, path: string): Promise<{ total: number; free: number } | null>;
  hashFile(id: ObjectID, call: ObjectID, path: string, length: number): Promise<string | null>;
  digestFile(id: ObjectID, call: ObjectID, path: string, length: number): Promise<string | null>;
  readFile(
    id: ObjectID,
    call: ObjectID,
    path: string,
    offset: number,
    length: number,
  ): Promise<Uint8Array>;
  putFile(id: ObjectID, path: string, data: Uint8Array, options: PutOptions): Promise<FileEntry>;
  saveFile(
    id: ObjectID,
    path: string,
    data: Uint8Array,
  ): Promise<{ entry: FileEntry; note: string }>;
  download(
    id: ObjectID,
    path: string,
    options: DownloadOptions,
    port: MessagePort,
  ): Promise<FileEntry>;
  upload(id: ObjectID, path: string, options: UploadOptions, port: MessagePort): Promise<void>;
  downloadTree(
    id: ObjectID,
    paths: string[],
    done: DoneMarks | null,
    port: MessagePort,
  ): Promise<void>;
  /** Like a connection's exec: session names it from then on. */
  follow(
    id: ObjectID,
    session: ObjectID,
    path: string,
    lines: number,
    port: MessagePort,
  ): Promise<void>;
  shellState(id: ObjectID): Promise<ShellState | null>;
}
