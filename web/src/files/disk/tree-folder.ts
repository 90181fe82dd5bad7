/** A tree into a folder that the person chose. */

import { heldMark } from "../../bridge/done-files.ts";
import { toFailure } from "../../bridge/failure.ts";
import type { FileEntry } from "../../bridge/files.ts";
import { CODE_RENAMED, writeFailure } from "./codes.ts";
import { FolderTarget, Taken, type Opened } from "./folder-target.ts";
import { Hasher } from "./hasher.ts";
import { Pool } from "./pool.ts";
import type { Item, Reader } from "./reader.ts";
import { DISCARDED } from "./save.ts";
import type { Tally } from "./tree.ts";
import { leftOut } from "./tree.ts";
import { TreeNames } from "./tree-names.ts";
import type { Place } from "./tree-names.ts";
import type { TreeGo } from "./types.ts";

/** A file up to so many bytes is written in one go, beside others: most time is spent waiting. */
const smallBytes = 512 * 1024;
/** Small files at once. */
const poolSize = 64;

/** The file whose data comes now. */
interface Current {
  path: string;
  entry: FileEntry;
  place: Place;
  /** What came, as long as it is little. */
  pieces: Uint8Array[];
  bytes: number;
  /** Where it goes once it is much. */
  opened: Opened | undefined;
  /** Of what came, once it is much. */
  hasher: Hasher | undefined;
  /** It is skipped, or failed: its data is dropped. */
  dropped: boolean;
}

export async function writeFolder(
  reader: Reader,
  handle: FileSystemDirectoryHandle,
  go: TreeGo,
  tally: Tally,
  { foldCase, signal }: { readonly foldCase: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const writer = new FolderWriter(reader, handle, go, tally, foldCase);
  try {
    await writer.run();
  } catch (error) {
    await writer.stop(signal.reason !== DISCARDED);
    throw error;
  }
}

class FolderWriter {
  readonly #reader: Reader;
  readonly #target: FolderTarget;
  readonly #tally: Tally;
  readonly #names: TreeNames;
  readonly #pool = new Pool(poolSize);
  readonly #seed: number;
  readonly #hashes: boolean;
  readonly #held: ReadonlySet<number>;
  /** What an earlier go wrote under a name that was chosen. */
  readonly #own: TreeGo["earlier"];
  #current: Current | undefined;

  constructor(
    reader: Reader,
    handle: FileSystemDirectoryHandle,
    go: TreeGo,
    tally: Tally,
    foldCase: boolean,
  ) {
    this.#reader = reader;
    this.#tally = tally;
    this.#names = new TreeNames(foldCase, go.earlier ?? undefined);
    this.#target = new FolderTarget(handle, go, this.#names);
    this.#seed = go.seed;
    this.#hashes = go.hash === true;
    this.#held = new Set(go.held);
    this.#own = go.earlier;
  }

  async run(): Promise<void> {
    for (;;) {
      const item = await this.#reader.next();
      if (item === null) break;
      switch (item.type) {
        case "entry":
          await this.#endFile();
          await this.#begin(item);
          this.#reader.taken(item);
          break;
        case "data":
          await this.#add(new Uint8Array(item.data));
          break;
        case "fault":
          if (item.path === this.#current?.path) await this.#drop();
          this.#tally.fault(item.path, item.code, item.message);
          this.#reader.taken(item);
          break;
      }
    }
    await this.#endFile();
    await this.#pool.drained();
  }

  /** keep: it goes on later, perhaps, so what there is of a large file stays, and is told. */
  async stop(keep: boolean): Promise<void> {
    const file = this.#current;
    if (keep && file?.opened !== undefined && !file.dropped) {
      await file.opened.sink.stop(true);
      this.#onItsWay(file);
    } else if (!(await this.#drop()) && file !== undefined) this.#onItsWay(file);
    await this.#pool.drained().catch(() => undefined);
  }

  async #begin({ path, entry, done }: Extract<Item, { type: "entry" }>): Promise<void> {
    this.#tally.tell(path);
    if (entry.type !== "file" && entry.type !== "dir") {
      this.#tally.fault(path, "special_file", leftOut(entry));
      return;
    }
    const place = this.#names.place(path, entry.type === "dir");
    if (place === null) {
      this.#tally.fault(
        path,
        "invalid",
        `“${entry.name}” has a path that leads out of the folder, or is too deep. It was left out.`,
      );
      return;
    }
    if (entry.type === "dir") {
      this.#noteName(path, entry, place);
      await this.#target.folder(place.local).catch((error: unknown) => {
        this.#fail(path, entry, error);
      });
      return;
    }
    if (done) {
      if (this.#own?.has(path) === true) this.#noteName(path, entry, place);
      if (this.#held.has(heldMark(this.#seed, path))) await this.#hold(path, entry, place);
      return;
    }
    this.#current = {
      ...{ path, entry, place, pieces: [], bytes: 0 },
      ...{ opened: undefined, hasher: undefined, dropped: false },
    };
  }

  /** Its data does not come before the person said what to do with what has its name. */
  async #hold(path: string, entry: FileEntry, place: Place): Promise<void> {
    await this.#pool.run(async () => {
      // A folder that cannot be made is told by its own entry.
      const existing = await this.#target.existing(path, place).catch(() => null);
      this.#tally.taken(path, place.local, existing, entry);
      this.#tally.tell(path);
    });
  }

  async #add(data: Uint8Array): Promise<void> {
    const file = this.#current;
    const { byteLength } = data;
    if (file === undefined || file.dropped) {
      this.#reader.taken(byteLength);
      return;
    }
    file.bytes += byteLength;
    if (file.opened === undefined) {
      file.pieces.push(data);
      if (file.bytes > smallBytes) await this.#grow(file);
      // Credit comes when it is written; a small file's at its end.
      return;
    }
    await this.#write(file, data);
  }

  /** The file is no small one: what came so far goes to the disk, and so does the rest. */
  async #grow(file: Current): Promise<void> {
    const pieces = file.pieces.splice(0);
    try {
      const opened = await this.#target.open(file.path, file.place, file.entry);
      if (opened === null || opened instanceof Taken) {
        this.#left(file, opened);
        file.dropped = true;
      } else {
        this.#noteName(file.path, file.entry, opened.place);
        file.place = opened.place;
        file.opened = opened;
        if (this.#hashes) file.hasher = new Hasher();
      }
    } catch (error) {
      this.#fail(file.path, file.entry, error);
      file.dropped = true;
    }
    for (const piece of pieces) {
      await this.#write(file, piece);
    }
  }

  async #write(file: Current, data: Uint8Array): Promise<void> {
    const { byteLength } = data;
    try {
      if (!file.dropped) {
        await file.hasher?.update(data);
        await file.opened?.sink.write(data);
        this.#tally.bytes += byteLength;
        this.#onItsWay(file);
        this.#tally.tell(file.path);
      }
    } catch (error) {
      await this.#drop();
      this.#fail(file.path, file.entry, error);
    }
    this.#reader.taken(byteLength);
  }

  async #endFile(): Promise<void> {
    const file = this.#current;
    this.#current = undefined;
    if (file === undefined || file.dropped) {
      return;
    }
    if (file.opened === undefined) {
      await this.#pool.run(() => this.#writeSmall(file));
      return;
    }
    try {
      this.#tally.partial = null;
      await file.opened.sink.finish();
      this.#whole(file, file.place, await file.hasher?.digest());
    } catch (error) {
      await this.#clear(file.opened);
      this.#fail(file.path, file.entry, error);
    }
  }

  async #writeSmall(file: Current): Promise<void> {
    try {
      const written = await this.#target.write(file.path, file.place, file.entry, file.pieces);
      if (written === null || written instanceof Taken) {
        this.#left(file, written);
      } else {
        this.#noteName(file.path, file.entry, written);
        this.#tally.bytes += file.bytes;
        this.#whole(file, written);
      }
    } catch (error) {
      this.#fail(file.path, file.entry, error);
    }
    this.#reader.taken(file.bytes);
    this.#tally.tell(file.path);
  }

  /** Ends the current file without keeping any of it; false when some of it stays. */
  async #drop(): Promise<boolean> {
    const file = this.#current;
    if (file === undefined || file.dropped) {
      return true;
    }
    file.dropped = true;
    this.#tally.partial = null;
    if (file.opened !== undefined) return await this.#clear(file.opened);
    this.#reader.taken(file.bytes);
    file.pieces.length = 0;
    return true;
  }

  async #clear(opened: Opened): Promise<boolean> {
    await opened.sink.stop(false);
    try {
      await this.#target.clear(opened);
      return true;
    } catch {
      return false; // the disk is gone, or may not be written any more
    }
  }

  #fail(path: string, entry: FileEntry, error: unknown): void {
    const { code, message } = toFailure(writeFailure(error, entry.name));
    if (code === "local_full") {
      throw writeFailure(error, entry.name); // what follows has no room either
    }
    this.#tally.fault(path, code, message);
  }

  #onItsWay({ path, place, entry, bytes }: Current): void {
    const { size, modifiedMs } = entry;
    this.#tally.partial = { path, local: place.local, size, modifiedMs, bytes };
  }

  /** What is there stays: for good, or until the person said. */
  #left({ path, entry, place }: Current, taken: Taken | null): void {
    if (taken !== null) {
      this.#tally.taken(path, place.local, taken.existing, entry);
      return;
    }
    this.#tally.skipped += 1;
    this.#tally.done(path, entry);
  }

  /** It is there. What the device has by then may be another matter. */
  #whole({ path, entry, bytes }: Current, place: Place, digest?: string): void {
    this.#tally.files += 1;
    if (bytes >= entry.size && digest !== undefined) {
      const { size, modifiedMs } = entry;
      const name = place.local.at(-1) ?? "";
      this.#tally.arrived({ path, name, size, modifiedMs, digest, bytes });
      return;
    }
    if (bytes >= entry.size) {
      this.#tally.done(path, entry);
      return;
    }
    this.#tally.named(path, place.local.at(-1) ?? "");
    this.#tally.shorter(path, entry, bytes);
  }

  #noteName(path: string, entry: FileEntry, place: Place): void {
    if (place.changed) {
      const name = place.local.at(-1) ?? "";
      this.#tally.named(path, name);
      this.#tally.fault(path, CODE_RENAMED, `“${entry.name}” is saved as “${name}”.`);
    }
  }
}
