/** Files of no device: what the bridge's halves are tested against. */

import type {
  CloseInfo,
  FileLimits,
  FilesInfo,
  GoDownload,
  GoFiles,
  GoSession,
  GoTree,
  GoUpload,
  PutOptions,
  ShellState,
  Sink,
  TreeBatch,
  TreeCount,
} from "../src/bridge/bridge.d.ts";
import { FakeSession } from "./fake-session.ts";
import { defer } from "./defer.ts";

/** An entry in the form in which Go hands it over. */
export function entryText(name: string, fields: Record<string, string> = {}): string {
  const entry = {
    ...{ name, type: "file", size: "3", modifiedMs: "1700000000000", mode: "420" },
    ...{ uid: "0", gid: "", owner: "root", group: "", target: "", targetType: "unknown" },
    ...fields,
  };
  return Object.values(entry)
    .map((field) => `${field}\0`)
    .join("");
}

/** A source that gives what the test queues, and ends with null. */
class FakeSource<T> {
  cancelled = 0;
  reads = 0;
  readonly #items: (T | null | Error)[] = [];
  #wake: (() => void) | undefined;

  push(...items: (T | null | Error)[]): void {
    this.#items.push(...items);
    this.#wake?.();
  }

  cancel(): void {
    this.cancelled += 1;
    this.push(Object.assign(new Error("Go says so."), { code: "cancelled" }));
  }

  protected async take(): Promise<T | null> {
    this.reads += 1;
    while (this.#items.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const item = this.#items.shift() ?? null;
    if (item instanceof Error) {
      throw item;
    }
    return item;
  }
}

export class FakeDownload extends FakeSource<Uint8Array> implements GoDownload {
  readonly entry = entryText("a.log");

  read(): Promise<Uint8Array | null> {
    return this.take();
  }
}

/** One item of a tree; entry is as {@link entryText} makes it. */
export type TreeItem =
  | { kind: "entry"; path: string; entry: string; done: boolean }
  | { kind: "data"; data: Uint8Array }
  | { kind: "fault"; path: string; code: string; message: string };

/** Items in the form in which Go hands them over. */
export function treeBatch(items: readonly TreeItem[]): TreeBatch {
  const data: number[] = [];
  let text = "";
  for (const item of items) {
    if (item.kind === "entry") {
      text += `entry\0${item.path}\0${item.done ? "1" : ""}\0${item.entry}`;
    } else if (item.kind === "data") {
      text += `data\0${String(item.data.byteLength)}\0`;
      data.push(...item.data);
    } else text += `fault\0${item.path}\0${item.code}\0${item.message}\0`;
  }
  return { text, data: Uint8Array.from(data) };
}

/** A tree whose batches are what one push has. */
export class FakeTree implements GoTree {
  has: ((path: string, size: number, modifiedMs: number | null) => boolean) | null = null;
  readonly #source = new (class extends FakeSource<TreeBatch> {
    next(): Promise<TreeBatch | null> {
      return this.take();
    }
  })();

  get cancelled(): number {
    return this.#source.cancelled;
  }

  push(...items: (TreeItem | null)[]): void {
    const some = items.filter((item) => item !== null);
    if (some.length > 0) this.#source.push(treeBatch(some));
    if (some.length < items.length) this.#source.push(null);
  }

  pushBatch(batch: TreeBatch): void {
    this.#source.push(batch);
  }

  next(): Promise<TreeBatch | null> {
    return this.#source.next();
  }

  cancel(): void {
    this.#source.cancel();
  }
}

/** Takes a write only when the test lets it. */
export class FakeUpload implements GoUpload {
  readonly written: Uint8Array[] = [];
  gate: Promise<void> = Promise.resolve();
  finished = 0;
  cancelled = 0;
  at = 0;
  packs = false;
  readonly members: Uint8Array[] = [];

  async writePacked(member: Uint8Array, size: number): Promise<void> {
    await this.gate;
    this.members.push(member.slice());
    this.at += size;
  }

  async write(data: Uint8Array): Promise<void> {
    await this.gate;
    this.written.push(data.slice());
    this.at += data.byteLength;
  }

  confirmed(): number {
    return this.at;
  }

  async finish(): Promise<void> {
    await this.gate;
    this.finished += 1;
  }

  cancel(): void {
    this.cancelled += 1;
  }
}

export class FakeFiles implements GoFiles {
  readonly limits: FileLimits;
  readonly end = defer<CloseInfo>();
  readonly closed = this.end.promise;
  readonly info: FilesInfo = {
    ...{ backend: "sftp", home: "/root", hash: true, gzip: false, missing: ["dd"] },
  };
  readonly calls: string[] = [];
  batches: string[] = [];
  failure: Error | undefined;
  /** A call that ends only by its signal. */
  hangs = false;
  readonly download_ = new FakeDownload();
  readonly upload_ = new FakeUpload();
  readonly tree_ = new FakeTree();
  readonly sessions: FakeSession[] = [];

  constructor(limits: FileLimits) {
    this.limits = limits;
  }

  async list(
    path: string,
    sink: { entries(batch: string): Promise<void> | void },
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#call(`list ${path}`, signal);
    for (const batch of this.batches) {
      await sink.entries(batch);
    }
  }

  async stat(path: string, follow: boolean): Promise<string> {
    await this.#call(`stat ${path} ${String(follow)}`);
    return this.batches[0] ?? entryText("a.log");
  }

  realPath(path: string): Promise<string> {
    return this.#call(`realPath ${path}`, undefined, `/real/${path}`);
  }

  readLink(path: string): Promise<string> {
    return this.#call(`readLink ${path}`, undefined, "there");
  }

  mkdir(path: string, mode: number): Promise<void> {
    return this.#call(`mkdir ${path} ${String(mode)}`);
  }

  rename(from: string, to: string, replace: boolean): Promise<void> {
    return this.#call(`rename ${from} ${to} ${String(replace)}`);
  }

  async remove(
    path: string,
    progress: (removed: number) => void,
    signal?: AbortSignal,
  ): Promise<{ removed: number }> {
    progress(1);
    await this.#call(`remove ${path}`, signal);
    return { removed: 2 };
  }

  async count(
    path: string,
    progress: (found: TreeCount) => void,
    signal?: AbortSignal,
  ): Promise<TreeCount> {
    progress({ files: 1, folders: 0, others: 0, bytes: 3 });
    await this.#call(`count ${path}`, signal);
    return { files: 2, folders: 1, others: 0, bytes: 9 };
  }

  chmod(path: string, mode: number, recursive: boolean): Promise<void> {
    return this.#call(`chmod ${path} ${String(mode)} ${String(recursive)}`);
  }

  chown(path: string, uid: number, gid: number, recursive: boolean): Promise<void> {
    return this.#call(`chown ${path} ${String(uid)} ${String(gid)} ${String(recursive)}`);
  }

  setModified(path: string, modifiedMs: number): Promise<void> {
    return this.#call(`setModified ${path} ${String(modifiedMs)}`);
  }

  symlink(target: string, path: string): Promise<void> {
    return this.#call(`symlink ${target} ${path}`);
  }

  space(path: string): Promise<{ total: number; free: number } | null> {
    return this.#call(`space ${path}`, undefined, { total: 2, free: 1 });
  }

  hash(path: string, length: number, signal?: AbortSignal): Promise<string | null> {
    return this.#call(`hash ${path} ${String(length)}`, signal, "ab12");
  }

  digest(path: string, length: number, signal?: AbortSignal): Promise<string | null> {
    return this.#call(`digest ${path} ${String(length)}`, signal, "pieces:ab12");
  }

  read(path: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const call = `read ${path} ${String(offset)} ${String(length)}`;
    return this.#call(call, signal, new Uint8Array([1, 2, 3, 4]).subarray(1, 3));
  }

  put(path: string, data: Uint8Array, options: PutOptions): Promise<string> {
    const call = `put ${path} ${String(data)} ${JSON.stringify(options)}`;
    return this.#call(call, undefined, entryText("put"));
  }

  save(path: string, data: Uint8Array): Promise<{ entry: string; note: string }> {
    const call = `save ${path} ${String(data)}`;
    return this.#call(call, undefined, { entry: entryText("saved"), note: "In place." });
  }

  download(path: string, options: object, signal?: AbortSignal): Promise<GoDownload> {
    return this.#call(`download ${path} ${JSON.stringify(options)}`, signal, this.download_);
  }

  upload(path: string, options: object, signal?: AbortSignal): Promise<GoUpload> {
    return this.#call(`upload ${path} ${JSON.stringify(options)}`, signal, this.upload_);
  }

  tree(
    paths: string[],
    has: ((path: string, size: number, modifiedMs: number | null) => boolean) | null,
    signal?: AbortSignal,
  ): Promise<GoTree> {
    this.tree_.has = has;
    return this.#call(`tree ${paths.join(" ")}`, signal, this.tree_);
  }

  follow(path: string, lines: number, sink: Sink): Promise<GoSession> {
    const session = new FakeSession(sink);
    this.sessions.push(session);
    return this.#call(`follow ${path} ${String(lines)}`, undefined, session);
  }

  shellState(): Promise<ShellState | null> {
    return this.#call("shellState", undefined, { directory: "/tmp", atPrompt: true });
  }

  close(): Promise<void> {
    this.end.resolve({ code: "closed", message: "The files are closed." });
    return Promise.resolve();
  }

  #call(call: string, signal?: AbortSignal): Promise<void>;
  #call<T>(call: string, signal: AbortSignal | undefined, result: T): Promise<T>;
  #call(call: string, signal?: AbortSignal, result?: unknown): Promise<unknown> {
    this.calls.push(call);
    if (this.failure !== undefined) {
      return Promise.reject(this.failure);
    }
    if (!this.hangs) {
      return Promise.resolve(result);
    }
    return new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => {
        this.calls.push(`aborted ${call}`);
        reject(Object.assign(new Error("aborted in Go"), { code: "cancelled" }));
      });
    });
  }
}
