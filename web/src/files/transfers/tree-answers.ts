/** What the person said of files whose names are taken in the folder that a tree goes to. */

import { newerProblem } from "../disk/newer.ts";
import type { TreeConflict } from "../disk/types.ts";
import { unlessFailed, type Asides } from "./asides.ts";
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
  /** Paths that are not held back any more: their names are free, or theirs by the answer for all. */
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
  async named(env: Env, ledger: TreeLedger): Promise<void> {
    this.again = false;
    for (const conflict of this.#beside.splice(0)) {
      const { local } = conflict;
      const name = await freeLocal(this.#folder, local).catch(() => local.at(-1) ?? "");
      nameIt(env, conflict, name, ledger);
    }
  }

  /** A go met it. */
  met(env: Env, conflict: TreeConflict, asides: Asides<TreeConflict>, ledger: TreeLedger): void {
    const { path, existing, offered } = conflict;
    // What an earlier go brought is there because of that.
    if (ledger.has(path, offered.size, offered.modifiedMs)) return;
    const rule = env.rule();
    if (existing === null) {
      this.free.add(path);
      this.again = true;
    } else if (rule !== null) this.#byRule(conflict, rule, ledger);
    else if (!asides.add(conflict)) this.again = true;
  }

  /** Asks for one after the other; what is to come by an answer for all, another go brings. */
  async askAll(
    env: Env,
    asides: Asides<TreeConflict>,
    ledger: TreeLedger,
    others: Promise<unknown>,
  ): Promise<void> {
    for (let next = await asides.next(); next !== null; next = await asides.next()) {
      const { path, existing, offered } = next;
      if (existing === null) continue; // those are not asked about
      const known = env.rule();
      const answer = known ?? (await unlessFailed(env.ask(path, existing, offered), others));
      const rule = env.rule();
      if (rule === null) this.#take(env, next, answer, ledger);
      else this.#byRule(next, rule, ledger);
    }
  }

  /** The answer for it alone. */
  #take(env: Env, conflict: TreeConflict, rule: ConflictRule, ledger: TreeLedger): void {
    if (this.#stays(conflict, rule, ledger)) return;
    this.again = true;
    if (rule === "rename") this.#beside.push(conflict);
    else nameIt(env, conflict, conflict.local.at(-1) ?? "", ledger);
  }

  /** The answer for all: what is to come needs no name in the ledger, however much it is. */
  #byRule(conflict: TreeConflict, rule: ConflictRule, ledger: TreeLedger): void {
    if (this.#stays(conflict, rule, ledger)) return;
    this.again = true;
    if (rule === "newer") this.free.add(conflict.path);
  }

  /** Whether what is there stays by that answer: then nothing of it is fetched. */
  #stays(
    { path, existing, offered }: TreeConflict,
    rule: ConflictRule,
    ledger: TreeLedger,
  ): boolean {
    const isOld =
      rule === "newer" && existing !== null && newerProblem(offered, existing, Date.now()) !== "";
    if (rule !== "skip" && !isOld) return false;
    this.skipped++;
    ledger.mark(path, offered.size, offered.modifiedMs);
    return true;
  }
}

/** Under that name the next go writes it. */
function nameIt(env: Env, { path, offered }: TreeConflict, name: string, ledger: TreeLedger): void {
  ledger.name(path, name);
  if (ledger.names.has(path)) return;
  // Too many answers to keep: asking once more for the same file would never end.
  const message = "Too many files were answered one by one. Download it by itself.";
  env.fault({ path, code: "too_many", message });
  ledger.mark(path, offered.size, offered.modifiedMs);
}
