/** What becomes one row: a file, a folder, or many files at once. */

import { BridgeFailure } from "../../bridge/failure.ts";
import { safeName } from "../disk/names.ts";
import type { SaveTarget, TreeTarget } from "../disk/types.ts";
import { DownloadFile } from "./download-file.ts";
import { DownloadTree } from "./download-tree.ts";
import { baseName, isRelative, join } from "./names.ts";
import { pickFile, pickFolder } from "./pickers.ts";
import { ChosenTarget, FolderTarget } from "./targets.ts";
import type { DownloadWay, KeepOptions, LocalItem, RemoteItem } from "./types.ts";
import { UploadFile } from "./upload-file.ts";
import { UploadTree } from "./upload-tree.ts";
import type { Work } from "./work.ts";

/** More single files than this share one row. */
const MOST_ROWS = 20;

/** In a user gesture, when way is "ask". Nothing when the person closed the picker. */
export async function planDownload(
  items: readonly RemoteItem[],
  way: DownloadWay,
  options: KeepOptions,
): Promise<readonly Work[]> {
  const [first] = items;
  if (first === undefined) return [];
  const isOne = items.length === 1 && !isFolder(first);
  if (way === "ask") {
    const picked = isOne ? await pickFile(baseName(first.path)) : await pickFolder();
    if (picked === "cancelled") return [];
    if (picked === null) return planDownload(items, "browser", options);
    if (picked.kind === "directory") return intoFolder(items, picked);
    return [fileTo(first, { kind: "handle", handle: picked })];
  }
  if (way !== "browser") return intoFolder(items, way);
  const name = baseName(first.path);
  if (isOne) {
    return [fileTo(first, { kind: "browser", name: safeName(name), size: first.entry.size })];
  }
  const zip = `${safeName(items.length === 1 ? name : "files")}.zip`;
  const to: SaveTarget = { kind: "browser", name: zip, size: null };
  return [tree(items, { kind: "zip", to }, options)];
}

function intoFolder(
  items: readonly RemoteItem[],
  folder: FileSystemDirectoryHandle,
): readonly Work[] {
  const target: TreeTarget = { kind: "folder", handle: folder };
  if (items.length > MOST_ROWS) return [tree(items, target)];
  return items.map((item) => {
    if (isFolder(item)) return tree([item], target);
    const { path, entry } = item;
    const name = baseName(path);
    return new DownloadFile(path, name, entry.size, new FolderTarget(folder, name));
  });
}

function tree(items: readonly RemoteItem[], target: TreeTarget, options: KeepOptions = {}): Work {
  const paths = items.map(({ path }) => path);
  const name = items.length === 1 ? baseName(paths[0] ?? "/") : `${String(items.length)} items`;
  return new DownloadTree(name, paths, target, { options });
}

function fileTo({ path, entry }: RemoteItem, target: SaveTarget): Work {
  return new DownloadFile(path, baseName(path), entry.size, new ChosenTarget(target));
}

function isFolder({ entry }: RemoteItem): boolean {
  return entry.type === "dir" || (entry.type === "link" && entry.targetType === "dir");
}

/** Folders are a row each; single files too, unless there are many. */
export function planUpload(
  items: readonly LocalItem[],
  into: string,
  options: KeepOptions,
): readonly Work[] {
  const folders = new Map<string, LocalItem[]>();
  const singles: (LocalItem & { file: File })[] = [];
  for (const item of items) {
    const { path, file } = item;
    const [top = ""] = path.split("/", 1);
    if (top === path && file !== null) singles.push({ ...item, file });
    else {
      const inIt = folders.get(top);
      if (inIt === undefined) folders.set(top, [item]);
      else inIt.push(item);
    }
  }
  const works: Work[] = [...folders].map(
    ([name, inIt]) => new UploadTree(name, inIt, into, options),
  );
  if (singles.length > MOST_ROWS) {
    const name = `${singles.length.toLocaleString("en")} files`;
    return [...works, new UploadTree(name, singles, into, options)];
  }
  for (const item of singles) {
    if (!isRelative(item.path)) {
      throw new BridgeFailure("invalid", `“${item.path}” cannot be a name on the device.`);
    }
    works.push(new UploadFile(item, join(into, item.path), options));
  }
  return works;
}
