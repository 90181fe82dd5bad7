/** The worker's calls about devices' files: what the page asks for, as calls of the Go program. */

import { releaseProxy } from "comlink";
import type { Remote } from "comlink";
import type {
  CloseInfo,
  FileEntry,
  FileLimits,
  FilesInfo,
  GoConnection,
  GoFiles,
  PutOptions,
  ShellState,
  TreeCount,
} from "./bridge.d.ts";
import { DoneFiles, type DoneMarks } from "./done-files.ts";
import { BridgeFailure, CODE_CLOSED } from "./failure.ts";
import { parseEntry } from "./files-entry.ts";
import type { DownloadOptions, FilesApi, Told, UploadOptions } from "./files-messages.ts";
import type { ObjectID } from "./messages.ts";
import { ownBuffer } from "./own-buffer.ts";
import { streamDownload, streamTree } from "./worker-download.ts";
import { WorkerProfile } from "./worker-profile.ts";
import { WorkerSessions } from "./worker-sessions.ts";
import { streamUpload } from "./worker-upload.ts";

/** Ends of files that are remembered: a call may come after the end. */
const endsKept = 64;

/** A part of WorkerApi; WorkerHost is the rest. */
export abstract class WorkerFiles extends WorkerProfile implements FilesApi {
  protected readonly sessions = new WorkerSessions();
  readonly #files = new Map<ObjectID, GoFiles>();
  /** How those ended that are no more; the oldest are forgotten. */
  readonly #ended = new Map<ObjectID, CloseInfo>();
  /** What can be cancelled, by the number of the call. */
  readonly #cancellable = new Map<ObjectID, AbortController>();

  protected abstract connection(id: ObjectID): GoConnection;

  /** Runs a call that cancel(call) ends. */
  protected async cancellable<T>(
    call: ObjectID,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const abort = new AbortController();
    this.#cancellable.set(call, abort);
    try {
      return await run(abort.signal);
    } finally {
      this.#cancellable.delete(call);
    }
  }

  cancel(call: ObjectID): void {
    this.#cancellable.get(call)?.abort();
  }

  async openFiles(connection: ObjectID, id: ObjectID, limits: FileLimits): Promise<FilesInfo> {
    const files = await this.connection(connection).files(limits);
    this.#files.set(id, files);
    void files.closed.then(({ code, message }) => {
      this.#files.delete(id);
      this.#ended.set(id, { code, message });
      const [oldest] = this.#ended.keys();
      if (this.#ended.size > endsKept && oldest !== undefined) this.#ended.delete(oldest);
    });
    const { missing, ...info } = files.info;
    return { ...info, missing: [...missing] };
  }

  async filesClosed(id: ObjectID): Promise<CloseInfo> {
    const { code, message } = await this.#of(id).closed;
    return { code, message };
  }

  async closeFiles(id: ObjectID): Promise<void> {
    await this.#files.get(id)?.close();
  }

  async listFiles(
    id: ObjectID,
    call: ObjectID,
    path: string,
    entries: Told<string>,
  ): Promise<void> {
    const sink = {
      // The page takes a batch before Go hands over the one after the next.
      entries: async (batch: string): Promise<void> => {
        await entries(batch);
      },
    };
    try {
      await this.cancellable(call, (signal) => this.#of(id).list(path, sink, signal));
    } finally {
      release(entries);
    }
  }

  async statFile(id: ObjectID, path: string, follow: boolean): Promise<FileEntry> {
    return oneEntry(await this.#of(id).stat(path, follow));
  }

  async realPath(id: ObjectID, path: string): Promise<string> {
    return this.#of(id).realPath(path);
  }

  async readLink(id: ObjectID, path: string): Promise<string> {
    return this.#of(id).readLink(path);
  }

  async makeFolder(id: ObjectID, path: string, mode: number): Promise<void> {
    await this.#of(id).mkdir(path, mode);
  }

  async renameFile(id: ObjectID, from: string, to: string, replace: boolean): Promise<void> {
    await this.#of(id).rename(from, to, replace);
  }

  async removeFiles(
    id: ObjectID,
    call: ObjectID,
    path: string,
    progress: Told<number>,
  ): Promise<number> {
    try {
      const { removed } = await this.cancellable(call, (signal) =>
        this.#of(id).remove(path, quiet(progress), signal),
      );
      return removed;
    } finally {
      release(progress);
    }
  }

  async countFiles(
    id: ObjectID,
    call: ObjectID,
    path: string,
    progress: Told<TreeCount>,
  ): Promise<TreeCount> {
    const told = quiet((found: TreeCount) => progress({ ...found }));
    try {
      const count = await this.cancellable(call, (signal) =>
        this.#of(id).count(path, told, signal),
      );
      return { ...count };
    } finally {
      release(progress);
    }
  }

  async changeMode(id: ObjectID, path: string, mode: number, recursive: boolean): Promise<void> {
    await this.#of(id).chmod(path, mode, recursive);
  }

  async changeOwner(
    id: ObjectID,
    path: string,
    uid: number,
    gid: number,
    recursive: boolean,
  ): Promise<void> {
    await this.#of(id).chown(path, uid, gid, recursive);
  }

  async setModified(id: ObjectID, path: string, modifiedMs: number): Promise<void> {
    await this.#of(id).setModified(path, modifiedMs);
  }

  async makeLink(id: ObjectID, target: string, path: string): Promise<void> {
    await this.#of(id).symlink(target, path);
  }

  async space(id: ObjectID, path: string): Promise<{ total: number; free: number } | null> {
    const space = await this.#of(id).space(path);
    return space === null ? null : { total: space.total, free: space.free };
  }

  hashFile(id: ObjectID, call: ObjectID, path: string, length: number): Promise<string | null> {
    return this.cancellable(call, (signal) => this.#of(id).hash(path, length, signal));
  }

  digestFile(id: ObjectID, call: ObjectID, path: string, length: number): Promise<string | null> {
    return this.cancellable(call, (signal) => this.#of(id).digest(path, length, signal));
  }

  async readFile(
    id: ObjectID,
    call: ObjectID,
    path: string,
    offset: number,
    length: number,
  ): Promise<Uint8Array> {
    const data = await this.cancellable(call, (signal) =>
      this.#of(id).read(path, offset, length, signal),
    );
    return new Uint8Array(ownBuffer(data));
  }

  async putFile(
    id: ObjectID,
    path: string,
    data: Uint8Array,
    options: PutOptions,
  ): Promise<FileEntry> {
    return oneEntry(await this.#of(id).put(path, data, options));
  }

  async saveFile(
    id: ObjectID,
    path: string,
    data: Uint8Array,
  ): Promise<{ entry: FileEntry; note: string }> {
    const { entry, note } = await this.#of(id).save(path, data);
    return { entry: oneEntry(entry), note };
  }

  async download(
    id: ObjectID,
    path: string,
    options: DownloadOptions,
    port: MessagePort,
  ): Promise<FileEntry> {
    const entry = await streamDownload(port, async (signal) =>
      this.#of(id).download(path, options, signal),
    );
    return oneEntry(entry);
  }

  upload(id: ObjectID, path: string, options: UploadOptions, port: MessagePort): Promise<void> {
    return streamUpload(port, options.offset, async (signal) =>
      this.#of(id).upload(path, options, signal),
    );
  }

  downloadTree(
    id: ObjectID,
    paths: string[],
    done: DoneMarks | null,
    port: MessagePort,
  ): Promise<void> {
    const before = done === null ? null : new DoneFiles(done);
    const has =
      before === null
        ? null
        : (path: string, size: number, modifiedMs: number | null): boolean =>
            before.leaves(path, size, modifiedMs);
    return streamTree(port, async (signal) => this.#of(id).tree(paths, has, signal));
  }

  follow(
    id: ObjectID,
    session: ObjectID,
    path: string,
    lines: number,
    port: MessagePort,
  ): Promise<void> {
    return this.sessions.start(session, port, async (sink) =>
      this.#of(id).follow(path, lines, sink),
    );
  }

  async shellState(id: ObjectID): Promise<ShellState | null> {
    const state = await this.#of(id).shellState();
    return state === null ? null : { directory: state.directory, atPrompt: state.atPrompt };
  }

  #of(id: ObjectID): GoFiles {
    const files = this.#files.get(id);
    if (files === undefined) {
      const { code, message } = this.#ended.get(id) ?? {
        code: CODE_CLOSED,
        message: "The connection to the files has ended. Connect again to go on.",
      };
      throw new BridgeFailure(code, message);
    }
    return files;
  }
}

function oneEntry(text: string): FileEntry {
  const entry = parseEntry(text);
  if (entry === null) {
    throw new BridgeFailure(
      "file_failed",
      "The device described the file in a way that cannot be read. Refresh the list and try again.",
    );
  }
  return entry;
}

/** Progress that the page does not hear any more is no failure of the call. */
function quiet<T>(progress: Told<T>): (value: T) => void {
  return (value) => {
    Promise.resolve(progress(value)).catch(() => undefined);
  };
}

/** Lets go of the page's callback. */
function release(callback: unknown): void {
  (callback as Partial<Pick<Remote<() => void>, typeof releaseProxy>>)[releaseProxy]?.();
}
