/**
 * A tree as one zip of the browser's downloads. What went to the browser cannot be opened
 * again, so the zip's stream waits while connections come and go; it ends with the page.
 */

import type { FileEntry } from "../../bridge/files.ts";
import type { KeepOptions, TreeTarget } from "../disk/types.ts";
import type { TreeEnd } from "../disk/messages.ts";
import { Splice, type SpliceItem } from "./splice.ts";
import type { TellTree, TreeOutcome } from "./tree-into-folder.ts";
import { TreeLedger } from "./tree-ledger.ts";
import { devicePath } from "./tree-paths.ts";
import { statOrNull } from "./verify.ts";
import type { Env } from "./work.ts";

/** Faults that were told: a directory that cannot be read is met in each go. */
const MOST_TOLD = 10_000;

interface Current {
  readonly path: string;
  readonly entry: FileEntry;
  bytes: number;
}

export class TreeIntoZip {
  readonly #paths: readonly string[];
  readonly #target: Extract<TreeTarget, { kind: "zip" }>;
  readonly #options: KeepOptions;
  #splice: Splice<TreeEnd> | null = null;
  #ledger = new TreeLedger();
  /** The file whose data comes, or came when the connection went. */
  #current: Current | null = null;
  #told = new Set<string>();
  #tell: TellTree = () => undefined;

  constructor(
    paths: readonly string[],
    target: Extract<TreeTarget, { kind: "zip" }>,
    options: KeepOptions,
  ) {
    this.#paths = paths;
    this.#target = target;
    this.#options = options;
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  async run(env: Env, tell: TellTree): Promise<TreeOutcome> {
    this.#tell = tell;
    if (this.#splice?.over === true) this.#letGo();
    const seed = this.#ledger.seed;
    const splice = (this.#splice ??= new Splice((port) =>
      env.disk.saveTree(
        port,
        this.#target,
        { rule: "rename", seed, earlier: null, keep: this.#options },
        ({ files, bytes }) => {
          Object.assign(this.#ledger, { files, bytes });
          this.#tell({ files, bytes });
        },
      ),
    ));
    this.#tell(this.#ledger, true);
    const isFirst = this.#ledger.empty && this.#current === null;
    await this.#finishCurrent(env, splice);
    const done = isFirst ? null : this.#ledger.done.marks;
    await splice.feed(
      (port) => env.files.tree([...this.#paths], done, port),
      env.signal,
      (item) => this.#wanted(item),
    );
    return { ...(await splice.end()), verified: 0 };
  }

  drop(): Promise<string> {
    this.#letGo();
    return Promise.resolve("");
  }

  #letGo(): void {
    this.#splice?.drop();
    this.#splice = null;
    this.#current = null;
    this.#ledger = new TreeLedger();
    this.#told = new Set();
  }

  remember(): null {
    return null;
  }

  ledger(): null {
    return null;
  }

  /** The rest of the file that was cut, when the device has it as it was; else a fault says so. */
  async #finishCurrent(env: Env, splice: Splice<TreeEnd>): Promise<void> {
    const current = this.#current;
    if (current === null) return;
    const { path, entry } = current;
    const at = devicePath(this.#paths, path);
    const now = at === null ? null : await statOrNull(env.files, at, false);
    const isSame = now?.size === entry.size && now.modifiedMs === entry.modifiedMs;
    if (!isSame || at === null) {
      const message = "It was changed on the device while the connection was away.";
      splice.give({ type: "fault", path, code: "changed", message });
    } else if (current.bytes < entry.size) {
      const range = { offset: current.bytes, length: entry.size - current.bytes, gzip: false };
      await splice.feed(
        (port) => env.files.download(at, range, port),
        env.signal,
        (item) => {
          if (item.type === "data") current.bytes += item.data.byteLength;
          return item.type === "data";
        },
      );
    }
    this.#through();
  }

  /** What the disk has already is left out; the rest is noted, and passed on. */
  #wanted(item: SpliceItem): boolean {
    if (item.type === "data") {
      if (this.#current !== null) this.#current.bytes += item.data.byteLength;
      return true;
    }
    const { path } = item;
    if (item.type === "fault") {
      if (this.#told.has(path)) return false;
      if (this.#told.size < MOST_TOLD) this.#told.add(path);
      if (path === this.#current?.path) this.#through();
      return true;
    }
    this.#through();
    const { entry, done } = item;
    if (done) return false;
    if (entry.type === "file") {
      this.#current = { path, entry, bytes: 0 };
      return true;
    }
    // Folders and what is left out come again in each go: once is enough.
    const isKnown = this.#ledger.has(path, -1, null);
    this.#ledger.mark(path, -1, null);
    return !isKnown;
  }

  /** All of the current file went to the disk, or all that there will be. */
  #through(): void {
    const current = this.#current;
    this.#current = null;
    if (current === null) return;
    const { path, entry } = current;
    this.#ledger.mark(path, entry.size, entry.modifiedMs);
  }
}
