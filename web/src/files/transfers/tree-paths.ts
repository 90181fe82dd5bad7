/** Paths of a tree's items, and where they are on either side. */

import { safeName } from "../disk/names.ts";
import { baseName, join, numbered, parentOf } from "./names.ts";

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

/** What a path of the device is named in its tree. */
export function topOf(path: string): string {
  return path === "/" ? "root" : baseName(path);
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

/** Removes the half file of those names. Resolves with a sentence when it stays. */
export async function dropPartial(
  folder: FileSystemDirectoryHandle,
  local: readonly string[],
): Promise<string> {
  try {
    const above = await localFolder(folder, local.slice(0, -1));
    await above.removeEntry(local.at(-1) ?? "");
    return "";
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "NotFoundError") return "";
    return `“${local.join("/")}” on this computer is not complete, and could not be removed: delete it.`;
  }
}

/**
 * The items of a tree, by their paths, whose names are files of the person's folder already:
 * at most so many, and as far as names are the same on both sides.
 */
export async function takenPaths(
  folder: FileSystemDirectoryHandle,
  asked: readonly string[],
  most: number,
): Promise<string[]> {
  const found: string[] = [];
  const walk = async (above: FileSystemDirectoryHandle, prefix: string): Promise<void> => {
    for await (const child of above.values()) {
      if (found.length >= most) return;
      const path = `${prefix}/${child.name}`;
      if (child.kind === "file") found.push(path);
      else await walk(child, path);
    }
  };
  for (const path of asked) {
    const top = topOf(path);
    if (safeName(top) !== top) continue;
    if ((await localFile(folder, [top])) !== null) found.push(top);
    const below = await localFolder(folder, [top]).catch(() => null);
    if (below !== null) await walk(below, top);
  }
  return found;
}

/** A name beside one that is taken. */
export async function freeLocal(
  folder: FileSystemDirectoryHandle,
  local: readonly string[],
): Promise<string> {
  const above = await localFolder(folder, local.slice(0, -1));
  for (let n = 2; ; n++) {
    const name = numbered(local.at(-1) ?? "", n);
    if (!(await isThere(above, name))) return name;
  }
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
