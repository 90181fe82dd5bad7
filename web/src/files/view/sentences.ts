/** Words of the view that more than one of its parts says. */

import { toFailure } from "../../bridge/failure.ts";
import type { FileEntry, FileType } from "../../bridge/files.ts";

/** Last element of a path; "/" of the root. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1) || path;
}

/** What a path is, as far as it matters for reading: what a link leads to. */
export function typeOf(entry: FileEntry): FileType {
  return entry.type === "link" ? entry.targetType : entry.type;
}

/** Control and direction characters, which could make text look like other text. */

const UNSEEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Text with characters that hide or turn others made visible; tab and line feed stay. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
  });
}

/** A path or name on one line: the raw bytes of names that are no UTF-8 show as \xNN. */
export function shownPath(path: string): string {
  return visible(path.replace(/[\n\t]/g, (c) => (c === "\n" ? "\u240a" : "\u2409"))).replace(
    /[\uef80-\uefff]/g,
    (raw) => `\\x${(raw.charCodeAt(0) - 0xef00).toString(16)}`,
  );
}

/** The sentence of whatever was thrown. */
export function sentenceOf(thrown: unknown): string {
  return toFailure(thrown).message;
}
