/** Folders, or many files at once, from the device: into a chosen folder, or as one zip. */

import { BridgeFailure } from "../../bridge/failure.ts";
import { CODE_RENAMED } from "../disk/codes.ts";
import type { KeepOptions, TreeFault, TreeTarget } from "../disk/types.ts";
import { TreeIntoFolder, type TreeAgain } from "./tree-into-folder.ts";
import { TreeIntoZip } from "./tree-into-zip.ts";
import type { LedgerPiece } from "./tree-ledger.ts";
import type { TreeSum } from "./tree-paths.ts";
import type { Env, Outcome, Remembered, Work } from "./work.ts";

export class DownloadTree implements Work {
  readonly direction = "download";
  readonly kind = "tree";
  readonly name: string;
  readonly path: string;
  readonly small = false;
  readonly lock = "";
  readonly #paths: string[];
  readonly #way: TreeIntoFolder | TreeIntoZip;
  /** What is on the device, counted once. */
  #all: { files: number; bytes: number } | null = null;

  /** again: it was begun before a reload. options: of a zip. */
  constructor(
    name: string,
    paths: readonly string[],
    target: TreeTarget,
    { options = {}, again }: { readonly options?: KeepOptions; readonly again?: TreeAgain } = {},
  ) {
    this.name = name;
    this.path = paths[0] ?? "/";
    this.#paths = [...paths];
    this.#way =
      target.kind === "folder"
        ? new TreeIntoFolder(this.#paths, target.handle, again)
        : new TreeIntoZip(this.#paths, target, options);
  }

  async run(env: Env): Promise<Outcome> {
    await this.#way.settle();
    const counting = new AbortController();
    const told: TreeSum = { files: 0, bytes: 0 };
    const tell = (): void => {
      env.filesDone(told.files, this.#all?.files ?? null);
    };
    const signal = AbortSignal.any([counting.signal, env.signal]);
    void this.#count(env, signal).then(() => {
      if (signal.aborted || this.#all === null) return;
      env.total(this.#all.bytes);
      tell();
    });
    try {
      const end = await this.#way.run(env, ({ files, bytes }, kept = false) => {
        Object.assign(told, { files, bytes });
        env.progress(bytes, kept);
        tell();
      });
      env.filesDone(end.files, end.files);
      for (const fault of end.faults) env.fault(fault);
      return outcome(this.name, end);
    } finally {
      counting.abort();
    }
  }

  drop(): Promise<string> {
    return this.#way.drop();
  }

  remember(): Remembered | null {
    const kept = this.#way.remember();
    return kept === null
      ? null
      : { kind: "download-tree", paths: this.#paths, name: this.name, ...kept };
  }

  ledger(): LedgerPiece | null {
    return this.#way.ledger();
  }

  async #count(env: Env, signal: AbortSignal): Promise<void> {
    if (this.#all !== null) return;
    const sum = { files: 0, bytes: 0 };
    try {
      for (const path of this.#paths) {
        const found = await env.files.count(path, () => undefined, signal);
        sum.files += found.files;
        sum.bytes += found.bytes;
      }
      this.#all = sum;
    } catch {
      // the transfer itself says what is wrong
    }
  }
}

function outcome(
  name: string,
  end: { files: number; skipped: number; verified: number; faults: readonly TreeFault[] },
): Outcome {
  const out = end.faults.filter(({ code }) => code !== CODE_RENAMED);
  const faults = out.length;
  if (faults > 0 && end.files === 0 && end.skipped === 0) {
    throw new BridgeFailure(
      "file_failed",
      `Nothing of “${name}” could be downloaded. ${out[0]?.message ?? ""}`,
    );
  }
  const parts = [`${String(end.files)} ${end.files === 1 ? "file" : "files"}`];
  if (end.skipped > 0) parts.push(`${String(end.skipped)} skipped`);
  if (faults > 0) parts.push(`${String(faults)} left out`);
  const verified = faults === 0 && end.files > 0 && end.verified >= end.files;
  const some =
    end.verified > 0 ? "large files verified by SHA-256, small ones checked by size" : "";
  const how = verified ? "verified by SHA-256" : some || "checked by size";
  return { verified, note: `${parts.join(", ")}; ${how}.`, sha256: "" };
}
