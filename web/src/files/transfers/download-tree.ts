/** Folders, or many files at once, from the device: into a chosen folder, or as one zip. */

import { BridgeFailure } from "../../bridge/failure.ts";
import type { ConflictRule, TreeTarget } from "../disk/types.ts";
import { joined } from "./stream.ts";
import { safeName } from "../disk/names.ts";
import { baseName } from "./names.ts";
import type { Env, Outcome, Remembered, Work } from "./work.ts";

export class DownloadTree implements Work {
  readonly direction = "download";
  readonly kind = "tree";
  readonly name: string;
  readonly path: string;
  readonly small = false;
  readonly lock = "";
  readonly #paths: string[];
  readonly #target: TreeTarget;
  /** What is to be done with what is there; null before it is known. */
  #rule: ConflictRule | null = null;

  /** again: it was begun before, so what is there is its own. */
  constructor(name: string, paths: readonly string[], target: TreeTarget, again = false) {
    this.name = name;
    this.path = paths[0] ?? "/";
    this.#paths = [...paths];
    this.#target = target;
    if (again) this.#rule = "overwrite";
  }

  async run(env: Env): Promise<Outcome> {
    const rule = this.#rule ?? (await this.#settled(env));
    // Where nothing was, what is there in a second go is what the first one left, whole or not.
    this.#rule = rule ?? "overwrite";
    const counting = new AbortController();
    const counted = this.#count(env, AbortSignal.any([counting.signal, env.signal]));
    const told = { files: 0, total: null as number | null };
    const tell = (): void => {
      env.filesDone(told.files, told.total);
    };
    void counted.then((total) => {
      if (counting.signal.aborted || total === null) return;
      told.total = total.files;
      env.total(total.bytes);
      tell();
    });
    try {
      const end = await joined(
        env.signal,
        (port) => env.files.tree(this.#paths, null, port),
        (port) =>
          env.disk.saveTree(port, this.#target, rule ?? "rename", ({ files, bytes }) => {
            told.files = files;
            env.progress(bytes);
            tell();
          }),
      );
      env.progress(end.bytes);
      env.filesDone(end.files, end.files);
      for (const fault of end.faults) env.fault(fault);
      return outcome(this.name, end);
    } finally {
      counting.abort();
    }
  }

  drop(): void {
    // What is in the folder stays.
  }

  remember(): Remembered | null {
    if (this.#target.kind !== "folder") return null;
    const { name } = this;
    return { kind: "download-tree", paths: this.#paths, name, target: this.#target };
  }

  /** Asks once for all, when something of these names is there; null when nothing is. */
  async #settled(env: Env): Promise<ConflictRule | null> {
    if (this.#target.kind !== "folder") return null;
    for (const path of this.#paths) {
      const name = safeName(baseName(path));
      if (await isThere(this.#target.handle, name)) {
        const unknown = { size: 0, modifiedMs: null };
        return await env.ask(name, unknown, unknown);
      }
    }
    return null;
  }

  async #count(env: Env, signal: AbortSignal): Promise<{ files: number; bytes: number } | null> {
    const sum = { files: 0, bytes: 0 };
    try {
      for (const path of this.#paths) {
        const found = await env.files.count(path, () => undefined, signal);
        sum.files += found.files;
        sum.bytes += found.bytes;
      }
      return sum;
    } catch {
      return null; // the transfer itself says what is wrong
    }
  }
}

function outcome(
  name: string,
  end: { files: number; skipped: number; faults: readonly { message: string }[] },
): Outcome {
  const faults = end.faults.length;
  if (faults > 0 && end.files === 0 && end.skipped === 0) {
    throw new BridgeFailure(
      "file_failed",
      `Nothing of “${name}” could be downloaded. ${end.faults[0]?.message ?? ""}`,
    );
  }
  const parts = [`${String(end.files)} ${end.files === 1 ? "file" : "files"}`];
  if (end.skipped > 0) parts.push(`${String(end.skipped)} skipped`);
  if (faults > 0) parts.push(`${String(faults)} left out`);
  return { verified: false, note: `${parts.join(", ")}.`, sha256: "" };
}

async function isThere(folder: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  try {
    await folder.getDirectoryHandle(name);
    return true;
  } catch (thrown) {
    return thrown instanceof DOMException && thrown.name === "TypeMismatchError";
  }
}
