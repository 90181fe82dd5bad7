/** What a person brings from their own disk: chosen, dropped or pasted. */

import { shownName } from "../names.ts";
import type { LocalItem } from "../transfers/types.ts";
import { nameProblem } from "./path.ts";

/** As many as are taken at once; the page has to hold a row for each. */
export const MAX_ITEMS = 200_000;
/** As much of a long path as a sentence bears. */
const MAX_SAID = 80;

/** What came of reading a drop. */
export interface LocalItems {
  readonly items: readonly LocalItem[];
  /** Paths that the browser could not read. */
  readonly unreadable: readonly string[];
  /** There was more than is taken. */
  readonly tooMany: boolean;
}

/** What was brought as a list: all of it can be read. */
export function allOf(items: readonly LocalItem[]): LocalItems {
  return { items, unreadable: [], tooMany: false };
}

/** What can be uploaded, and what is said of the rest; "" when there is none. */
export function sortedOut({ items, unreadable, tooMany }: LocalItems): {
  readonly items: readonly LocalItem[];
  readonly left: string;
} {
  const good: LocalItem[] = [];
  const bad: { path: string; why: string }[] = [];
  for (const item of items) {
    const why = pathProblem(item.path);
    if (why === "") good.push(item);
    else bad.push({ path: item.path, why });
  }
  const said: string[] = [];
  const [unread] = unreadable;
  const [misnamed] = bad;
  if (tooMany) {
    const first = items.length.toLocaleString("en");
    said.push(`Only the first ${first} files are taken: drop the rest afterwards.`);
  }
  if (unread !== undefined) {
    said.push(`The browser could not read ${named(unread, unreadable.length)}.`);
  }
  if (misnamed !== undefined) {
    const { path, why } = misnamed;
    said.push(`${named(path, bad.length)} cannot be named so on the device: ${why}`);
  }
  if (said.length > 0)
    said.push(good.length > 0 ? "The rest is uploaded." : "Nothing is uploaded.");
  return { items: good, left: said.join(" ") };
}

/** "x", or "x and 2 more". */
function named(path: string, count: number): string {
  const start = path.slice(0, MAX_SAID);
  const name = `“${shownName(start)}${start === path ? "" : "…"}”`;
  return count === 1 ? name : `${name} and ${(count - 1).toLocaleString("en")} more`;
}

/** Why the device would not take a relative path; "" when it would. */
function pathProblem(path: string): string {
  for (const name of path.split("/")) {
    const problem = name === "" ? "It has no name." : nameProblem(name);
    if (problem !== "") return problem;
  }
  return "";
}

/** Files of a file field, folders included (webkitdirectory). */
export function itemsOfFiles(files: Iterable<File>): LocalItem[] {
  return [...files].map((file) => ({
    path: file.webkitRelativePath === "" ? file.name : file.webkitRelativePath,
    file,
  }));
}

/** Pasted files: pictures have no name of their own but "image.png". */
export function itemsOfPaste(files: Iterable<File>, now: Date): LocalItem[] {
  const stamp = now.toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "");
  return [...files].map((file, index) => {
    const isNameless = file.name === "" || /^image\.\w+$/.test(file.name);
    const suffix = /\.\w+$/.exec(file.name)?.[0] ?? "";
    const count = index === 0 ? "" : `-${String(index + 1)}`;
    return { path: isNameless ? `pasted-${stamp}${count}${suffix}` : file.name, file };
  });
}

/** A drop item with what TypeScript's library does not know yet. */
interface HandleItem {
  getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>;
}

interface Dropped {
  readonly entry: FileSystemEntry | null;
  readonly file: File | null;
  readonly handle: Promise<FileSystemHandle | null>;
}

/**
 * Reads what was dropped, folders to their ends. To be called while the event is being
 * handled: afterwards the browser has forgotten it.
 */
export async function itemsOfDrop(data: DataTransfer): Promise<LocalItems> {
  const dropped: Dropped[] = [...data.items]
    .filter(({ kind }) => kind === "file")
    .map((item) => ({
      entry: item.webkitGetAsEntry(),
      file: item.getAsFile(),
      handle:
        (item as HandleItem).getAsFileSystemHandle?.().catch(() => null) ?? Promise.resolve(null),
    }));
  const reader = new DropReader();
  for (const one of dropped) await reader.read(one);
  return { items: reader.items, unreadable: reader.unreadable, tooMany: reader.tooMany };
}

class DropReader {
  readonly items: LocalItem[] = [];
  readonly unreadable: string[] = [];
  tooMany = false;
  /** Of the folder that is read: an upload of it can go on after a reload. */
  #root: FileSystemDirectoryHandle | undefined;

  async read({ entry, file, handle }: Dropped): Promise<void> {
    if (entry?.isDirectory === true) {
      const root = await handle;
      this.#root = root?.kind === "directory" ? (root as FileSystemDirectoryHandle) : undefined;
      await this.#directory(entry as FileSystemDirectoryEntry);
      this.#root = undefined;
    } else if (file !== null) {
      const kept = await handle;
      this.#add({
        ...{ path: file.name, file },
        ...(kept?.kind === "file" ? { handle: kept as FileSystemFileHandle } : {}),
      });
    } else if (entry !== null) await this.#entry(entry);
  }

  async #directory(directory: FileSystemDirectoryEntry): Promise<void> {
    const reader = directory.createReader();
    let isEmpty = true;
    try {
      // The browser gives at most 100 at once.
      for (let some = await batch(reader); some.length > 0; some = await batch(reader)) {
        isEmpty = false;
        for (const entry of some) await this.#entry(entry);
        if (this.tooMany) return;
      }
    } catch {
      this.unreadable.push(relative(directory));
      return;
    }
    if (isEmpty) this.#add({ path: relative(directory), file: null });
  }

  async #entry(entry: FileSystemEntry): Promise<void> {
    if (this.tooMany) return;
    if (entry.isDirectory) {
      await this.#directory(entry as FileSystemDirectoryEntry);
      return;
    }
    try {
      const file = await new Promise<File>((resolve, reject) => {
        (entry as FileSystemFileEntry).file(resolve, reject);
      });
      this.#add({ path: relative(entry), file });
    } catch {
      this.unreadable.push(relative(entry));
    }
  }

  #add(item: LocalItem): void {
    const root = this.#root;
    if (this.items.length < MAX_ITEMS) {
      this.items.push(root === undefined ? item : { ...item, root });
    } else this.tooMany = true;
  }
}

function batch(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => {
    reader.readEntries(resolve, reject);
  });
}

function relative({ fullPath }: FileSystemEntry): string {
  return fullPath.replace(/^\/+/, "");
}
