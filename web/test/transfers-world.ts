/** A device and a disk in memory, over real ports, for the tests of the queue. */

import type { FileEntry, Files, FromDevice, ReaderWord } from "../src/bridge/files.ts";
import { DOWNLOAD_WINDOW_BYTES, UPLOAD_WINDOW_BYTES } from "../src/bridge/files.ts";
import type { ToDevice, WriterWord } from "../src/bridge/files.ts";
import { DoneFiles, type DoneMarks } from "../src/bridge/done-files.ts";
import { BridgeFailure, cancelled, toFailure } from "../src/bridge/failure.ts";
import type { Disk, DiskEnd, DiskJob } from "../src/files/disk/types.ts";
import type { SaveTarget } from "../src/files/disk/types.ts";
import type { Transfer } from "../src/files/transfers/types.ts";
import { FileQueue, type QueueOptions } from "../src/files/transfers/queue.ts";
import type { LedgerPiece } from "../src/files/transfers/tree-ledger.ts";
import type { TransferRecord, TransferRecords } from "../src/files/transfers/records.ts";
import { digest, sha256 } from "./digest.ts";

const PIECE = 32 * 1024;

export { sha256 };

/** Bytes that are different everywhere, so that a wrong offset shows. */
export function contents(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length);
  let x = seed;
  for (let i = 0; i < length; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    out[i] = x >>> 16;
  }
  return out;
}

export function localFile(name: string, data: Uint8Array<ArrayBuffer>, lastModified = 1e12): File {
  return new File([data], name, { lastModified });
}

/** Resolves when condition holds; fails after half a minute. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

interface Node {
  type: FileEntry["type"];
  data: Uint8Array<ArrayBuffer>;
  mode: number;
  modifiedMs: number | null;
  uid: number;
  target: string;
}

/** What the device's disk holds; it outlives connections. */
export class FakeDevice {
  readonly nodes = new Map<string, Node>();
  /** Calls by name, oldest first. */
  readonly calls: { name: string; args: unknown[] }[] = [];
  hashes = true;
  /** Bytes that its disk still takes. */
  space = Infinity;
  /** Bytes moved by streams, both ways. */
  moved = 0;
  /** The connection ends when so many bytes moved. */
  cutAt = Infinity;
  /** Run before each call, by its name; may fail. */
  before: (name: string, path: string) => Promise<void> | void = () => undefined;
  /** How long a device's clock is ahead. */
  clockMs = 0;

  constructor() {
    this.dir("/");
    this.dir("/home");
  }

  dir(path: string): void {
    this.nodes.set(path, this.#node("dir"));
  }

  file(path: string, data: Uint8Array<ArrayBuffer>, more: Partial<Node> = {}): void {
    this.nodes.set(path, { ...this.#node("file"), data, ...more });
  }

  data(path: string): Uint8Array | null {
    return this.nodes.get(path)?.data ?? null;
  }

  names(): string[] {
    return [...this.nodes.keys()].filter((path) => path !== "/" && path !== "/home").sort();
  }

  count(name: string): number {
    return this.calls.filter((call) => call.name === name).length;
  }

  /** A new connection to it. */
  connect(): FakeFiles {
    this.cutAt = Infinity;
    return new FakeFiles(this);
  }

  entry(path: string, follow: boolean): FileEntry {
    const node = this.nodes.get(path);
    if (node === undefined) throw new BridgeFailure("not_found", `There is no “${path}”.`);
    if (follow && node.type === "link") return this.entry(node.target, true);
    const targetType = this.nodes.get(node.target)?.type ?? "unknown";
    const name = path.slice(path.lastIndexOf("/") + 1);
    return {
      ...{ name, type: node.type, size: node.data.length, modifiedMs: node.modifiedMs },
      ...{ mode: node.mode, uid: node.uid, gid: 0, owner: "", group: "" },
      ...{ target: node.target, targetType },
    };
  }

  write(path: string, offset: number, data: Uint8Array): void {
    const node = this.nodes.get(path);
    if (node === undefined) throw new BridgeFailure("not_found", `There is no “${path}”.`);
    if (this.space < data.length) throw new BridgeFailure("no_space", "The disk is full.");
    this.space -= data.length;
    const end = Math.max(node.data.length, offset + data.length);
    if (end > node.data.buffer.byteLength) {
      const roomy = new Uint8Array(2 * end);
      roomy.set(node.data);
      node.data = roomy;
    }
    node.data = new Uint8Array(node.data.buffer, 0, end);
    node.data.set(data, offset);
    node.modifiedMs = Date.now() + this.clockMs;
  }

  #node(type: FileEntry["type"]): Node {
    const data = new Uint8Array(0);
    return { type, data, mode: 0o644, modifiedMs: 1e12, uid: 0, target: "" };
  }
}

/** {@link Files} of a device; after cut() everything fails. */
export class FakeFiles implements Files {
  readonly info: Files["info"];
  readonly closed: Promise<{ code: string; message: string }>;
  gone = false;
  readonly #device: FakeDevice;
  #end: (info: { code: string; message: string }) => void = () => undefined;

  constructor(device: FakeDevice) {
    this.#device = device;
    const { hashes } = device;
    this.info = { backend: "sftp", home: "/home", hash: hashes, gzip: false, missing: [] };
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** The connection ends. */
  cut(): void {
    this.gone = true;
    this.#end({ code: "lost", message: "The connection broke." });
  }

  async stat(path: string, follow: boolean): Promise<FileEntry> {
    await this.#called("stat", path, follow);
    return this.#device.entry(path, follow);
  }

  async realPath(path: string): Promise<string> {
    await this.#called("realPath", path);
    const node = this.#device.nodes.get(path);
    return node?.type === "link" ? node.target : path;
  }

  async mkdir(path: string): Promise<void> {
    await this.#called("mkdir", path);
    if (this.#device.nodes.has(path)) throw new BridgeFailure("exists", `“${path}” is there.`);
    this.#device.dir(path);
  }

  async rename(from: string, to: string, replace: boolean): Promise<void> {
    await this.#called("rename", from, to, replace);
    const { nodes } = this.#device;
    const node = nodes.get(from);
    if (node === undefined) throw new BridgeFailure("not_found", `There is no “${from}”.`);
    if (!replace && nodes.has(to)) throw new BridgeFailure("exists", `“${to}” is there.`);
    nodes.delete(from);
    nodes.set(to, node);
  }

  async remove(path: string): Promise<number> {
    await this.#called("remove", path);
    return this.#device.nodes.delete(path) ? 1 : 0;
  }

  async count(
    path: string,
  ): Promise<{ files: number; folders: number; others: number; bytes: number }> {
    await this.#called("count", path);
    const found = [...this.#device.nodes].filter(
      ([each]) => each === path || each.startsWith(`${path}/`),
    );
    const files = found.filter(([, { type }]) => type === "file");
    const bytes = files.reduce((sum, [, { data }]) => sum + data.length, 0);
    return { files: files.length, folders: found.length - files.length, others: 0, bytes };
  }

  async chmod(path: string, mode: number): Promise<void> {
    await this.#called("chmod", path, mode);
    this.#of(path).mode = mode;
  }

  async chown(path: string, uid: number): Promise<void> {
    await this.#called("chown", path, uid);
    this.#of(path).uid = uid;
  }

  async setModified(path: string, modifiedMs: number): Promise<void> {
    await this.#called("setModified", path, modifiedMs);
    this.#of(path).modifiedMs = modifiedMs;
  }

  async hash(path: string, length: number): Promise<string | null> {
    await this.#called("hash", path, length);
    const { data } = this.#of(path);
    return sha256(length < 0 ? data : data.subarray(0, length));
  }

  async digest(path: string, length: number): Promise<string | null> {
    await this.#called("digest", path, length);
    const { data } = this.#of(path);
    return digest(length < 0 ? data : data.subarray(0, length));
  }

  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    await this.#called("read", path, offset, length);
    return this.#of(path).data.slice(offset, offset + length);
  }

  async put(
    path: string,
    data: Uint8Array,
    options: { replace: boolean; mode: number | null; modifiedMs: number | null },
  ): Promise<FileEntry> {
    await this.#called("put", path, options);
    await new Promise((resolve) => setImmediate(resolve));
    const there = this.#device.nodes.has(path);
    if (there && !options.replace) throw new BridgeFailure("exists", `“${path}” is there.`);
    if (!there) this.#device.file(path, new Uint8Array(0));
    this.#of(path).data = new Uint8Array(0);
    this.#device.write(path, 0, data);
    if (options.modifiedMs !== null) this.#of(path).modifiedMs = options.modifiedMs;
    await this.#called("put's answer", path);
    return this.#device.entry(path, false);
  }

  save(): Promise<never> {
    return Promise.reject(new BridgeFailure("unsupported", "No transfer saves like this."));
  }

  async download(
    path: string,
    options: { offset: number; length: number; gzip: boolean },
    port: MessagePort,
  ): Promise<FileEntry> {
    await this.#called("download", path, options);
    const entry = this.#device.entry(path, true);
    void this.#pump(path, options, port);
    return entry;
  }

  async upload(
    path: string,
    options: { offset: number; fresh: boolean; mode: number | null; gzip: boolean },
    port: MessagePort,
  ): Promise<void> {
    await this.#called("upload", path, options);
    const there = this.#device.nodes.has(path);
    if (there && options.fresh) throw new BridgeFailure("exists", `“${path}” is there.`);
    if (!there) this.#device.file(path, new Uint8Array(0), { mode: options.mode ?? 0o644 });
    const node = this.#of(path);
    node.data = node.data.slice(0, options.offset);
    let at = options.offset;
    const post = (word: WriterWord): void => {
      port.postMessage(word);
      if (word.type === "failed" || word.type === "done") port.onmessage = null;
    };
    void this.closed.then(() => {
      if (port.onmessage !== null) post({ type: "failed", code: "lost", message: "It broke." });
    });
    port.onmessage = ({ data: word }: MessageEvent<ToDevice>) => {
      try {
        if (word.type === "cancel") throw cancelled();
        if (word.type === "end") {
          post({ type: "done" });
          return;
        }
        this.#move(word.data.byteLength);
        this.#device.write(path, at, new Uint8Array(word.data));
        at += word.data.byteLength;
        post({ type: "credit", bytes: word.data.byteLength });
        post({ type: "confirmed", offset: at });
      } catch (thrown) {
        const { code, message } = toFailure(thrown);
        post({ type: "failed", code, message });
      }
    };
  }

  async tree(paths: string[], done: DoneMarks | null, port: MessagePort): Promise<void> {
    await this.#called("tree", paths.join(" "));
    void this.#pumpTree(paths, done === null ? null : new DoneFiles(done), port);
  }

  list(): Promise<void> {
    return Promise.reject(new Error("not asked for here"));
  }
  readLink(): Promise<string> {
    return Promise.reject(new Error("not asked for here"));
  }
  symlink(): Promise<void> {
    return Promise.reject(new Error("not asked for here"));
  }
  space(): Promise<null> {
    return Promise.resolve(null);
  }
  follow(): Promise<never> {
    return Promise.reject(new Error("not asked for here"));
  }
  shellState(): Promise<null> {
    return Promise.resolve(null);
  }
  close(): Promise<void> {
    return Promise.resolve();
  }

  #of(path: string): Node {
    const node = this.#device.nodes.get(path);
    if (node === undefined) throw new BridgeFailure("not_found", `There is no “${path}”.`);
    return node.type === "link" ? this.#of(node.target) : node;
  }

  async #called(name: string, path: string, ...args: unknown[]): Promise<void> {
    this.#device.calls.push({ name, args: [path, ...args] });
    await this.#device.before(name, path);
    this.#alive();
  }

  #alive(): void {
    if (this.gone) throw new BridgeFailure("lost", "The connection broke.");
  }

  #move(bytes: number): void {
    this.#alive();
    this.#device.moved += bytes;
    if (this.#device.moved >= this.#device.cutAt) {
      this.cut();
      this.#alive();
    }
  }

  async #pump(
    path: string,
    { offset, length }: { offset: number; length: number },
    port: MessagePort,
  ): Promise<void> {
    const reader = new Window(port, this.closed);
    try {
      let left = length < 0 ? Infinity : length;
      for (let at = offset; left > 0;) {
        await reader.room();
        const data = this.#of(path).data.slice(at, at + Math.min(PIECE, left));
        if (data.length === 0) break;
        this.#move(data.length);
        at += data.length;
        left -= data.length;
        reader.post({ type: "data", data: data.buffer });
      }
      reader.post({ type: "end" });
    } catch (thrown) {
      const { code, message } = toFailure(thrown);
      reader.post({ type: "failed", code, message });
    }
  }

  async #pumpTree(paths: string[], has: DoneFiles | null, port: MessagePort): Promise<void> {
    const reader = new Window(port, this.closed);
    try {
      for (const top of paths) {
        const base = top.slice(0, top.lastIndexOf("/") + 1);
        for (const [path, { data }] of this.#device.nodes) {
          if (path !== top && !path.startsWith(`${top}/`)) continue;
          await reader.room();
          const name = path.slice(base.length);
          const entry = this.#device.entry(path, false);
          if (entry.mode === 0) {
            const message = `“${name}” may not be read.`;
            reader.post({ type: "fault", path: name, code: "permission_denied", message });
            continue;
          }
          const isFile = entry.type === "file";
          const done = isFile && has?.has(name, entry.size, entry.modifiedMs) === true;
          reader.post({ type: "entry", path: name, entry, done });
          for (let at = 0; at < data.length && !done; at += PIECE) {
            await reader.room();
            const piece = data.slice(at, at + PIECE);
            this.#move(piece.length);
            reader.post({ type: "data", data: piece.buffer });
          }
        }
      }
      reader.post({ type: "end" });
    } catch (thrown) {
      const { code, message } = toFailure(thrown);
      reader.post({ type: "failed", code, message });
    }
  }
}

/** The sending end of a download's port. */
class Window {
  readonly #port: MessagePort;
  #open = DOWNLOAD_WINDOW_BYTES;
  #ended: BridgeFailure | null = null;
  #wake: () => void = () => undefined;
  /** Most that was on its way at once. */
  static most = 0;

  constructor(port: MessagePort, closed: Promise<unknown>) {
    this.#port = port;
    port.onmessage = ({ data: word }: MessageEvent<ReaderWord>) => {
      if (word.type === "credit") this.#open += word.bytes;
      else this.#ended = cancelled();
      this.#wake();
    };
    void closed.then(() => {
      this.#ended ??= new BridgeFailure("lost", "The connection broke.");
      this.#wake();
    });
  }

  async room(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#open <= 0 && this.#ended === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#ended !== null) throw this.#ended;
  }

  post(word: FromDevice): void {
    if (word.type === "data") {
      this.#open -= word.data.byteLength;
      Window.most = Math.max(Window.most, DOWNLOAD_WINDOW_BYTES - this.#open);
    }
    this.#port.postMessage(word);
    if (word.type === "end" || word.type === "failed") this.#port.onmessage = null;
  }
}

/** A file of the person, as a handle. */
export class FakeHandle {
  readonly kind = "file";
  readonly name: string;
  data: Uint8Array<ArrayBuffer>;
  modifiedMs = Date.now();
  permission: PermissionState = "granted";

  constructor(name: string, data = new Uint8Array(0)) {
    this.name = name;
    this.data = data;
  }

  get handle(): FileSystemFileHandle {
    return this as unknown as FileSystemFileHandle;
  }

  getFile(): Promise<File> {
    return Promise.resolve(localFile(this.name, this.data, this.modifiedMs));
  }

  requestPermission(): Promise<PermissionState> {
    return Promise.resolve(this.permission);
  }
}

/** A folder of the person. */
export class FakeFolder {
  readonly kind = "directory";
  readonly name = "folder";
  readonly files = new Map<string, FakeHandle>();
  readonly folders = new Set<string>();

  get handle(): FileSystemDirectoryHandle {
    return this as unknown as FileSystemDirectoryHandle;
  }

  getFileHandle(name: string, { create = false } = {}): Promise<FakeHandle> {
    const there = this.files.get(name);
    if (there !== undefined) return Promise.resolve(there);
    if (!create) return Promise.reject(new DOMException("no", "NotFoundError"));
    const made = new FakeHandle(name);
    this.files.set(name, made);
    return Promise.resolve(made);
  }

  getDirectoryHandle(name: string): Promise<unknown> {
    return this.folders.has(name)
      ? Promise.resolve({})
      : Promise.reject(new DOMException("no", "NotFoundError"));
  }
}

/** {@link Disk} over fake handles; what goes to the browser is kept by name. */
export class FakeDisk implements Disk {
  /** The browser's downloads; null while one is not complete. */
  readonly downloads = new Map<string, Uint8Array | null>();
  /** Bytes that the person's disk still takes. */
  space = Infinity;
  /** Changes what is hashed: a disk that fails. */
  spoil = (hash: string): string => hash;
  /** Bytes that were sent to devices. */
  sent = 0;
  /** The person ends the browser's download. */
  endDownload: () => void = () => undefined;

  save(
    port: MessagePort,
    target: SaveTarget,
    at: number,
    progress: (bytes: number) => void,
  ): DiskJob {
    const pieces: Uint8Array[] = [];
    const handle = target.kind === "handle" ? (target.handle as unknown as FakeHandle) : null;
    if (target.kind === "browser") this.downloads.set(target.name, null);
    if (handle !== null) pieces.push(handle.data.slice(0, at));
    const flush = (): Uint8Array<ArrayBuffer> => {
      const all = new Uint8Array(Buffer.concat(pieces));
      if (handle !== null) handle.data = all;
      return all;
    };
    let bytes = at;
    const made = job<DiskEnd>(port, flush, (word: FromDevice, settle) => {
      if (word.type === "failed") settle.fail(new BridgeFailure(word.code, word.message));
      if (word.type === "data") {
        this.space -= word.data.byteLength;
        if (this.space < 0) {
          settle.fail(new BridgeFailure("local_full", "There is no room left on this computer."));
          return;
        }
        pieces.push(new Uint8Array(word.data));
        bytes += word.data.byteLength;
        port.postMessage({ type: "credit", bytes: word.data.byteLength });
        progress(bytes);
      }
      if (word.type === "end") {
        const all = flush();
        if (target.kind === "browser") this.downloads.set(target.name, all);
        settle.done({ bytes: bytes - at, digest: this.spoil(digest(all)) });
      }
    });
    if (target.kind === "browser") this.endDownload = made.cancel;
    return made;
  }

  saveTree(): DiskJob<never> {
    throw new Error("trees are for tree-world.ts");
  }

  send(blob: Blob, port: MessagePort, at: number, progress: (bytes: number) => void): DiskJob {
    let [next, open] = [at, UPLOAD_WINDOW_BYTES];
    let over = false;
    const step = async (settle: Settle<DiskEnd>): Promise<void> => {
      while (open > 0 && next < blob.size && !over) {
        const from = next;
        next = Math.min(blob.size, from + PIECE);
        open -= next - from;
        try {
          const data = await blob.slice(from, next).arrayBuffer();
          this.sent += data.byteLength;
          port.postMessage({ type: "data", data } satisfies ToDevice);
        } catch (thrown) {
          settle.fail(toFailure(thrown));
        }
      }
      if (next >= blob.size && !over) {
        over = true;
        port.postMessage({ type: "end" } satisfies ToDevice);
      }
    };
    let running = Promise.resolve();
    const made = job<DiskEnd>(
      port,
      () => undefined,
      (word: WriterWord, settle) => {
        if (word.type === "credit") {
          open += word.bytes;
          running = running.then(() => step(settle));
        }
        if (word.type === "confirmed") progress(word.offset);
        if (word.type === "failed") {
          over = true;
          settle.fail(new BridgeFailure(word.code, word.message));
        }
        if (word.type === "done") {
          void blob.arrayBuffer().then((all) => {
            settle.done({ bytes: blob.size - at, digest: this.spoil(digest(new Uint8Array(all))) });
          });
        }
      },
    );
    const cancel = made.cancel.bind(made);
    made.cancel = () => {
      over = true;
      cancel();
    };
    running = running.then(() => step(made.settle));
    return made;
  }

  hash(blob: Blob, length: number): DiskJob<string> {
    const done = blob
      .slice(0, length)
      .arrayBuffer()
      .then((data) => digest(new Uint8Array(data)));
    return { done, cancel: () => undefined };
  }
}

interface Settle<End> {
  done: (end: End) => void;
  fail: (failure: Error) => void;
}

function job<End>(
  port: MessagePort,
  flush: () => unknown,
  heard: (word: never, settle: Settle<End>) => void,
): Omit<DiskJob<End>, "cancel"> & { cancel: () => void; settle: Settle<End> } {
  let settle: Settle<End> = { done: () => undefined, fail: () => undefined };
  const done = new Promise<End>((resolve, reject) => {
    const over = (): void => {
      port.onmessage = null;
      setImmediate(() => {
        port.close();
      });
    };
    settle = {
      done: (end) => {
        over();
        resolve(end);
      },
      fail: (failure) => {
        flush();
        port.postMessage({ type: "cancel" });
        over();
        reject(failure);
      },
    };
  });
  done.catch(() => undefined);
  port.onmessage = (event: MessageEvent) => {
    heard(event.data as never, settle);
  };
  const cancel = (): void => {
    settle.fail(cancelled());
  };
  return { done, cancel, settle };
}

/** Records in memory; two queues over one are two tabs, or one before and after a reload. */
export class FakeRecords implements TransferRecords {
  readonly kept = new Map<string, TransferRecord>();
  readonly ledgers = new Map<string, LedgerPiece[]>();
  readonly alive = new Set<string>();

  of(device: string): Promise<TransferRecord[]> {
    return Promise.resolve([...this.kept.values()].filter((record) => record.device === device));
  }

  put(record: TransferRecord): Promise<void> {
    this.kept.set(record.id, record);
    return Promise.resolve();
  }

  append(id: string, piece: LedgerPiece): Promise<void> {
    this.ledgers.set(id, [...(this.ledgers.get(id) ?? []), piece]);
    return Promise.resolve();
  }

  pieces(id: string): Promise<LedgerPiece[]> {
    return Promise.resolve(this.ledgers.get(id) ?? []);
  }

  delete(id: string): Promise<void> {
    this.kept.delete(id);
    this.ledgers.delete(id);
    return Promise.resolve();
  }

  hold(owner: string): Promise<ReadonlySet<string>> {
    this.alive.add(owner);
    return Promise.resolve(new Set(this.alive));
  }

  release(owner: string): void {
    this.alive.delete(owner);
  }
}

/** Everything a test needs, connected. */
export class World {
  readonly device = new FakeDevice();
  readonly disk = new FakeDisk();
  readonly queue: FileQueue;
  files: FakeFiles;
  /** What the gateway would learn. */
  readonly reports: unknown[] = [];

  constructor(options: Partial<QueueOptions> = {}) {
    this.queue = new FileQueue({
      ...{ disk: this.disk, device: "t/7" },
      report: (event) => this.reports.push(event),
      ...options,
    });
    this.files = this.device.connect();
    this.queue.setFiles(this.files);
  }

  /** The next connection. */
  reconnect(): void {
    this.files = this.device.connect();
    this.queue.setFiles(this.files);
  }

  get first(): Transfer {
    const [first] = this.queue.list;
    if (first === undefined) throw new Error("the queue is empty");
    return first;
  }

  /** Resolves when the first has that state. */
  async reaches(state: Transfer["state"], at = 0): Promise<Transfer> {
    const said = (): string => JSON.stringify(this.queue.list[at]);
    await until(state, () => {
      const now = this.queue.list[at]?.state;
      if (now === "failed" && state !== "failed") throw new Error(`it failed: ${said()}`);
      return now === state;
    });
    return this.queue.list[at] ?? this.first;
  }

  upload(path: string, data: Uint8Array<ArrayBuffer>, lastModified?: number): void {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const file = localFile(name, data, lastModified);
    this.queue.upload([{ path: name, file }], path.slice(0, path.lastIndexOf("/")) || "/");
  }

  /** Downloads into a folder. */
  async download(path: string, folder = new FakeFolder()): Promise<FakeFolder> {
    const entry = this.device.entry(path, true);
    await this.queue.download([{ path, entry }], folder.handle);
    return folder;
  }
}
