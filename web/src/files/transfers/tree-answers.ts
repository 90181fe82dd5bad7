/** What the person said of files whose names are taken in the folder that a tree goes to. */

import type { TreeConflict } from "../disk/types.ts";
import { unlessFailed, type Asides } from "./asides.ts";
import { newerProblem } from "./conflicts.ts";
import type { TreeLedger } from "./tree-ledger.ts";
import { freeLocal } from "./tree-paths.ts";
import type { ConflictRule } from "./types.ts";
import type { Env } from "./work.ts";

/**
 * Answers go into the ledger: what stays away counts as done, what is to come has a name of
 * its own there. The next go fetches it.
 */
export class TreeAnswers {
  /** Something is to be fetched by another go. */
  again = false;
  skipped = 0;
  /** Paths whose name was found to be free. */
  readonly free = new Set<string>();
  readonly #folder: FileSystemDirectoryHandle;
  /** Those that are kept beside what is there: by then all names of this go are known. */
  #beside: TreeConflict[] = [];

  constructor(folder: FileSystemDirectoryHandle) {
    this.#folder = folder;
  }

  forget(): void {
    this.skipped = 0;
    this.#beside = [];
    this.free.clear();
  }

  /** Before a go: gives names to what is kept beside. */
  async named(ledger: TreeLedger): Promise<void> {
    this.again = false;
    for (const { path, local } of this.#beside.splice(0)) {
      const name = await freeLocal(this.#folder, local).catch(() => local.at(-1) ?? "");
      ledger.name(path, name);
    }
  }

  /** A go met it. */
  met(conflict: TreeConflict, asides: Asides<TreeConflict>, ledger: TreeLedger): void {
    const { path, existing, offered } = conflict;
    // What an earlier go brought is there because of that.
    if (ledger.has(path, offered.size, offered.modifiedMs)) return;
    if (existing === null) this.free.add(path);
    if (existing === null || !asides.add(conflict)) this.again = true;
  }

  /** Asks for one after the other; after an answer for all, another go does the rest by it. */
  async askAll(
    env: Env,
    asides: Asides<TreeConflict>,
    ledger: TreeLedger,
    others: Promise<unknown>,
  ): Promise<void> {
    for (let next = await asides.next(); next !== null; next = await asides.next()) {
      const { path, existing, offered } = next;
      if (env.rule() !== null || existing === null) {
        this.again = true;
        continue;
      }
      const rule = await unlessFailed(env.ask(path, existing, offered), others);
      if (env.rule() === null) this.#take(env, next, rule, ledger);
      else this.again = true;
    }
  }

  #take(env: Env, conflict: TreeConflict, rule: ConflictRule, ledger: TreeLedger): void {
    const { path, local, existing, offered } = conflict;
    const isOld =
      rule === "newer" && existing !== null && newerProblem(offered, existing, Date.now()) !== "";
    if (rule === "skip" || isOld) {
      this.skipped++;
      ledger.mark(path, offered.size, offered.modifiedMs);
      return;
    }
    this.again = true;
    if (rule === "rename") {
      this.#beside.push(conflict);
      return;
    }
    ledger.name(path, local.at(-1) ?? "");
    if (ledger.names.has(path)) return;
    // Too many answers to keep: asking once more for the same file would never end.
    const message = "Too many files were answered one by one. Download it by itself.";
    env.fault({ path, code: "too_many", message });
    ledger.mark(path, offered.size, offered.modifiedMs);
  }
}
