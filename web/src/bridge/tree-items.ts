/** Reads the items of a tree from the form in which Go hands them over; see TreeBatch. */

import type { TreeBatch } from "./bridge.d.ts";
import { BridgeFailure, CODE_INTERNAL } from "./failure.ts";
import { fieldCount, parseEntry } from "./files-entry.ts";
import type { StreamItem } from "./files.ts";

/** See the head of this file. One for each tree: data may come after the batch of its entry. */
export class TreeItems {
  /** The data that comes now belongs to an entry that makes sense. */
  #known = false;

  /** The items of a batch. The data of an entry that makes no sense is left out with it. */
  parse({ text, data }: TreeBatch): StreamItem[] {
    const fields = new Fields(text);
    const items: StreamItem[] = [];
    let at = 0;
    while (!fields.done) {
      switch (fields.next()) {
        case "entry":
          items.push(this.#entry(fields));
          break;
        case "data": {
          const bytes = Number(fields.next());
          if (!(bytes >= 0 && at + bytes <= data.byteLength)) throw garbled();
          if (this.#known) items.push({ type: "data", data: part(data, at, bytes) });
          at += bytes;
          break;
        }
        case "fault": {
          const [path, code, message] = [fields.next(), fields.next(), fields.next()];
          items.push({ type: "fault", path, code, message });
          break;
        }
        default:
          throw garbled();
      }
    }
    return items;
  }

  #entry(fields: Fields): StreamItem {
    const path = fields.next();
    const done = fields.next() !== "";
    const entry = parseEntry(fields.take(fieldCount));
    this.#known = entry !== null;
    return entry === null
      ? { type: "fault", path, ...unreadable }
      : { type: "entry", path, entry, done };
  }
}

/** Fields one by one, each of which ends with NUL. */
class Fields {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  next(): string {
    return this.take(1).slice(0, -1);
  }

  /** So many fields as they are. */
  take(count: number): string {
    const from = this.#at;
    for (let i = 0; i < count; i++) {
      const end = this.#text.indexOf("\0", this.#at);
      if (end < 0) throw garbled();
      this.#at = end + 1;
    }
    return this.#text.slice(from, this.#at);
  }
}

/** A buffer of its own; all of it is not copied. */
function part(data: Uint8Array, at: number, bytes: number): ArrayBuffer {
  const { buffer } = data;
  return bytes === buffer.byteLength && buffer instanceof ArrayBuffer
    ? buffer
    : data.slice(at, at + bytes).buffer;
}

function garbled(): BridgeFailure {
  return new BridgeFailure(
    CODE_INTERNAL,
    "Folders could not be read: a part of this page handed over what another cannot read. Reload the page.",
  );
}

const unreadable = {
  code: "file_failed",
  message: "The device described it in a way that cannot be read. It was left out.",
};
