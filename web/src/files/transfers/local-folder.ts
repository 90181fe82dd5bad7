/** A folder of the person, read by its handle. */

import { BridgeFailure } from "../../bridge/failure.ts";
import type { LocalItem } from "./types.ts";

/** As many as a drop brings at most. */
const MOST_ITEMS = 200_000;

/** All files below, and folders without anything in them. Rejects when one cannot be read. */
export async function itemsBelow(root: FileSystemDirectoryHandle): Promise<LocalItem[]> {
  const items: LocalItem[] = [];
  const read = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
    let isEmpty = true;
    for await (const child of folder.values()) {
      isEmpty = false;
      if (items.length >= MOST_ITEMS) return;
      const at = `${path}/${child.name}`;
      if (child.kind === "directory") await read(child, at);
      else items.push({ path: at, file: await child.getFile(), root });
    }
    if (isEmpty) items.push({ path, file: null, root });
  };
  try {
    await read(root, root.name);
    return items;
  } catch (cause) {
    throw new BridgeFailure(
      "not_found",
      `“${root.name}” cannot be read on your disk any more. Cancel this transfer, or put it back and go on.`,
      { cause },
    );
  }
}
