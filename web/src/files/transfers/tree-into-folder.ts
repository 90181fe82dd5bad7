/** A tree into a folder of the person, over several goes: what is whole is not fetched again. */

import { heldMark, type DoneMarks } from "../../bridge/done-files.ts";
import { toFailure } from "../../bridge/failure.ts";
import { safeName } from "../disk/names.ts";
import { CLOCK_GRAIN_MS } from "../disk/newer.ts";
import type {
  TreeArrived,
  TreeConflict,
  TreeFault,
  TreePartial,
  TreeProgress,
} from "../disk/types.ts";
import { Asides, askedMeanwhile } from "./asides.ts";
import { DownloadFile } from "./download-file.ts";
import { isGone } from "./endings.ts";
import { baseName } from "./names.ts";
import { joined } from "./stream.ts";
import { ChosenTarget } from "./targets.ts";
import { TreeLedger, type LedgerPiece } from "./tree-ledger.ts";
import { TreeAnswers } from "./tree-answers.ts";
import { TreeChecks } from "./tree-checks.ts";
import {
  devicePath,
  dropPartial,
  isThere,
  localFile,
  takenPaths,
  topOf,
  type TreeSum,
} from "./tree-paths.ts";
import type { Env, TreeRule } from "./work.ts";

/** Names of the person's files that are held back; the data of others comes and is dropped. */
const MOST_HELD = 100_000;
/** Questions that wait; what has more is met by another go. */
const MOST_ASKED = 10_000;

/** By these it may be that what is there stays: nothing of it is fetched before that is known. */
const HOLDING: ReadonlySet<TreeRule> = new Set<TreeRule>(["ask", "skip", "newer"]);

/** What is known of it after a reload. */
export interface TreeAgain {
  readonly rule: TreeRule | null;
  readonly ledger: TreeLedger;
}

/** How a tree ended. */
export interface TreeOutcome extends TreeSum {
  skipped: number;
  faults: readonly TreeFault[];
  /** Files that are the same by SHA-256. */
  verified: number;
}

/** Hears how far all goes together are. */
export type TellTree = (sum: TreeSum, kept?: boolean) => void;

export class TreeIntoFolder {
  readonly #paths: readonly string[];
  readonly #folder: FileSystemDirectoryHandle;
  #ledger: TreeLedger;
  /** What is to be done with what was there; null: nothing was. */
  #rule: TreeRule | null = null;
  #begun = false;
  /** undefined: before a reload, nobody knows when. */
  readonly #begunMs: number | undefined;
  /** How many were made at what the ledger tells of. */
  #goes = 0;
  #skipped = 0;
  readonly #answers: TreeAnswers;
  readonly #checks: TreeChecks;

  constructor(paths: readonly string[], folder: FileSystemDirectoryHandle, again?: TreeAgain) {
    this.#paths = paths;
    this.#folder = folder;
    this.#ledger = again?.ledger ?? new TreeLedger();
    this.#begun = again !== undefined;
    if (again !== undefined) this.#goes = 1;
    this.#rule = again?.rule ?? null;
    this.#begunMs = again === undefined ? Date.now() - CLOCK_GRAIN_MS : undefined;
    this.#answers = new TreeAnswers(folder);
    this.#checks = new TreeChecks(paths);
  }

  /** Looks whether something of these names is there: then each file of it is asked about. */
  async settle(): Promise<void> {
    const there = await this.#there();
    if (this.#begun) {
      // Its folder is gone from the person's disk: so is what was done.
      if (!there) this.#forget();
      return;
    }
    if (there) this.#rule = "ask";
    this.#begun = true;
  }

  /** Goes over the tree until every file of it is here, or stays away as the person said. */
  async run(env: Env, tell: TellTree): Promise<TreeOutcome> {
    for (;;) {
      await this.#answers.named(env, this.#ledger);
      await this.#finishPartial(env, tell);
      await this.#checks.rest(env, this.#ledger);
      const asides = new Asides<TreeConflict>(MOST_ASKED);
      const end = await askedMeanwhile(asides, this.#go(env, tell, asides), (others) =>
        this.#answers.askAll(env, asides, this.#ledger, others),
      );
      if (!this.#answers.again) {
        const skipped = this.#skipped + this.#answers.skipped;
        return { ...end, skipped, verified: this.#checks.verified };
      }
    }
  }

  async #go(env: Env, tell: TellTree, asides: Asides<TreeConflict>): Promise<TreeOutcome> {
    const ledger = this.#ledger;
    const isFirst = this.#goes++ === 0;
    // Where nothing was, what is there is what an earlier go left.
    const rule = this.#rule === null ? null : (env.rule() ?? this.#rule);
    const held = rule !== null && HOLDING.has(rule) ? await this.#held() : new Float64Array(0);
    // What was wrong before a cut comes once more.
    const again = this.#checks.takeWrong();
    ledger.files -= again.files;
    ledger.bytes -= again.bytes;
    const before: TreeSum = { files: ledger.files, bytes: ledger.bytes };
    tell(before, true);
    const checks = new Asides<TreeArrived>();
    const heard = (progress: TreeProgress): void => {
      const { files, bytes, marks, names, partial, conflicts, arrived } = progress;
      ledger.add(marks, names);
      for (const file of arrived) this.#checks.met(file, checks, ledger);
      for (const conflict of conflicts) this.#answers.met(env, conflict, asides, ledger);
      ledger.partial = partial;
      ledger.files = before.files + files;
      ledger.bytes = before.bytes + bytes - (partial?.bytes ?? 0);
      tell({ files: ledger.files, bytes: before.bytes + bytes });
    };
    const earlier = isFirst ? null : new Map(ledger.names);
    const go = {
      ...{ rule: rule ?? (isFirst ? "rename" : "overwrite"), seed: ledger.seed, earlier, held },
      hash: env.files.info.hash,
      ...(this.#begunMs === undefined ? {} : { begunMs: this.#begunMs }),
    } as const;
    const tree = joined(
      env.signal,
      (port) => env.files.tree([...this.#paths], leftOut(ledger, held), port),
      (port) => env.disk.saveTree(port, { kind: "folder", handle: this.#folder }, go, heard),
    );
    const end = await askedMeanwhile(checks, tree, () => this.#checks.all(env, checks, ledger));
    const wrong = this.#checks.takeWrong();
    this.#skipped += end.skipped;
    ledger.files = before.files + end.files - wrong.files;
    ledger.bytes = before.bytes + end.bytes - wrong.bytes;
    tell(ledger);
    const { files, bytes } = ledger;
    return { files, bytes, skipped: 0, faults: [...end.faults, ...wrong.faults], verified: 0 };
  }

  /** Marks of the paths whose names are taken here, and which have no answer yet. */
  async #held(): Promise<Float64Array> {
    const { seed, names } = this.#ledger;
    const taken = await takenPaths(this.#folder, this.#paths, MOST_HELD);
    const open = taken.filter((path) => !names.has(path) && !this.#answers.free.has(path));
    return Float64Array.from(open, (path) => heldMark(seed, path));
  }

  /** Half a file under the name of a whole one is worse than none. */
  async drop(): Promise<string> {
    const { partial } = this.#ledger;
    this.#forget();
    return partial === null ? "" : await dropPartial(this.#folder, partial.local);
  }

  remember(): {
    target: { kind: "folder"; handle: FileSystemDirectoryHandle };
    rule: TreeRule | null;
    seed: number;
  } | null {
    if (!this.#begun) return null;
    const target = { kind: "folder", handle: this.#folder } as const;
    return { target, rule: this.#rule, seed: this.#ledger.seed };
  }

  ledger(): LedgerPiece | null {
    return this.#ledger.take();
  }

  #forget(): void {
    this.#ledger = new TreeLedger();
    this.#skipped = 0;
    this.#answers.forget();
    this.#checks.forget();
  }

  async #there(): Promise<boolean> {
    for (const path of this.#paths) {
      if (await isThere(this.#folder, safeName(topOf(path)))) return true;
    }
    return false;
  }

  /** The file that was cut goes on as a file by itself does: compared first, hashed at its end. */
  async #finishPartial(env: Env, tell: TellTree): Promise<void> {
    const ledger = this.#ledger;
    const { partial } = ledger;
    if (partial === null) return;
    const path = devicePath(this.#paths, partial.path);
    const handle = await localFile(this.#folder, partial.local);
    if (path !== null && handle !== null) {
      const { size, modifiedMs } = partial;
      const target = new ChosenTarget({ kind: "handle", handle });
      const one = new DownloadFile(path, baseName(path), size, target, { size, modifiedMs });
      const before: TreeSum = { files: ledger.files, bytes: ledger.bytes };
      try {
        const outcome = await one.run({
          ...env,
          total: () => undefined,
          progress: (bytes, kept) => {
            tell({ files: before.files, bytes: before.bytes + bytes }, kept);
          },
        });
        this.#whole(partial, one);
        if (outcome.verified) this.#checks.verified++;
      } catch (thrown) {
        const { code } = toFailure(thrown);
        if (env.signal.aborted || isGone(code) || code === "local_full") throw thrown;
        // The tree brings it as it is by now, or says what is wrong with it.
      }
      env.note("");
    }
    ledger.name(partial.path, partial.local.at(-1) ?? "");
    ledger.partial = null;
  }

  #whole({ path }: TreePartial, { source }: DownloadFile): void {
    if (source === null) return;
    this.#ledger.mark(path, source.size, source.modifiedMs);
    this.#ledger.files += 1;
    this.#ledger.bytes += source.size;
  }
}

/** What is not to come in a go: what is done, and what is held back. */
function leftOut(ledger: TreeLedger, held: Float64Array): DoneMarks | null {
  if (ledger.done.count === 0 && held.length === 0) return null;
  const { seed, marks } = ledger.done.marks;
  const all = new Float64Array(marks.length + held.length);
  all.set(marks);
  all.set(held, marks.length);
  return { seed, marks: all };
}
