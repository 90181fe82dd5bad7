/** A device's files in memory, for tests of the panel: what a Files promises, without a device. */

import type { FileEntry, Files, FileType, ShellState, TreeCount } from "../src/bridge/files.ts";

interface Node {
  type: FileType;
  mode: number;
  size: number;
  modifiedMs: number | null;
  target: string;
  children: Map<string, Node> | null;
}

/** A failure with a code, as the bridge's. */
export class Failure extends Error {
  readonly code: string;

  constructor(code: string, message = code) {
    super(message);
    this.code = code;
  }
}

export class MemoryFiles implements Files {
  readonly info: Files["info"];
  /** What shellState answers. */
  shell: ShellState | null = { directory: "/home/demo", atPrompt: true };
  /** Path → code: a listing that fails. */
  readonly refuse = new Map<string, string>();
  /** Set to hold back every listing after its first batch. */
  gate: Promise<void> = Promise.resolve();
  /** Set to hold back every read. */
  readGate: Promise<void> = Promise.resolve();
  /** How many reads are under way. */
  reading = 0;
  /** What was called, in order. */
  readonly calls: string[] = [];
  readonly closed: Files["closed"];
  end!: (end: { code: string; message: string }) => void;
  readonly #root: Node = folder();

  constructor(info: Partial<Files["info"]> = {}) {
    this.info = {
      ...{ backend: "sftp", home: "/home/demo", hash: true, gzip: true, missing: [] },
      ...info,
    };
    this.closed = new Promise((resolve) => {
      this.end = resolve;
    });
    this.folder("/home/demo");
  }

  /** Makes a directory with all that lead to it. */
  folder(path: string): this {
    let at = this.#root;
    for (const name of path.split("/").filter((part) => part !== "")) {
      const next = at.children?.get(name) ?? folder();
      at.children?.set(name, next);
      at = next;
    }
    return this;
  }

  /** Makes a file. */
  file(path: string, size = 0, more: Partial<Node> = {}): this {
    this.folder(parent(path));
    const node = { ...folder(), ...{ type: "file" as const, mode: 0o644, size }, ...more };
    this.#children(parent(path)).set(base(path), { ...node, children: null });
    return this;
  }

  /** Makes a link. */
  link(path: string, target: string): this {
    return this.file(path, 0, { type: "link", mode: 0o777, target });
  }

  async list(
    path: string,
    entries: (batch: FileEntry[]) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    this.calls.push(`list ${path}`);
    const refused = this.refuse.get(path);
    if (refused !== undefined && refused !== "too_many") throw new Failure(refused);
    const all = [...this.#children(path)].map(([name, node]) => this.#entry(path, name, node));
    const size = 2048;
    for (let at = 0; at === 0 || at < all.length; at += size) {
      await Promise.resolve();
      if (signal?.aborted === true) throw new Failure("cancelled");
      entries(all.slice(at, at + size));
      await Promise.race([this.gate, aborted(signal)]);
    }
    if (refused !== undefined) throw new Failure(refused);
  }

  stat(path: string, follow: boolean): Promise<FileEntry> {
    return this.#try(() => {
      const node = this.#node(path);
      const real = follow && node.type === "link" ? this.#node(node.target) : node;
      return this.#entry(parent(path), base(path), real);
    });
  }

  realPath(path: string): Promise<string> {
    return this.#try(() => {
      const node = this.#node(path);
      return node.type === "link" ? node.target : path;
    });
  }

  readLink(path: string): Promise<string> {
    return this.#try(() => this.#node(path).target);
  }

  mkdir(path: string): Promise<void> {
    this.calls.push(`mkdir ${path}`);
    return this.#try(() => {
      if (this.#children(parent(path)).has(base(path))) throw new Failure("exists");
      this.folder(path);
    });
  }

  rename(from: string, to: string, replace: boolean): Promise<void> {
    this.calls.push(`rename ${from} ${to} ${String(replace)}`);
    return this.#try(() => {
      const node = this.#node(from);
      if (!replace && this.#children(parent(to)).has(base(to))) throw new Failure("exists");
      this.#children(parent(from)).delete(base(from));
      this.#children(parent(to)).set(base(to), node);
    });
  }

  async remove(path: string, progress: (removed: number) => void): Promise<number> {
    this.calls.push(`remove ${path}`);
    const count = await this.count(path, () => undefined);
    this.#children(parent(path)).delete(base(path));
    const removed = count.files + count.folders + count.others;
    progress(removed);
    return removed;
  }

  count(path: string, progress: (found: TreeCount) => void): Promise<TreeCount> {
    return this.#try(() => {
      const count = { files: 0, folders: 0, others: 0, bytes: 0 };
      const walk = (node: Node): void => {
        if (node.type === "dir") count.folders++;
        else if (node.type === "file") count.files++;
        else count.others++;
        if (node.type === "file") count.bytes += node.size;
        for (const child of node.children?.values() ?? []) walk(child);
      };
      walk(this.#node(path));
      progress({ ...count });
      return count;
    });
  }

  chmod(path: string, mode: number, recursive: boolean): Promise<void> {
    this.calls.push(`chmod ${path} ${mode.toString(8)} ${String(recursive)}`);
    return this.#try(() => {
      this.#node(path).mode = mode;
    });
  }

  chown(path: string, uid: number, gid: number, recursive: boolean): Promise<void> {
    this.calls.push(`chown ${path} ${String(uid)}:${String(gid)} ${String(recursive)}`);
    return Promise.resolve();
  }

  setModified(path: string, modifiedMs: number): Promise<void> {
    return this.#try(() => {
      this.#node(path).modifiedMs = modifiedMs;
    });
  }

  symlink(target: string, path: string): Promise<void> {
    this.calls.push(`symlink ${target} ${path}`);
    return this.#try(() => {
      this.link(path, target);
    });
  }

  space(): Promise<{ total: number; free: number } | null> {
    return Promise.resolve({ total: 32e9, free: 12.5e9 });
  }

  hash(): Promise<string | null> {
    return Promise.resolve("ab".repeat(32));
  }

  digest(): Promise<string | null> {
    return this.hash();
  }

  async read(
    path: string,
    offset = 0,
    length = 8 << 20,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    this.calls.push(`read ${path}`);
    this.reading++;
    try {
      await Promise.race([this.readGate, aborted(signal)]);
      if (signal?.aborted === true) throw new Failure("cancelled");
      return new TextEncoder().encode("hello\n").subarray(offset, offset + length);
    } finally {
      this.reading--;
    }
  }

  put(path: string, data: Uint8Array): Promise<FileEntry> {
    this.calls.push(`put ${path} ${String(data.byteLength)}`);
    return this.#try(() => {
      this.file(path, data.byteLength);
      return this.#entry(parent(path), base(path), this.#node(path));
    });
  }

  async save(path: string, data: Uint8Array): Promise<{ entry: FileEntry; note: string }> {
    return { entry: await this.put(path, data), note: "" };
  }

  download(): Promise<FileEntry> {
    return Promise.reject(new Failure("unsupported"));
  }

  upload(): Promise<void> {
    return Promise.reject(new Failure("unsupported"));
  }

  tree(): Promise<void> {
    return Promise.reject(new Failure("unsupported"));
  }

  follow(): Promise<never> {
    return Promise.reject(new Failure("unsupported"));
  }

  shellState(): Promise<ShellState | null> {
    return Promise.resolve(this.shell);
  }

  close(): Promise<void> {
    this.end({ code: "closed", message: "" });
    return Promise.resolve();
  }

  /** What throws becomes a rejection, as over the bridge. */
  async #try<T>(action: () => T): Promise<T> {
    await Promise.resolve();
    return action();
  }

  #entry(directory: string, name: string, node: Node): FileEntry {
    const { type, size, modifiedMs, mode, target } = node;
    const place = target.startsWith("/") ? target : `${directory}/${target}`;
    const leadsTo = type === "link" ? this.#find(place)?.type : undefined;
    return {
      ...{ name, type, size, modifiedMs, mode, target },
      ...{ uid: 1000, gid: 1000, owner: "demo", group: "staff" },
      targetType: leadsTo ?? "unknown",
    };
  }

  #children(path: string): Map<string, Node> {
    const { children } = this.#node(path);
    if (children === null) throw new Failure("not_directory");
    return children;
  }

  #node(path: string): Node {
    const node = this.#find(path);
    if (node === null) throw new Failure("not_found", `${path} is not there.`);
    return node;
  }

  /** Links on the way are followed, the last element is not. */
  #find(path: string): Node | null {
    let at: Node | null = this.#root;
    for (const name of path.split("/").filter((part) => part !== "" && part !== ".")) {
      if (at?.type === "link") at = this.#find(at.target);
      at = at?.children?.get(name) ?? null;
    }
    return at;
  }
}

function folder(): Node {
  const modifiedMs = Date.UTC(2026, 10, 22, 7, 20);
  return { type: "dir", mode: 0o755, size: 4096, modifiedMs, target: "", children: new Map() };
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function base(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    signal?.addEventListener("abort", () => {
      resolve();
    });
  });
}
