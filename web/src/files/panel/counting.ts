/** Counts what would be deleted, while the person is asked: folders may hold anything. */

import type { FileEntry, Files, TreeCount } from "../../bridge/files.ts";
import type { Deletion } from "./loss-dialogs.ts";
import { join } from "./path.ts";

export const NOTHING: TreeCount = { files: 0, folders: 0, others: 0, bytes: 0 };

/** Tells `about` what it found so far, and draws it; never rejects. */
export async function count(
  files: Pick<Files, "count">,
  entries: readonly FileEntry[],
  about: Deletion,
  { redraw, signal }: { readonly redraw: () => void; readonly signal: AbortSignal },
): Promise<void> {
  let sum = NOTHING;
  try {
    for (const entry of entries) {
      const before = sum;
      if (entry.type === "dir") {
        const path = join(about.directory, entry.name);
        const tell = (found: TreeCount): void => {
          about.count = plus(before, found);
          redraw();
        };
        sum = plus(before, await files.count(path, tell, signal));
      } else sum = plus(before, one(entry));
      about.count = sum;
    }
    about.counted = true;
  } catch {
    if (signal.aborted) return;
    about.problem = "It could not be counted to the end: part of it may not be readable.";
  }
  redraw();
}

function plus(some: TreeCount, other: TreeCount): TreeCount {
  return {
    files: some.files + other.files,
    folders: some.folders + other.folders,
    others: some.others + other.others,
    bytes: some.bytes + other.bytes,
  };
}

function one({ type, size }: FileEntry): TreeCount {
  return type === "file" ? { ...NOTHING, files: 1, bytes: size } : { ...NOTHING, others: 1 };
}
