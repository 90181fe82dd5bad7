/** A folder of the person's disk: finds its place for each file, and what is there already. */

import type { FileEntry } from "../../bridge/files.ts";
import { openHandleSink } from "./handle-sink.ts";
import { newerProblem } from "./newer.ts";
import type { Sink } from "./sink.ts";
import type { Place, TreeNames } from "./tree-names.ts";
import type { FileFacts, TreeGo } from "./types.ts";

interface Folder {
  handle: FileSystemDirectoryHandle;
  /** It was made just now: nothing of the person's is in it. */
  fresh: boolean;
}

/** A file of the person has the name, and they are to be asked. */
export class Taken {
  readonly existing: FileFacts;

  constructor(existing: FileFacts) {
    this.existing = existing;
  }
}

/** A file to write to. */
interface Found {
  readonly handle: FileSystemFileHandle;
  readonly made: boolean;
  readonly place: Place;
  /** What is replaced; null: nothing that anybody wants. */
  readonly before: FileFacts | null;
}

/** A file that is being written. */
export interface Opened {
  readonly sink: Sink;
  readonly place: Place;
  readonly before: FileFacts | null;
}

/** See the head of this file. */
export class FolderTarget {
  readonly #go: TreeGo;
  readonly #names: TreeNames;
  /** By local path. */
  readonly #folders = new Map<string, Promise<Folder>>();

  constructor(root: FileSystemDirectoryHandle, go: TreeGo, names: TreeNames) {
    this.#go = go;
    this.#names = names;
    this.#folders.set("", Promise.resolve({ handle: root, fresh: false }));
  }

  /** The folder of that place, made where it is not there. */
  folder(local: readonly string[]): Promise<Folder> {
    const key = local.join("/");
    let folder = this.#folders.get(key);
    if (folder === undefined) {
      folder = this.#make(local);
      this.#folders.set(key, folder);
      folder.catch(() => undefined); // each of its files tells
    }
    return folder;
  }

  /** Opens a file to be written as data comes; null: it is skipped. */
  async open(path: string, place: Place, entry: FileEntry): Promise<Opened | Taken | null> {
    const found = await this.#find(path, place, entry);
    if (found === null || found instanceof Taken) return found;
    const sink = await openHandleSink(found.handle, 0);
    return { sink, place: found.place, before: found.before };
  }

  /** Removes what came of a file that was opened, unless it is what it was before. */
  async clear({ place, before }: Opened): Promise<void> {
    const { handle: folder } = await this.folder(place.local.slice(0, -1));
    const name = place.local.at(-1) ?? "";
    const there = await existingFile(folder, name);
    if (there === null || there === "folder") return;
    const { size, modifiedMs } = await factsOf(there);
    if (before?.size === size && before.modifiedMs === modifiedMs) return;
    await folder.removeEntry(name);
  }

  /** Writes a whole file; null: it is skipped. */
  async write(
    path: string,
    place: Place,
    entry: FileEntry,
    pieces: readonly Uint8Array[],
  ): Promise<Place | Taken | null> {
    const found = await this.#find(path, place, entry);
    if (found === null || found instanceof Taken) {
      return found;
    }
    if (pieces.length > 0 || !found.made) {
      const writable = await found.handle.createWritable();
      for (const piece of pieces) {
        await writable.write(piece as Uint8Array<ArrayBuffer>);
      }
      await writable.close();
    }
    return found.place;
  }

  /** The file of the person that has the name of one of the tree; null when there is none. */
  async existing(path: string, { local }: Place): Promise<FileFacts | null> {
    const { handle, fresh } = await this.folder(local.slice(0, -1));
    const there = fresh ? null : await existingFile(handle, local.at(-1) ?? "");
    if (there === null || there === "folder") return null;
    const facts = await factsOf(there);
    return this.#isOwn(path, facts) ? null : facts;
  }

  async #make(local: readonly string[]): Promise<Folder> {
    const { handle: above, fresh } = await this.folder(local.slice(0, -1));
    const name = local.at(-1) ?? "";
    if (!fresh) {
      try {
        return { handle: await above.getDirectoryHandle(name), fresh: false };
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
    return { handle: await above.getDirectoryHandle(name, { create: true }), fresh: true };
  }

  /** The file to write to, by the rule for what is there. */
  async #find(path: string, wanted: Place, entry: FileEntry): Promise<Found | Taken | null> {
    const { handle: folder, fresh } = await this.folder(wanted.local.slice(0, -1));
    let place = wanted;
    for (;;) {
      const name = place.local.at(-1) ?? "";
      let existing: FileSystemFileHandle | "folder" | null;
      try {
        existing = fresh ? null : await existingFile(folder, name);
        if (existing === null) {
          const handle = await folder.getFileHandle(name, { create: true });
          return { handle, made: true, place, before: null };
        }
      } catch (error) {
        // Browsers forbid some endings of their own (.lnk and others).
        if (!(error instanceof TypeError) || name.endsWith("_")) throw error;
        place = this.#names.another(path, `${name}_`);
        continue;
      }
      const { rule } = this.#go;
      if (existing !== "folder") {
        const there = await factsOf(existing);
        const found = { handle: existing, made: false, place };
        // What an earlier go only began is nothing to keep.
        if (this.#isOwn(path, there)) return { ...found, before: there.size === 0 ? null : there };
        if (rule === "ask") return new Taken(there);
        if (rule !== "rename")
          return this.#isKept(there, entry) ? null : { ...found, before: there };
      }
      if (existing === "folder" && rule === "skip") {
        return null;
      }
      place = this.#names.another(path, name);
    }
  }

  /** An earlier go made it: it was told, or it is as empty as a file that was begun. */
  #isOwn(path: string, { size, modifiedMs }: FileFacts): boolean {
    const { earlier, begunMs = 0 } = this.#go;
    if (earlier === null) return false;
    return earlier.has(path) || (size === 0 && (modifiedMs ?? 0) >= begunMs);
  }

  #isKept(existing: FileFacts, entry: FileEntry): boolean {
    const { rule } = this.#go;
    if (rule === "newer") return newerProblem(entry, existing, Date.now()) !== "";
    return rule === "skip";
  }
}

async function factsOf(handle: FileSystemFileHandle): Promise<FileFacts> {
  const { size, lastModified } = await handle.getFile();
  return { size, modifiedMs: lastModified };
}

async function existingFile(
  folder: FileSystemDirectoryHandle,
  name: string,
): Promise<FileSystemFileHandle | "folder" | null> {
  try {
    return await folder.getFileHandle(name);
  } catch (error) {
    if (isMissing(error)) return null;
    if (error instanceof DOMException && error.name === "TypeMismatchError") return "folder";
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NotFoundError";
}
