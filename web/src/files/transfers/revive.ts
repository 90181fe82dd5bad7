/** Takes up again what a reload interrupted. */

import { BridgeFailure } from "../../bridge/failure.ts";
import { DownloadFile } from "./download-file.ts";
import { DownloadTree } from "./download-tree.ts";
import { baseName } from "./names.ts";
import type { TransferRecord } from "./records.ts";
import { ChosenTarget } from "./targets.ts";
import { Interrupted, Task } from "./task.ts";
import { TreeLedger, type LedgerPiece } from "./tree-ledger.ts";
import type { Question } from "./types.ts";
import { UploadFile } from "./upload-file.ts";
import type { Remembered, Work } from "./work.ts";

interface Asks {
  requestPermission?: (options: { mode: "read" | "readwrite" }) => Promise<PermissionState>;
}

/** The row of what is remembered, before the person said to go on. */
function interrupted(what: Remembered): { work: Work; ask: Question; note: string } {
  const note = "It was interrupted when the page was closed or reloaded.";
  switch (what.kind) {
    case "download":
      return {
        work: new Interrupted("download", "file", baseName(what.path), what.path),
        ask: { kind: "permission" },
        note,
      };
    case "download-tree":
      return {
        work: new Interrupted("download", "tree", what.name, what.paths[0] ?? "/"),
        ask: { kind: "permission" },
        note,
      };
    case "upload": {
      const work = new Interrupted("upload", "file", baseName(what.path), what.path);
      const ask: Question =
        what.handle === null ? { kind: "file", size: what.source.size } : { kind: "permission" };
      return { work, ask, note };
    }
  }
}

/** The row of a record. */
export function interruptedTask({ id, what }: TransferRecord): Task {
  const { work, ask, note } = interrupted(what);
  const task = new Task(work, { rule: null }, id);
  task.state = "asking";
  task.restored = true;
  task.lasting = ask;
  task.note = note;
  if (what.kind !== "download-tree") task.total = what.source.size;
  return task;
}

/**
 * Asks the browser for the handle again, then makes the work. In a user gesture. pieces: of
 * a tree's ledger.
 */
export async function revive(
  what: Remembered,
  pieces: () => Promise<readonly LedgerPiece[]>,
): Promise<Work> {
  switch (what.kind) {
    case "download": {
      if (what.target.kind === "handle") await permitted(what.target.handle, "readwrite");
      const { path, target, source } = what;
      return new DownloadFile(path, baseName(path), source.size, new ChosenTarget(target), source);
    }
    case "download-tree": {
      const { name, paths, target, rule, seed } = what;
      await permitted(target.handle, "readwrite");
      const ledger = new TreeLedger(seed, await pieces());
      return new DownloadTree(name, paths, target, { rule, ledger });
    }
    case "upload": {
      if (what.handle === null) throw new BridgeFailure("invalid", "Choose the same file again.");
      await permitted(what.handle, "read");
      return reviveWith(what, await readable(what.handle), what.handle);
    }
  }
}

/** Goes on with a file that the person chose again. */
export function reviveWith(
  what: Remembered,
  file: File,
  handle: FileSystemFileHandle | null,
): Work {
  if (what.kind !== "upload") throw new BridgeFailure("invalid", "No file is asked for here.");
  const { name, size, modifiedMs } = what.source;
  if (file.name !== name || file.size !== size || file.lastModified !== modifiedMs) {
    const why = file.name === name ? "it was changed since" : `its name is not “${name}”`;
    throw new BridgeFailure(
      "changed",
      `“${file.name}” is not the file that was on its way: ${why}. Choose that one, or cancel and upload this one anew.`,
    );
  }
  const kept = handle === null ? {} : { handle };
  return new UploadFile({ path: name, file, ...kept }, what.path, what.options);
}

async function permitted(handle: FileSystemHandle, mode: "read" | "readwrite"): Promise<void> {
  const asks = handle as Asks;
  const state = (await asks.requestPermission?.({ mode })) ?? "granted";
  if (state === "granted") return;
  throw new BridgeFailure(
    "cancelled",
    "The browser does not allow this page to use that file. Choose “Go on” again and allow it.",
  );
}

async function readable(handle: FileSystemFileHandle): Promise<File> {
  try {
    return await handle.getFile();
  } catch (cause) {
    throw new BridgeFailure(
      "not_found",
      `“${handle.name}” is not on your disk any more. Cancel this transfer, or put it back and go on.`,
      { cause },
    );
  }
}
