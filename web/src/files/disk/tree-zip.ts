/** A tree as one zip file: stored, streamed, names in UTF-8, zip64 where it is needed. */

import { makeZip } from "client-zip";
import type { FileEntry } from "../../bridge/files.ts";
import { CODE_RENAMED } from "./codes.ts";
import type { Item, Reader } from "./reader.ts";
import type { Sink } from "./sink.ts";
import { leftOut } from "./tree.ts";
import type { Tally } from "./tree.ts";
import { TreeNames } from "./tree-names.ts";
import type { KeepOptions } from "./types.ts";

/** The format's dates begin and end here. */
const firstDate = Date.UTC(1980, 0, 2);
const lastDate = Date.UTC(2107, 11, 30);
/** Headers and small files are gathered into pieces of this size. */
const batchBytes = 256 * 1024;

type Input = { name: string; lastModified: number; mode?: number } & {
  input?: AsyncIterable<Uint8Array>;
};

export async function writeZip(
  reader: Reader,
  sink: Sink,
  tally: Tally,
  keep: KeepOptions,
): Promise<void> {
  try {
    await gather(makeZip(new ZipInputs(reader, tally, keep).all()).getReader(), sink);
    await sink.finish();
  } catch (error) {
    await sink.stop(false); // half a zip is none
    throw error;
  }
}

/** Copies what is little: client-zip looks at its own headers again after it handed them out. */
async function gather(zip: ReadableStreamDefaultReader<Uint8Array>, sink: Sink): Promise<void> {
  let batch = new Uint8Array(batchBytes);
  let filled = 0;
  const flush = async (): Promise<void> => {
    const full = batch.subarray(0, filled);
    batch = new Uint8Array(batchBytes);
    filled = 0;
    if (full.byteLength > 0) await sink.write(full);
  };
  for (;;) {
    const { value, done } = await zip.read();
    if (done) break;
    if (filled + value.byteLength > batchBytes) await flush();
    if (value.byteLength > batchBytes / 2) {
      await flush();
      await sink.write(value); // data, of which nothing is looked at again
    } else {
      batch.set(value, filled);
      filled += value.byteLength;
    }
  }
  await flush();
}

/** The tree's entries as client-zip takes them. */
class ZipInputs {
  readonly #reader: Reader;
  readonly #tally: Tally;
  readonly #keep: KeepOptions;
  readonly #names = new TreeNames(true); // who unpacks it may have any system
  /** What was read and belongs to no file that is under way; null at the end. */
  #ahead: Item | null | undefined;

  constructor(reader: Reader, tally: Tally, keep: KeepOptions) {
    this.#reader = reader;
    this.#tally = tally;
    this.#keep = keep;
  }

  async *all(): AsyncGenerator<Input> {
    for (;;) {
      const item = this.#ahead === undefined ? await this.#reader.next() : this.#ahead;
      this.#ahead = undefined;
      if (item === null) return;
      if (item.type === "entry") {
        const input = this.#input(item.path, item.entry);
        this.#reader.taken(item);
        if (input !== null) yield input;
        continue;
      }
      if (item.type === "fault") this.#tally.fault(item.path, item.code, item.message);
      this.#reader.taken(item); // data of what was left out
    }
  }

  #input(path: string, entry: FileEntry): Input | null {
    this.#tally.tell(path);
    if (entry.type !== "file" && entry.type !== "dir") {
      this.#tally.fault(path, "special_file", leftOut(entry));
      return null;
    }
    const place = this.#names.place(path, entry.type === "dir");
    if (place === null) {
      this.#tally.fault(
        path,
        "invalid",
        `“${entry.name}” has a path that leads out of the zip file, or is too deep. It was left out.`,
      );
      return null;
    }
    if (place.changed) {
      const name = place.local.at(-1) ?? "";
      this.#tally.fault(path, CODE_RENAMED, `“${entry.name}” is saved as “${name}”.`);
    }
    const { keepModified = true, keepMode = true } = this.#keep;
    const modified = (keepModified ? entry.modifiedMs : null) ?? Date.now();
    const lastModified = Math.min(lastDate, Math.max(firstDate, modified));
    // Without a mode it has the format's usual one.
    const about = { lastModified, ...(keepMode ? { mode: entry.mode & 0o777 } : {}) };
    return entry.type === "dir"
      ? { name: `${place.local.join("/")}/`, ...about }
      : { name: place.local.join("/"), ...about, input: this.#data(path, entry) };
  }

  /** The data up to the next entry. */
  async *#data(path: string, entry: FileEntry): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for (;;) {
      const item = await this.#reader.next();
      if (item?.type !== "data") {
        this.#ahead = this.#endOf(item, path, entry, bytes);
        this.#tally.files += 1;
        return;
      }
      const data = new Uint8Array(item.data);
      const { byteLength } = data; // the sink gives the buffer away
      bytes += byteLength;
      this.#tally.bytes += byteLength;
      yield data;
      this.#reader.taken(byteLength);
      this.#tally.tell(path);
    }
  }

  /** A zip that is on its way cannot take a file back: its fault says how much of it is there. */
  #endOf(item: Item | null, path: string, entry: FileEntry, bytes: number): Item | null {
    if (item?.type !== "fault" || item.path !== path) {
      if (bytes < entry.size) this.#tally.shorter(path, entry, bytes);
      return item;
    }
    const part = `Only its first ${String(bytes)} bytes are in the zip file.`;
    return { ...item, message: `“${entry.name}”: ${item.message} ${part}` };
  }
}
