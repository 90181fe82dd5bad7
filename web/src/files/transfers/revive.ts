/** Takes up again what a reload interrupted. */

import { BridgeFailure } from "../../bridge/failure.ts";
import { DownloadFile } from "./download-file.ts";
import { DownloadTree } from "./download-tree.ts";
import { byteCount } from "../../style/format.ts";
import { itemsBelow } from "./local-folder.ts";
import { baseName, join } from "./names.ts";
import type { TransferRecord } from "./records.ts";
import { ChosenTarget } from "./targets.ts";
import { Interrupted, Task } from "./task.ts";
import { TreeLedger, type LedgerPiece } from "./tree-ledger.ts";
import type { LocalItem, Question } from "./types.ts";
import { UploadFile } from "./upload-file.ts";
import { UploadTree } from "./upload-tree.ts";
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
    case "upload-tree": {
      const { name, into, folder, handle } = what;
      return {
        work: new Interrupted("upload", "tree", name, folder ? join(into, name) : into),
        ask: handle === null ? { kind: "files", folder } : { kind: "permission" },
        note,
      };
    }
  }
}

/** The row of a record. */
export function interruptedTask({ id, rule, what }: TransferRecord): Task {
  const { work, ask, note } = interrupted(what);
  const task = new Task(work, { rule }, id);
  task.state = "asking";
  task.restored = true;
  task.lasting = ask;
  task.note = note;
  if ("source" in what) task.total = what.source.size;
  if (what.kind === "upload-tree") {
    task.total = what.bytes;
    task.filesTotal = what.files;
  }
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
      const { path, target, source, before } = what;
      const where = new ChosenTarget(target, before);
      return new DownloadFile(path, baseName(path), source.size, where, source);
    }
    case "download-tree": {
      const { name, paths, target, rule, seed } = what;
      await permitted(target.handle, "readwrite");
      const ledger = new TreeLedger(seed, await pieces());
      return new DownloadTree(name, paths, target, { again: { rule, ledger } });
    }
    case "upload": {
      if (what.handle === null) throw new BridgeFailure("invalid", "Choose the same file again.");
      await permitted(what.handle, "read");
      return reviveWith(what, await readable(what.handle), what.handle);
    }
    case "upload-tree": {
      const { handle } = what;
      if (handle === null) throw new BridgeFailure("invalid", "Choose the same files again.");
      await permitted(handle, "read");
      return uploadTree(what, await itemsBelow(handle), await pieces());
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
  const { place } = what;
  return new UploadFile({ path: name, file, ...kept }, what.path, what.options, { place });
}

/** Goes on with the folder, or the files, that the person chose again. */
export async function reviveTree(
  what: Remembered,
  items: readonly LocalItem[],
  pieces: () => Promise<readonly LedgerPiece[]>,
): Promise<Work> {
  if (what.kind !== "upload-tree") throw new BridgeFailure("invalid", "No files are asked for.");
  const found = items.filter(({ file }) => file !== null);
  const bytes = found.reduce((sum, { file }) => sum + (file?.size ?? 0), 0);
  const top = found[0]?.path.split("/", 1)[0] ?? "";
  if (what.folder && top !== what.name) {
    throw new BridgeFailure(
      "changed",
      `“${top}” is not the folder that was on its way: its name is not “${what.name}”. Choose that one, or cancel.`,
    );
  }
  if (found.length !== what.files || bytes !== what.bytes) {
    throw new BridgeFailure(
      "changed",
      `These are not the files that were on their way: ${sum(what.files, what.bytes)} then, ${sum(found.length, bytes)} now. Choose the same ones, or cancel and upload these anew.`,
    );
  }
  return uploadTree(what, items, await pieces());
}

function sum(files: number, bytes: number): string {
  return `${files.toLocaleString("en")} ${files === 1 ? "file" : "files"} with ${byteCount(bytes)}`;
}

function uploadTree(
  { name, into, options, seed }: Extract<Remembered, { kind: "upload-tree" }>,
  items: readonly LocalItem[],
  pieces: readonly LedgerPiece[],
): Work {
  return new UploadTree(name, items, into, options, new TreeLedger(seed, pieces));
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
