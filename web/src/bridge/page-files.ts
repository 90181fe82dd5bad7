/** Files of files.ts over the worker's calls. */

import { proxy, transfer } from "comlink";
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
import { toFailure } from "./failure.ts";
import { parseEntries } from "./files-entry.ts";
import type { DownloadOptions, FilesApi, UploadOptions } from "./files-messages.ts";
import type { Files } from "./files.ts";
import type { WorkerHandle } from "./loader.ts";
import type { ObjectID } from "./messages.ts";
import { nextID } from "./object-id.ts";
import { cancellableCall } from "./page-call.ts";
import { openSession } from "./port-session.ts";

/** Opens the files of a connection. */
export async function openFiles(
  worker: WorkerHandle,
  connection: ObjectID,
  limits: FileLimits,
): Promise<Files> {
  const id = nextID();
  // Only what the contract names crosses the threads: a stray object could not be cloned.
  const { readOnly, maxBytes, readNothing } = limits;
  const paths = { readPaths: [...limits.readPaths], writePaths: [...limits.writePaths] };
  const plain: FileLimits = { readOnly, maxBytes, readNothing, ...paths };
  const info = await worker.guard(worker.api.openFiles(connection, id, plain));
  return new PageFiles(worker, id, info);
}

/** See {@link Files}. */
class PageFiles implements Files {
  readonly info: FilesInfo;
  readonly closed: Promise<{ code: string; message: string }>;

  readonly #worker: WorkerHandle;
  readonly #id: ObjectID;

  constructor(worker: WorkerHandle, id: ObjectID, info: FilesInfo) {
    this.#worker = worker;
    this.#id = id;
    this.info = info;
    this.closed = worker.guard(worker.api.filesClosed(id)).catch((error: unknown) => {
      const { code, message } = toFailure(error);
      return { code, message };
    });
  }

  list(path: string, entries: (batch: FileEntry[]) => void, signal?: AbortSignal): Promise<void> {
    const told = proxy((batch: string) => {
      if (signal?.aborted !== true) entries(parseEntries(batch));
    });
    return this.#cancellable(signal, (call) =>
      this.#worker.api.listFiles(this.#id, call, path, told),
    );
  }

  stat(path: string, follow: boolean): Promise<FileEntry> {
    return this.#call((api) => api.statFile(this.#id, path, follow));
  }

  realPath(path: string): Promise<string> {
    return this.#call((api) => api.realPath(this.#id, path));
  }

  readLink(path: string): Promise<string> {
    return this.#call((api) => api.readLink(this.#id, path));
  }

  mkdir(path: string, mode = 0): Promise<void> {
    return this.#call((api) => api.makeFolder(this.#id, path, mode));
  }

  rename(from: string, to: string, replace: boolean): Promise<void> {
    return this.#call((api) => api.renameFile(this.#id, from, to, replace));
  }

  remove(path: string, progress: (removed: number) => void, signal?: AbortSignal): Promise<number> {
    const told = proxy((removed: number) => {
      progress(removed);
    });
    return this.#cancellable(signal, (call) =>
      this.#worker.api.removeFiles(this.#id, call, path, told),
    );
  }

  count(
    path: string,
    progress: (found: TreeCount) => void,
    signal?: AbortSignal,
  ): Promise<TreeCount> {
    const told = proxy((found: TreeCount) => {
      progress(found);
    });
    return this.#cancellable(signal, (call) =>
      this.#worker.api.countFiles(this.#id, call, path, told),
    );
  }

  chmod(path: string, mode: number, recursive: boolean): Promise<void> {
    return this.#call((api) => api.changeMode(this.#id, path, mode, recursive));
  }

  chown(path: string, uid: number, gid: number, recursive: boolean): Promise<void> {
    return this.#call((api) => api.changeOwner(this.#id, path, uid, gid, recursive));
  }

  setModified(path: string, modifiedMs: number): Promise<void> {
    return this.#call((api) => api.setModified(this.#id, path, modifiedMs));
  }

  symlink(target: string, path: string): Promise<void> {
    return this.#call((api) => api.makeLink(this.#id, target, path));
  }

  space(path: string): Promise<{ total: number; free: number } | null> {
    return this.#call((api) => api.space(this.#id, path));
  }

  hash(path: string, length: number, signal?: AbortSignal): Promise<string | null> {
    return this.#cancellable(signal, (call) =>
      this.#worker.api.hashFile(this.#id, call, path, length),
    );
  }

  digest(path: string, length: number, signal?: AbortSignal): Promise<string | null> {
    return this.#cancellable(signal, (call) =>
      this.#worker.api.digestFile(this.#id, call, path, length),
    );
  }

  read(path: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#cancellable(signal, (call) =>
      this.#worker.api.readFile(this.#id, call, path, offset, length),
    );
  }

  put(path: string, data: Uint8Array, options: PutOptions): Promise<FileEntry> {
    const { replace, mode, modifiedMs } = options;
    const plain = { replace, mode, modifiedMs };
    return this.#call((api) => api.putFile(this.#id, path, data, plain));
  }

  save(path: string, data: Uint8Array): Promise<{ entry: FileEntry; note: string }> {
    return this.#call((api) => api.saveFile(this.#id, path, data));
  }

  download(path: string, options: DownloadOptions, port: MessagePort): Promise<FileEntry> {
    const { offset, length, gzip } = options;
    const given = transfer(port, [port]);
    return this.#call((api) => api.download(this.#id, path, { offset, length, gzip }, given));
  }

  upload(path: string, options: UploadOptions, port: MessagePort): Promise<void> {
    const { offset, fresh, mode, gzip } = options;
    const given = transfer(port, [port]);
    return this.#call((api) => api.upload(this.#id, path, { offset, fresh, mode, gzip }, given));
  }

  tree(paths: string[], done: DoneMarks | null, port: MessagePort): Promise<void> {
    const given = transfer(port, [port]);
    return this.#call((api) => api.downloadTree(this.#id, [...paths], done, given));
  }

  follow(path: string, lines: number): Promise<Session> {
    return openSession(this.#worker, (session, port) =>
      this.#worker.api.follow(this.#id, session, path, lines, port),
    );
  }

  shellState(): Promise<ShellState | null> {
    return this.#call((api) => api.shellState(this.#id));
  }

  close(): Promise<void> {
    return this.#call((api) => api.closeFiles(this.#id));
  }

  #call<T>(call: (api: FilesApi) => Promise<T>): Promise<T> {
    return this.#worker.guard(call(this.#worker.api));
  }

  #cancellable<T>(
    signal: AbortSignal | undefined,
    call: (call: ObjectID) => Promise<T>,
  ): Promise<T> {
    return cancellableCall(this.#worker, signal, call);
  }
}
