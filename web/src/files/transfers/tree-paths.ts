/** Paths of a tree's items, and where they are on either side. */

import { baseName, join, parentOf } from "./names.ts";

/** Files and bytes that are through. */
export interface TreeSum {
  files: number;
  bytes: number;
}

/**
 * Where an item of a tree is on the device; null when none of the asked paths leads there.
 * The root's items are below "root" (ssh/files/tree.go).
 */
export function devicePath(asked: readonly string[], item: string): string | null {
  const [top = ""] = item.split("/", 1);
  const rest = item.slice(top.length);
  for (const path of asked) {
    if (path === "/" && top === "root" && rest !== "") return rest;
    if (path !== "/" && baseName(path) === top) return join(parentOf(path), top) + rest;
  }
  return null;
}

/** The file of those names below a folder; null when it is not there. */
export async function localFile(
  folder: FileSystemDirectoryHandle,
  local: readonly string[],
): Promise<FileSystemFileHandle | null> {
  try {
    const above = await localFolder(folder, local.slice(0, -1));
    return await above.getFileHandle(local.at(-1) ?? "");
  } catch (thrown) {
    if (thrown instanceof DOMException) return null;
    throw thrown;
  }
}

/** Removes the file of those names, when it is there. */
export async function removeLocal(
  folder: FileSystemDirectoryHandle,
  local: readonly string[],
): Promise<void> {
  const above = await localFolder(folder, local.slice(0, -1));
  await above.removeEntry(local.at(-1) ?? "");
}

/** Whether something of that name is in a folder: a file or a folder. */
export async function isThere(folder: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  try {
    await folder.getDirectoryHandle(name);
    return true;
  } catch (thrown) {
    return thrown instanceof DOMException && thrown.name === "TypeMismatchError";
  }
}

async function localFolder(
  folder: FileSystemDirectoryHandle,
  local: readonly string[],
): Promise<FileSystemDirectoryHandle> {
  let at = folder;
  for (const name of local) at = await at.getDirectoryHandle(name);
  return at;
}
