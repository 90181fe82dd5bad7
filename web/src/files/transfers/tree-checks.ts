/** Compares the large files of a tree with the device's, while the others come. */

import { toFailure } from "../../bridge/failure.ts";
import type { TreeArrived, TreeFault } from "../disk/types.ts";
import type { Asides } from "./asides.ts";
import { changedWhileRead } from "./download-check.ts";
import { isGone } from "./endings.ts";
import { baseName } from "./names.ts";
import type { TreeLedger } from "./tree-ledger.ts";
import { devicePath } from "./tree-paths.ts";
import { deviceDigest } from "./verify.ts";
import type { Env } from "./work.ts";

/** The device reads each once more: not more than these at once. */
const AT_ONCE = 2;

/** See the head of this file. It outlives cuts: what came before one is compared after it. */
export class TreeChecks {
  /** How many are the same by SHA-256. */
  verified = 0;
  readonly #paths: readonly string[];
  /** Those that came and were not compared, by path. */
  readonly #open = new Map<string, TreeArrived>();
  #wrong: { readonly fault: TreeFault; readonly bytes: number }[] = [];

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  forget(): void {
    this.verified = 0;
    this.#open.clear();
    this.#wrong = [];
  }

  /** It came. Its name is the tree's own from now on, also when it is fetched once more. */
  met(file: TreeArrived, asides: Asides<TreeArrived>, ledger: TreeLedger): void {
    this.#open.set(file.path, file);
    ledger.name(file.path, file.name);
    asides.add(file);
  }

  /** What an earlier go brought and nobody compared: it is not to be fetched again. */
  async rest(env: Env, ledger: TreeLedger): Promise<void> {
    for (const file of [...this.#open.values()]) await this.#one(env, file, ledger);
  }

  async all(env: Env, asides: Asides<TreeArrived>, ledger: TreeLedger): Promise<void> {
    const lane = async (): Promise<void> => {
      for (let next = await asides.next(); next !== null; next = await asides.next()) {
        await this.#one(env, next, ledger);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  /** What is not what the device has, since it was asked last. */
  takeWrong(): { faults: TreeFault[]; files: number; bytes: number } {
    const wrong = this.#wrong.splice(0);
    const bytes = wrong.reduce((sum, each) => sum + each.bytes, 0);
    return { faults: wrong.map(({ fault }) => fault), files: wrong.length, bytes };
  }

  /** null when the device cannot tell, or has it no more. */
  async #digest(env: Env, path: string, bytes: number): Promise<string | null> {
    try {
      return await deviceDigest(env, path, bytes);
    } catch (thrown) {
      if (env.signal.aborted || isGone(toFailure(thrown).code)) throw thrown;
      return null;
    }
  }

  async #one(env: Env, file: TreeArrived, ledger: TreeLedger): Promise<void> {
    const { path, size, modifiedMs, digest, bytes } = file;
    const at = devicePath(this.#paths, path);
    const theirs = at === null ? null : await this.#digest(env, at, bytes);
    this.#open.delete(path);
    if (theirs === null || theirs === digest) {
      if (theirs !== null) this.verified++;
      ledger.mark(path, size, modifiedMs);
      return;
    }
    const { code, message } = changedWhileRead(baseName(path));
    this.#wrong.push({ fault: { path, code, message }, bytes });
  }
}
