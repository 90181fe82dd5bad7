/** Entries of listings for tests. */

import type { FileEntry } from "../src/bridge/files.ts";

/** An ordinary file, but for what is said. */
export function entry(name: string, more: Partial<FileEntry> = {}): FileEntry {
  return {
    ...{ name, type: "file", size: 0, modifiedMs: 1_700_000_000_000, mode: 0o644 },
    ...{ uid: 0, gid: 0, owner: "root", group: "root", target: "", targetType: "unknown" },
    ...more,
  };
}

export const named = (entries: readonly FileEntry[]) => entries.map(({ name }) => name);
