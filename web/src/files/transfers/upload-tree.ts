/** Folders, or many files at once, to the device: one row of the tray. */

import { BridgeFailure, toFailure } from "../../bridge/failure.ts";
import type { Files } from "../../bridge/files.ts";
import { Asides, AskLater, askedMeanwhile, unlessFailed } from "./asides.ts";
import { isGone } from "./endings.ts";
import { atOnce, type Lane } from "./lanes.ts";
import { baseName, isRelative, join, parentOf } from "./names.ts";
import type { ConflictRule, KeepOptions, LocalItem } from "./types.ts";
import { SMALL_BYTES } from "./upload-checks.ts";
import { TreeLedger, type LedgerPiece } from "./tree-ledger.ts";
import { UploadOne, type UploadAbout } from "./upload-one.ts";
import { dropPart } from "./upload-part.ts";
import { statOrNull } from "./verify.ts";
import type { Env, Outcome, Remembered, Work } from "./work.ts";

const SMALL_AT_ONCE = 16;
const LARGE_AT_ONCE = 2;
const FOLDERS_AT_ONCE = 8;

interface Item {
  readonly path: string;
  readonly file: File;
}

/** One whose name is taken on the device. */
interface Asked extends Item {
  readonly facts: AskLater;
}

/** Each item is done once, whatever pauses and cuts come between. */
export class UploadTree implements Work {
  readonly direction = "upload";
  readonly kind = "tree";
  readonly name: string;
  readonly path: string;
  readonly small = false;
  readonly lock = "";
  readonly #into: string;
  readonly #options: KeepOptions;
  /** Shortest first: a folder comes after the one it is in. */
  readonly #folders: string[];
  readonly #left = new Map<string, File>();
  readonly #handle: FileSystemDirectoryHandle | null;
  /** Whether it is one folder of the person, or many files. */
  readonly #isFolder: boolean;
  readonly #ledger: TreeLedger;
  /** It was begun before a reload. */
  readonly #again: boolean;
  /** Those that were begun and are not done. */
  readonly #begun = new Map<string, UploadOne>();
  /** Parts that a page before left, as long as nobody has gone on with them. */
  readonly #older: Set<string>;
  readonly #partial = new Map<string, number>();
  readonly #files: number;
  readonly #bytes: number;
  #madeFolders = false;
  #doneFiles = 0;
  #doneBytes = 0;
  #skipped = 0;
  #verified = true;
  /** Of a large file nothing says that it was compared by hash. */
  #unhashed = false;
  #faults = 0;

  /** ledger: of what was begun before a reload. */
  constructor(
    name: string,
    items: readonly LocalItem[],
    into: string,
    options: KeepOptions,
    ledger?: TreeLedger,
  ) {
    this.#ledger = ledger ?? new TreeLedger();
    this.#again = ledger !== undefined;
    this.#older = new Set(this.#ledger.parts);
    this.#handle = items[0]?.root ?? null;
    this.#isFolder = items.some(({ path }) => path.includes("/"));
    this.name = name;
    this.#into = into;
    this.#options = options;
    const top = new Set(items.map(({ path }) => path.split("/", 1)[0] ?? ""));
    this.path = top.size === 1 ? join(into, [...top][0] ?? "") : into;
    const folders = new Set<string>();
    let [files, bytes] = [0, 0];
    for (const { path, file } of items) {
      addParents(folders, path);
      if (file === null) folders.add(path);
      else {
        files++;
        bytes += file.size;
        if (this.#ledger.has(path, file.size, file.lastModified)) {
          this.#doneFiles++;
          this.#doneBytes += file.size;
          // How those were compared is not kept.
          this.#verified = false;
          if (file.size > SMALL_BYTES) this.#unhashed = true;
        } else this.#left.set(path, file);
      }
    }
    this.#folders = [...folders].sort((a, b) => depth(a) - depth(b));
    this.#files = files;
    this.#bytes = bytes;
  }

  async run(env: Env): Promise<Outcome> {
    this.#faults = 0;
    env.total(this.#bytes);
    this.#tell(env, true);
    if (!this.#madeFolders) await this.#makeFolders(env);
    const items = [...this.#left].map(([path, file]): Item => ({ path, file }));
    // Not more than the items that there are anyhow.
    const asides = new Asides<Asked>();
    await askedMeanwhile(
      asides,
      atOnce(lanesOf(items), (item) => this.#one(env, item, null, asides)),
      (others) => this.#askAll(env, asides, others),
    );
    env.signal.throwIfAborted();
    return this.#outcome();
  }

  /** Asks for one after the other, while the others go on; after an answer for all, no more. */
  async #askAll(env: Env, asides: Asides<Asked>, others: Promise<void>): Promise<void> {
    for (let next = await asides.next(); next !== null; next = await asides.next()) {
      const { path, facts } = next;
      const answer = env.ask(path, facts.existing, facts.offered);
      const rule = await unlessFailed(answer, others);
      const same = env.rule() === null ? [next] : [next, ...asides.take()];
      await atOnce(lanesOf(same), (item) => this.#one(env, item, rule, asides));
    }
  }

  async drop(files: Files | null): Promise<string> {
    const begun = [...this.#begun.values()];
    for (const { part } of begun) this.#older.delete(part);
    const older = [...this.#older];
    this.#begun.clear();
    this.#older.clear();
    const said = begun.map((one) => one.drop(files));
    return staying(await Promise.all([...said, ...older.map((part) => dropPart(part, files))]));
  }

  remember(): Remembered | null {
    return {
      ...{ kind: "upload-tree", name: this.name, into: this.#into, folder: this.#isFolder },
      ...{ files: this.#files, bytes: this.#bytes, handle: this.#handle, options: this.#options },
      seed: this.#ledger.seed,
    };
  }

  ledger(): LedgerPiece | null {
    const begun = [...this.#begun.values()].map(({ part }) => part).filter(Boolean);
    this.#ledger.parts = [...new Set([...this.#older, ...begun])];
    return this.#ledger.take();
  }

  #outcome(): Outcome {
    if (this.#faults > 0 && this.#doneFiles === 0) {
      throw new BridgeFailure("file_failed", `Nothing of “${this.name}” could be uploaded.`);
    }
    const parts = [`${count(this.#doneFiles - this.#skipped, "file")} uploaded`];
    if (this.#skipped > 0) parts.push(`${String(this.#skipped)} skipped`);
    if (this.#faults > 0) parts.push(`${String(this.#faults)} failed`);
    const verified = this.#verified && this.#faults === 0 && this.#skipped < this.#files;
    const bySize = this.#unhashed ? "checked by size" : "small files checked by size";
    const how = verified ? "verified by SHA-256" : bySize;
    return { verified, note: `${parts.join(", ")}; ${how}.`, sha256: "" };
  }

  async #makeFolders(env: Env): Promise<void> {
    let level: string[] = [];
    const flush = async (): Promise<void> => {
      const lane = { places: FOLDERS_AT_ONCE, items: level };
      await atOnce([lane], (folder) => this.#makeFolder(env, folder));
      level = [];
    };
    for (const folder of this.#folders) {
      if (level[0] !== undefined && depth(level[0]) !== depth(folder)) await flush();
      level.push(folder);
    }
    await flush();
    this.#madeFolders = this.#faults === 0;
  }

  async #makeFolder(env: Env, folder: string): Promise<void> {
    env.signal.throwIfAborted();
    const path = join(this.#into, folder);
    try {
      if (!isRelative(folder)) throw badName(folder);
      try {
        await env.files.mkdir(path);
      } catch (thrown) {
        if (toFailure(thrown).code !== "exists") throw thrown;
        if ((await statOrNull(env.files, path, true))?.type !== "dir") throw thrown;
      }
    } catch (thrown) {
      this.#failed(env, folder, thrown);
    }
  }

  /** rule: the person's answer for it; null before they were asked. */
  async #one(
    env: Env,
    { path, file }: Item,
    rule: ConflictRule | null,
    asides: Asides<Asked>,
  ): Promise<void> {
    env.signal.throwIfAborted();
    const target = join(this.#into, path);
    const one = this.#begun.get(path) ?? new UploadOne(file, target, this.#about(path, target));
    this.#begun.set(path, one);
    try {
      if (!isRelative(path)) throw badName(path);
      const outcome = await one.run({
        ...env,
        total: () => undefined,
        note: () => undefined,
        ask: (_label, existing, offered) => {
          const known = rule ?? env.rule();
          if (known !== null) return Promise.resolve(known);
          return Promise.reject(new AskLater(existing, offered));
        },
        progress: (bytes, kept) => {
          this.#partial.set(path, bytes);
          this.#tell(env, kept);
        },
      });
      if (outcome.skipped === true) this.#skipped++;
      else if (!outcome.verified) {
        this.#verified = false;
        if (file.size > SMALL_BYTES) this.#unhashed = true;
      }
      this.#older.delete(one.part);
      this.#ledger.mark(path, file.size, file.lastModified);
      this.#left.delete(path);
      this.#begun.delete(path);
      this.#doneFiles++;
      this.#doneBytes += file.size;
    } catch (thrown) {
      if (thrown instanceof AskLater) asides.add({ path, file, facts: thrown });
      else this.#failed(env, path, thrown);
    } finally {
      this.#partial.delete(path);
      this.#tell(env);
    }
  }

  #about(path: string, target: string): UploadAbout {
    const name = this.#ledger.names.get(path);
    const place = name === undefined ? null : join(parentOf(target), name);
    return {
      ...{ label: path, options: this.#options, hashSmall: false, again: this.#again },
      // What was to be replaced is asked for again, or has its answer for all.
      chosen: place === null || place === target ? null : { path: place, replace: false },
      choose: (chosen) => {
        this.#ledger.name(path, baseName(chosen.path));
      },
    };
  }

  /** What concerns one file is listed, and the others go on; what concerns all ends it. */
  #failed(env: Env, path: string, thrown: unknown): void {
    const { code, message } = toFailure(thrown);
    if (env.signal.aborted || isGone(code) || code === "no_space") throw thrown;
    this.#faults++;
    env.fault({ path, code, message });
  }

  #tell(env: Env, kept = false): void {
    let bytes = this.#doneBytes;
    for (const part of this.#partial.values()) bytes += part;
    env.progress(bytes, kept);
    env.filesDone(this.#doneFiles, this.#files);
  }
}

function lanesOf<T extends Item>(items: readonly T[]): Lane<T>[] {
  return [
    { places: SMALL_AT_ONCE, items: items.filter(({ file }) => file.size <= SMALL_BYTES) },
    { places: LARGE_AT_ONCE, items: items.filter(({ file }) => file.size > SMALL_BYTES) },
  ];
}

function addParents(folders: Set<string>, path: string): void {
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    const parent = path.slice(0, at);
    if (folders.has(parent)) return;
    folders.add(parent);
  }
}

function depth(path: string): number {
  return path.split("/").length;
}

/** One sentence on several parts. */
export function staying(said: readonly string[]): string {
  const [first = "", ...more] = said.filter((each) => each !== "");
  return more.length === 0 ? first : `${first} So do parts of ${count(more.length, "more file")}.`;
}

function badName(path: string): BridgeFailure {
  return new BridgeFailure("invalid", `“${path}” cannot be a path on the device. Rename it.`);
}

function count(n: number, word: string): string {
  return `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
}
