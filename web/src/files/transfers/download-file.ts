/** The transfer of one file from the device. */

import { toFailure } from "../../bridge/failure.ts";
import type { FileEntry } from "../../bridge/files.ts";
import type { DiskEnd, SaveTarget } from "../disk/types.ts";
import { Skipped } from "./conflicts.ts";
import { checkKind, compared, isWrong, shrunk } from "./download-check.ts";
import { gzipPays } from "./gzip.ts";
import { Splice } from "./splice.ts";
import { jobResult, joined } from "./stream.ts";
import { discardLocal, FolderTarget, type Target } from "./targets.ts";
import type { FileFacts } from "./types.ts";
import { SMALL_BYTES, checkSize } from "./upload-checks.ts";
import { samePrefix } from "./verify.ts";
import { savedAs } from "./words.ts";
import type { Env, Outcome, Remembered, Work } from "./work.ts";

/** What is asked of the device. */
interface Range {
  readonly offset: number;
  readonly length: number;
  readonly gzip: boolean;
}

export class DownloadFile implements Work {
  readonly direction = "download";
  readonly kind = "file";
  readonly name: string;
  readonly path: string;
  readonly small: boolean;
  readonly lock: string;
  readonly #where: Target;
  #target: SaveTarget | null = null;
  /** The device's file when its bytes began to move. */
  #source: FileFacts | null;
  #splice: Splice<DiskEnd> | null = null;
  /** Set when all bytes are on the disk: what is left is to compare. */
  #arrived: DiskEnd | null = null;
  /** Of the go that is. */
  #progress: (bytes: number) => void = () => undefined;

  /** source: of a transfer that goes on after a reload. */
  constructor(path: string, name: string, size: number, where: Target, source?: FileFacts) {
    this.path = path;
    this.name = name;
    this.small = size <= SMALL_BYTES;
    this.#where = where;
    this.lock = where.lock;
    this.#source = source ?? null;
  }

  /** The device's file as its bytes are here; null before they move. */
  get source(): FileFacts | null {
    return this.#source;
  }

  async run(env: Env): Promise<Outcome> {
    this.#progress = (bytes) => {
      env.progress(bytes);
    };
    const entry = await env.files.stat(this.path, true);
    checkKind(entry, this.name);
    checkSize(env, this.name, entry.size);
    const target = this.#target ?? (await this.#where.settle(env, entry));
    if (target instanceof Skipped) {
      return { verified: false, note: target.note, sha256: "", skipped: true };
    }
    this.#target = target;
    this.#arrived ??=
      target.kind === "browser"
        ? await this.#toBrowser(env, target, entry)
        : await this.#toHandle(env, target.handle, entry);
    const about = { source: this.#source ?? entry, arrived: this.#arrived };
    try {
      const outcome = await compared(env, this.path, this.name, about);
      this.#letGo();
      const isOurs = target.kind === "handle" && this.#where instanceof FolderTarget;
      return isOurs ? savedAs(outcome, this.name, target.handle.name) : outcome;
    } catch (thrown) {
      // What arrived is not what is wanted: the next go fetches it again.
      if (isWrong(toFailure(thrown).code)) this.#letGo();
      throw thrown;
    }
  }

  async drop(): Promise<string> {
    this.#letGo();
    const target = this.#target ?? this.#where.chosen;
    this.#target = this.#source = null;
    return target?.kind === "handle" ? await discardLocal(target.handle, this.#where.before) : "";
  }

  #letGo(): void {
    this.#splice?.drop();
    this.#splice = null;
    this.#arrived = null;
  }

  remember(): Remembered | null {
    if (this.small || this.#target?.kind !== "handle" || this.#source === null) return null;
    const { before } = this.#where;
    return {
      ...{ kind: "download", path: this.path, target: this.#target, source: this.#source },
      before,
    };
  }

  async #toHandle(env: Env, handle: FileSystemFileHandle, entry: FileEntry): Promise<DiskEnd> {
    const at = await this.#kept(env, handle, entry);
    const source = this.#begin(env, entry, at);
    env.progress(at, true);
    if (at > 0 && at === source.size) {
      const local = await handle.getFile();
      return { bytes: at, digest: await jobResult(env.signal, () => env.disk.hash(local, at)) };
    }
    const range = await this.#range(env, source, at);
    const end = await joined(
      env.signal,
      (port) => env.files.download(this.path, range, port),
      (port) => env.disk.save(port, { kind: "handle", handle }, at, this.#progress),
    );
    return { bytes: at + end.bytes, digest: end.digest };
  }

  /** How much of an earlier go is on the disk and the same as on the device. */
  async #kept(env: Env, handle: FileSystemFileHandle, entry: FileEntry): Promise<number> {
    const source = this.#source;
    if (source === null || source.size === 0) return 0;
    const local = await handle.getFile();
    const same = entry.size === source.size && entry.modifiedMs === source.modifiedMs;
    // A log grows; its beginning stays, and a hash can tell.
    const fits = env.files.info.hash ? entry.size >= source.size : same;
    if (local.size > 0 && local.size <= source.size && fits) {
      env.note("Checking what is there already.");
      if ((await samePrefix(env, this.path, local, local.size)) !== null) {
        env.note("");
        return local.size;
      }
    }
    env.note(local.size > 0 ? "What was there is different: it begins again." : "");
    return 0;
  }

  async #toBrowser(
    env: Env,
    target: Extract<SaveTarget, { kind: "browser" }>,
    entry: FileEntry,
  ): Promise<DiskEnd> {
    if (this.#splice?.over === true) this.#letGo();
    const at = this.#splice?.received ?? 0;
    // What was handed to the browser cannot be taken back: the rest must fit.
    if (at > 0 && this.#source !== null && entry.size < this.#source.size) {
      this.#letGo();
      throw shrunk(this.name, this.#source.size, entry.size);
    }
    const source = this.#begin(env, entry, at);
    env.progress(at, true);
    const sized = { ...target, size: source.size === 0 ? null : source.size };
    const splice = (this.#splice ??= new Splice((port) =>
      env.disk.save(port, sized, 0, (bytes) => {
        this.#progress(bytes);
      }),
    ));
    if (at === 0 || at < source.size) {
      const range = await this.#range(env, source, at);
      await splice.feed((port) => env.files.download(this.path, range, port), env.signal);
    }
    return await splice.end();
  }

  #begin(env: Env, entry: FileEntry, at: number): FileFacts {
    if (at === 0 || this.#source === null) {
      this.#source = { size: entry.size, modifiedMs: entry.modifiedMs };
    }
    // Files of /proc say 0 and are longer; the end tells.
    env.total(this.#source.size === 0 ? null : this.#source.size);
    return this.#source;
  }

  async #range(env: Env, source: FileFacts, at: number): Promise<Range> {
    const length = source.size === 0 ? -1 : source.size - at;
    const gzip = await gzipPays(env, length, (bytes) =>
      env.files.read(this.path, at, bytes, env.signal),
    );
    return { offset: at, length, gzip };
  }
}
