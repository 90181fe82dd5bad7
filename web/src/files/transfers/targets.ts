/** Where downloads go: what the person chose in the gesture, settled when a transfer begins. */

import { toFailure } from "../../bridge/failure.ts";
import type { FileEntry } from "../../bridge/files.ts";
import { writeFailure } from "../disk/codes.ts";
import { safeName } from "../disk/names.ts";
import { newerProblem } from "../disk/newer.ts";
import type { SaveTarget } from "../disk/types.ts";
import { Skipped } from "./conflicts.ts";
import { numbered } from "./names.ts";
import type { FileFacts } from "./types.ts";
import type { Env } from "./work.ts";

/** Of one file. */
export interface Target {
  /** Path that no two may write at once; "" for none. */
  readonly lock: string;
  /** The person's file that was there; null when none was, or they gave it away in a picker. */
  readonly before: FileFacts | null;
  /** What is there for it before it settles: a picker has made it. */
  readonly chosen: SaveTarget | null;
  settle(env: Env, entry: FileEntry): Promise<SaveTarget | Skipped>;
}

/** A file that a picker made, or the browser's own download. */
export class ChosenTarget implements Target {
  readonly lock = "";
  readonly before: FileFacts | null;
  readonly chosen: SaveTarget;

  constructor(target: SaveTarget, before: FileFacts | null = null) {
    this.chosen = target;
    this.before = before;
  }

  settle(): Promise<SaveTarget> {
    return Promise.resolve(this.chosen);
  }
}

/** A name in a folder that was chosen; what is there already is asked about. */
export class FolderTarget implements Target {
  readonly lock: string;
  before: FileFacts | null = null;
  readonly chosen = null;
  readonly #folder: FileSystemDirectoryHandle;
  readonly #name: string;

  constructor(folder: FileSystemDirectoryHandle, name: string) {
    this.#folder = folder;
    this.#name = safeName(name);
    this.lock = `${folderMark(folder)}/${this.#name.toLowerCase()}`;
  }

  async settle(env: Env, entry: FileEntry): Promise<SaveTarget | Skipped> {
    const there = await existing(this.#folder, this.#name);
    this.before = null;
    if (there === null) return await this.#make(this.#name);
    const facts = { size: there.size, modifiedMs: there.lastModified };
    const offered = { size: entry.size, modifiedMs: entry.modifiedMs };
    const rule = await env.ask(this.#name, facts, offered);
    if (rule !== "rename") this.before = facts;
    switch (rule) {
      case "skip":
        return new Skipped("Skipped: it is there already.");
      case "newer": {
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

/**
 * Removes what came of a download that was cancelled, unless the file is what it was before.
 * Resolves with a sentence when something stays.
 */
export async function discardLocal(
  handle: FileSystemFileHandle,
  before: FileFacts | null,
): Promise<string> {
  try {
    const { size, lastModified } = await handle.getFile();
    if (before?.size === size && before.modifiedMs === lastModified) return "";
    await (handle as unknown as { remove(): Promise<void> }).remove();
    return "";
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "NotFoundError") return "";
    return `“${handle.name}” on this computer is not complete, and could not be removed: delete it.`;
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
