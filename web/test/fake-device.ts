/** A device in memory, and its files over one connection after the other. */

import type { FileEntry, Files, ToDevice, WriterWord } from "../src/bridge/files.ts";
import { DoneFiles, type DoneMarks } from "../src/bridge/done-files.ts";
import { BridgeFailure, cancelled, toFailure } from "../src/bridge/failure.ts";
import { digest, sha256 } from "./digest.ts";
import { Window } from "./fake-window.ts";

/** Bytes that cross a port at once. */
export const PIECE = 32 * 1024;

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
  #held: Promise<void> | null = null;
  #heldAt = Infinity;
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

  /** Downloads are slow once so many bytes moved, until what is given is called. */
  slowAt(bytes: number): () => void {
    let goOn: () => void = () => undefined;
    this.#held = new Promise((resolve) => (goOn = resolve));
    this.#heldAt = bytes;
    return () => {
      this.#heldAt = Infinity;
      goOn();
    };
  }

  async held(): Promise<void> {
    if (this.moved < this.#heldAt) return;
    await Promise.race([this.#held, new Promise((resolve) => setTimeout(resolve, 30))]);
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
        await this.#device.held();
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
          if (path !== top && !path.startsWith(top === "/" ? top : `${top}/`)) continue;
          await reader.room();
          const name = top === "/" ? `root${path === top ? "" : path}` : path.slice(base.length);
          const entry = this.#device.entry(path, false);
          if (entry.mode === 0) {
            const message = `“${name}” may not be read.`;
            reader.post({ type: "fault", path: name, code: "permission_denied", message });
            continue;
          }
          const isFile = entry.type === "file";
          const done = isFile && has?.leaves(name, entry.size, entry.modifiedMs) === true;
          reader.post({ type: "entry", path: name, entry, done });
          for (let at = 0; at < data.length && !done; at += PIECE) {
            await reader.room();
            const piece = data.slice(at, at + PIECE);
            await this.#device.held();
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
