/** Where downloads go: what the person chose in the gesture, settled when a transfer begins. */

import { toFailure } from "../../bridge/failure.ts";
import type { FileEntry } from "../../bridge/files.ts";
import { writeFailure } from "../disk/codes.ts";
import { safeName } from "../disk/names.ts";
import type { SaveTarget } from "../disk/types.ts";
import { newerProblem, Skipped } from "./conflicts.ts";
import { numbered } from "./names.ts";
import type { Env } from "./work.ts";

/** Of one file. */
export interface Target {
  /** Path that no two may write at once; "" for none. */
  readonly lock: string;
  settle(env: Env, entry: FileEntry): Promise<SaveTarget | Skipped>;
}

/** A file that a picker made, or the browser's own download. */
export class ChosenTarget implements Target {
  readonly lock = "";
  readonly #target: SaveTarget;

  constructor(target: SaveTarget) {
    this.#target = target;
  }

  settle(): Promise<SaveTarget> {
    return Promise.resolve(this.#target);
  }
}

/** A name in a folder that was chosen; what is there already is asked about. */
export class FolderTarget implements Target {
  readonly lock: string;
  readonly #folder: FileSystemDirectoryHandle;
  readonly #name: string;

  constructor(folder: FileSystemDirectoryHandle, name: string) {
    this.#folder = folder;
    this.#name = safeName(name);
    this.lock = `${folderMark(folder)}/${this.#name.toLowerCase()}`;
  }

  async settle(env: Env, entry: FileEntry): Promise<SaveTarget | Skipped> {
    const there = await existing(this.#folder, this.#name);
    if (there === null) return await this.#make(this.#name);
    const rule = await env.ask(
      this.#name,
      { size: there.size, modifiedMs: there.lastModified },
      { size: entry.size, modifiedMs: entry.modifiedMs },
    );
    switch (rule) {
      case "skip":
        return new Skipped("Skipped: it is there already.");
      case "newer": {
        const facts = { size: there.size, modifiedMs: there.lastModified };
        const why = newerProblem(entry, facts, Date.now());
        return why === "" ? await this.#make(this.#name) : new Skipped(why);
      }
      case "overwrite":
        return await this.#make(this.#name);
      case "rename":
        return await this.#make(await this.#free());
    }
  }

  async #make(name: string): Promise<SaveTarget> {
    try {
      return { kind: "handle", handle: await this.#folder.getFileHandle(name, { create: true }) };
    } catch (thrown) {
      // A folder of that name, or a name that this browser writes for nobody.
      throw writeFailure(thrown, name);
    }
  }

  async #free(): Promise<string> {
    for (let n = 2; ; n++) {
      const name = numbered(this.#name, n);
      if ((await existing(this.#folder, name)) === null) return name;
    }
  }
}

/** A file of that name; null when there is none. A folder of that name is in the way. */
async function existing(folder: FileSystemDirectoryHandle, name: string): Promise<File | null> {
  try {
    return await (await folder.getFileHandle(name)).getFile();
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "NotFoundError") return null;
    if (thrown instanceof DOMException && thrown.name === "TypeMismatchError") {
      return new File([], name);
    }
    throw toFailure(thrown);
  }
}

const marks = new WeakMap<FileSystemDirectoryHandle, string>();

function folderMark(folder: FileSystemDirectoryHandle): string {
  const mark = marks.get(folder) ?? crypto.randomUUID();
  marks.set(folder, mark);
  return mark;
}
