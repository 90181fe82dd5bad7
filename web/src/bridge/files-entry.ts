/** Reads directory entries from the form in which Go hands them over; see GoFiles.list. */

import type { FileEntry, FileType } from "./bridge.d.ts";

/** Fields of an entry, each followed by NUL. */
export const fieldCount = 11;
const types: ReadonlySet<string> = new Set<FileType>([
  ...(["file", "dir", "link", "fifo", "socket", "char", "block", "unknown"] as const),
]);
/** Sizes and times beyond 2^53 have no meaning that anybody can use. */
const wholeNumber = /^-?\d{1,16}$/;
const highestMode = 0o7777;

/**
 * The entries of a batch. The fields come from the device: an entry with one that makes no
 * sense is left out, and so is what could leave its directory ("", ".", "..", a "/").
 */
export function parseEntries(batch: string): FileEntry[] {
  const fields = batch.split("\0");
  const entries: FileEntry[] = [];
  for (let at = 0; at + fieldCount < fields.length; at += fieldCount) {
    const entry = toEntry(fields.slice(at, at + fieldCount));
    if (entry !== null && isName(entry.name)) {
      entries.push(entry);
    }
  }
  return entries;
}

/** The one entry of that form; null when it is malformed. The root is "/" by name. */
export function parseEntry(text: string): FileEntry | null {
  const fields = text.split("\0");
  if (fields.length !== fieldCount + 1 || fields[fieldCount] !== "") {
    return null;
  }
  const entry = toEntry(fields.slice(0, fieldCount));
  return entry !== null && (entry.name === "/" || isName(entry.name)) ? entry : null;
}

function isName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !name.includes("/");
}

function toEntry(fields: readonly string[]): FileEntry | null {
  const [name = "", type = "", size = "", modified = "", mode = "", uid = "", gid = ""] = fields;
  const [owner = "", group = "", target = "", targetType = ""] = fields.slice(7);
  const read = { size: toNumber(size), mode: toNumber(mode) };
  const modifiedMs = orNull(modified);
  const ids = { uid: orNull(uid), gid: orNull(gid) };
  if (
    !isType(type) ||
    !isType(targetType) ||
    !inRange(read.size, Number.MAX_SAFE_INTEGER) ||
    !inRange(read.mode, highestMode) ||
    modifiedMs === undefined ||
    ids.uid === undefined ||
    ids.gid === undefined
  ) {
    return null;
  }
  return {
    ...{ name, type, size: read.size, modifiedMs, mode: read.mode },
    ...{ uid: ids.uid, gid: ids.gid, owner, group, target, targetType },
  };
}

function isType(word: string): word is FileType {
  return types.has(word);
}

function inRange(value: number | undefined, highest: number): value is number {
  return value !== undefined && value >= 0 && value <= highest;
}

function toNumber(field: string): number | undefined {
  const value = wholeNumber.test(field) ? Number(field) : NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** "" is null; undefined is malformed. */
function orNull(field: string): number | null | undefined {
  return field === "" ? null : toNumber(field);
}
