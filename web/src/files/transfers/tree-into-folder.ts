/** A tree into a folder of the person, over several goes: what is whole is not fetched again. */

import { toFailure } from "../../bridge/failure.ts";
import { safeName } from "../disk/names.ts";
import type { ConflictRule, TreeFault, TreePartial, TreeProgress } from "../disk/types.ts";
import { DownloadFile } from "./download-file.ts";
import { isGone } from "./endings.ts";
import { baseName } from "./names.ts";
import { joined } from "./stream.ts";
import { ChosenTarget } from "./targets.ts";
import { TreeLedger, type LedgerPiece } from "./tree-ledger.ts";
import { devicePath, isThere, localFile, removeLocal, type TreeSum } from "./tree-paths.ts";
import type { Env } from "./work.ts";

/** What is known of it after a reload. */
export interface TreeAgain {
  readonly rule: ConflictRule | null;
  readonly ledger: TreeLedger;
}

/** How a tree ended. */
export interface TreeOutcome extends TreeSum {
  skipped: number;
  faults: readonly TreeFault[];
}

/** Hears how far all goes together are. */
export type TellTree = (sum: TreeSum, kept?: boolean) => void;

export class TreeIntoFolder {
  readonly #paths: readonly string[];
  readonly #folder: FileSystemDirectoryHandle;
  #ledger: TreeLedger;
  /** What is to be done with what was there; null: nothing was. */
  #rule: ConflictRule | null = null;
  #begun = false;
  /** How many were made at what the ledger tells of. */
  #goes = 0;
  #skipped = 0;

  constructor(paths: readonly string[], folder: FileSystemDirectoryHandle, again?: TreeAgain) {
    this.#paths = paths;
    this.#folder = folder;
    this.#ledger = again?.ledger ?? new TreeLedger();
    this.#begun = again !== undefined;
    if (again !== undefined) this.#goes = 1;
    this.#rule = again?.rule ?? null;
  }

  /** Asks once for all, when something of these names is there. */
  async settle(env: Env): Promise<void> {
    const there = await this.#there();
    if (this.#begun) {
      // Its folder is gone from the person's disk: so is what was done.
      if (there === null) this.#forget();
      return;
    }
    if (there !== null) {
      const unknown = { size: 0, modifiedMs: null };
      this.#rule = await env.ask(there, unknown, unknown);
    }
    this.#begun = true;
  }

  async run(env: Env, tell: TellTree): Promise<TreeOutcome> {
    await this.#finishPartial(env, tell);
    const ledger = this.#ledger;
    const isFirst = this.#goes++ === 0;
    const before: TreeSum = { files: ledger.files, bytes: ledger.bytes };
    tell(before, true);
    const heard = ({ files, bytes, marks, names, partial }: TreeProgress): void => {
      ledger.add(marks, names);
      ledger.partial = partial;
      ledger.files = before.files + files;
      ledger.bytes = before.bytes + bytes - (partial?.bytes ?? 0);
      tell({ files: ledger.files, bytes: before.bytes + bytes });
    };
    const earlier = isFirst ? null : new Map(ledger.names);
    // Where nothing was, what is there is what an earlier go left.
    const rule = this.#rule ?? (isFirst ? "rename" : "overwrite");
    const end = await joined(
      env.signal,
      (port) => env.files.tree([...this.#paths], isFirst ? null : ledger.done.marks, port),
      (port) =>
        env.disk.saveTree(
          port,
          { kind: "folder", handle: this.#folder },
          { rule, seed: ledger.seed, earlier },
          heard,
        ),
    );
    this.#skipped += end.skipped;
    ledger.files = before.files + end.files;
    ledger.bytes = before.bytes + end.bytes;
    tell(ledger);
    return { files: ledger.files, bytes: ledger.bytes, skipped: this.#skipped, faults: end.faults };
  }

  /** Half a file under the name of a whole one is worse than none. */
  drop(): void {
    const { partial } = this.#ledger;
    this.#forget();
    if (partial !== null) removeLocal(this.#folder, partial.local).catch(() => undefined);
  }

  remember(): {
    target: { kind: "folder"; handle: FileSystemDirectoryHandle };
    rule: ConflictRule | null;
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
  }

  async #there(): Promise<string | null> {
    for (const path of this.#paths) {
      const name = safeName(baseName(path));
      if (await isThere(this.#folder, name)) return name;
    }
    return null;
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
        await one.run({
          ...env,
          total: () => undefined,
          progress: (bytes, kept) => {
            tell({ files: before.files, bytes: before.bytes + bytes }, kept);
          },
        });
        this.#whole(partial, one);
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
