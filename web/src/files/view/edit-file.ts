/** One file that is edited: how it was when it was opened, and how it gets back. */

import { BridgeFailure, toFailure } from "../../bridge/failure.ts";
import type { FileEntry, Files } from "../../bridge/files.ts";
import { byteCount } from "../../style/format.ts";
import { FileSource } from "./byte-source.ts";
import { nameOf, shownPath, typeOf } from "./sentences.ts";
import { toBytes, toDocument, type TextDocument } from "./text-document.ts";

/** Larger files are shown, not edited: each save sends and hashes all of it. */
export const EDIT_MAX_BYTES = 5_000_000;

/** What became of the file since it was opened. */
export type Since = "same" | "changed" | "gone";

/** See the head of this file. */
export class EditFile {
  /** Where it is written: what a link leads to, so that the link stays. */
  target: string;
  /** How the device has it, as far as is known here. */
  document: TextDocument;
  entry: FileEntry;
  /** Set when only the beginning was read: no saving. */
  readonly partial: boolean;
  #bytes: Uint8Array;

  private constructor(target: string, read: Read) {
    this.target = target;
    this.document = read.document;
    this.entry = read.entry;
    this.partial = read.partial;
    this.#bytes = read.bytes;
  }

  /** Reads it. Rejects with a sentence for what is no text. */
  static async open(
    files: Files,
    path: string,
    entry: FileEntry,
    signal: AbortSignal,
  ): Promise<EditFile> {
    const target = entry.type === "link" ? await files.realPath(path) : path;
    return new EditFile(target, await read(files, target, signal));
  }

  /** Compares with the device by size and hash; a changed time alone is no change. */
  async since(files: Files): Promise<Since> {
    let now: FileEntry;
    try {
      now = await files.stat(this.target, true);
    } catch (thrown) {
      if (toFailure(thrown).code === "not_found") return "gone";
      throw thrown;
    }
    if (now.size !== this.entry.size) return "changed";
    const [theirs, ours] = await Promise.all([files.hash(this.target, -1), sha256(this.#bytes)]);
    if (theirs !== null && ours !== null) return theirs === ours ? "same" : "changed";
    const source = new FileSource(() => files, this.target, now.size);
    const bytes = await source.read(0, this.#bytes.length + 1);
    return equal(bytes, this.#bytes) ? "same" : "changed";
  }

  /** The bytes of a text in this file's encoding, or the character that it lacks. */
  bytesOf(text: string): Uint8Array | { lacks: string } {
    return toBytes(text, this.document);
  }

  /** Turns the file into UTF-8 from the next save on. */
  becomeUtf8(): void {
    this.document = { ...this.document, kind: { encoding: "utf-8", bom: 0 } };
  }

  /** Writes it and takes it for what the device has. Resolves with what is to be said of it, or "". */
  async write(files: Files, text: string, bytes: Uint8Array): Promise<string> {
    const before = this.entry;
    const { entry, note } = await files.save(this.target, bytes);
    this.#wrote(text, bytes, entry);
    return [note, changedRights(before, entry)].filter((said) => said !== "").join(" ");
  }

  /** Writes a new file elsewhere; that one is edited from then on. */
  async writeTo(files: Files, path: string, text: string, bytes: Uint8Array): Promise<void> {
    const options = { replace: false, mode: this.entry.mode, modifiedMs: null };
    const entry = await files.put(path, bytes, options);
    this.target = path;
    this.#wrote(text, bytes, entry);
  }

  /** Reads the device's version and takes it as what the edit began with. */
  async refresh(files: Files, signal: AbortSignal): Promise<string> {
    const now = await read(files, this.target, signal);
    if (now.partial) {
      throw new BridgeFailure(
        "too_large",
        `${shownPath(nameOf(this.target))} has grown beyond ${byteCount(EDIT_MAX_BYTES)} on the device. Save your text under another name.`,
      );
    }
    [this.document, this.entry, this.#bytes] = [now.document, now.entry, now.bytes];
    return now.document.text;
  }

  #wrote(text: string, bytes: Uint8Array, entry: FileEntry): void {
    this.document = { ...this.document, text };
    this.#bytes = bytes;
    this.entry = entry;
  }
}

interface Read {
  document: TextDocument;
  entry: FileEntry;
  bytes: Uint8Array;
  partial: boolean;
}

async function read(files: Files, path: string, signal: AbortSignal): Promise<Read> {
  // The entry first: a change between the two is then noticed at the save.
  const entry = await files.stat(path, true);
  const name = shownPath(nameOf(path));
  if (typeOf(entry) !== "file" && typeOf(entry) !== "unknown") {
    throw new BridgeFailure("special_file", `${name} is no regular file: it cannot be edited.`);
  }
  const source = new FileSource(() => files, path, entry.size);
  let bytes = await source.read(0, EDIT_MAX_BYTES + 4, signal);
  const partial = bytes.length > EDIT_MAX_BYTES;
  if (partial) bytes = wholeLines(bytes.subarray(0, EDIT_MAX_BYTES));
  const document = toDocument(bytes);
  if (document === null) {
    throw new BridgeFailure(
      "invalid",
      `${name} is no text in UTF-8 or Latin-1, so editing it here would damage it. Look at it as hex, or download it.`,
    );
  }
  return { document, entry, bytes, partial };
}

/** A cut in a line could be a cut in a character. */
function wholeLines(bytes: Uint8Array): Uint8Array {
  const end = bytes.lastIndexOf(0x0a);
  return end > 0 ? bytes.subarray(0, end + 1) : bytes;
}

/** A rename gives the name to another file: what the device could not keep is said. */
function changedRights(before: FileEntry, after: FileEntry): string {
  const changes: string[] = [];
  if (before.uid !== after.uid || before.gid !== after.gid) {
    changes.push(`it now belongs to ${owner(after)}, before to ${owner(before)}`);
  }
  if (before.mode !== after.mode) {
    changes.push(`its mode is ${after.mode.toString(8)}, before ${before.mode.toString(8)}`);
  }
  if (changes.length === 0) return "";
  return `Saved, but the device did not keep everything: ${changes.join(", and ")}.`;
}

function owner(entry: FileEntry): string {
  return `${entry.owner || String(entry.uid ?? "?")}:${entry.group || String(entry.gid ?? "?")}`;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** null outside of secure contexts. */
async function sha256(bytes: Uint8Array): Promise<string | null> {
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
  if (subtle === undefined) return null;
  const digest = await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
