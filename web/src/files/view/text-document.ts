/** Between a file's bytes and the text of the editor; what is not edited comes back byte by byte. */

import { sniffText, type TextKind } from "./text-sniff.ts";

/** How lines end. mixed: as they stand, each CR a character of its own in the editor. */
export type LineEnds = "lf" | "crlf" | "cr" | "mixed";

export interface TextDocument {
  /** Lines parted by LF. */
  text: string;
  kind: TextKind;
  ends: LineEnds;
}

/** null: no text that can be edited (binary, or UTF-16). */
export function toDocument(bytes: Uint8Array): TextDocument | null {
  const kind = sniffText(bytes, true);
  if (kind === null || kind.encoding.startsWith("utf-16")) return null;
  const raw = decode(bytes.subarray(kind.bom), kind);
  const ends = lineEnds(raw);
  return { kind, ends, text: ends === "lf" || ends === "mixed" ? raw : withLf(raw) };
}

/** The bytes of a text that was edited; the character that the encoding lacks, if it has none. */
export function toBytes(text: string, like: TextDocument): Uint8Array | { lacks: string } {
  // What was pasted may bring other line ends.
  const lines = like.ends === "mixed" ? text : withLf(text);
  const raw =
    like.ends === "crlf"
      ? lines.replaceAll("\n", "\r\n")
      : like.ends === "cr"
        ? lines.replaceAll("\n", "\r")
        : lines;
  if (like.kind.encoding === "latin1") return latin1Bytes(raw);
  const bytes = new TextEncoder().encode(raw);
  if (like.kind.bom === 0) return bytes;
  const marked = new Uint8Array(bytes.length + 3);
  marked.set([0xef, 0xbb, 0xbf]);
  marked.set(bytes, 3);
  return marked;
}

/** What a person calls them. */
export const LINE_ENDS: Readonly<Record<LineEnds, string>> = {
  lf: "LF",
  crlf: "CRLF",
  cr: "CR",
  mixed: "mixed line ends",
};

function decode(bytes: Uint8Array, kind: TextKind): string {
  if (kind.encoding === "utf-8") {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  }
  // Not TextDecoder: its latin1 is windows-1252, which would change bytes 0x80 to 0x9f.
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  }
  return parts.join("");
}

function latin1Bytes(text: string): Uint8Array | { lacks: string } {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0xff) return { lacks: String.fromCodePoint(text.codePointAt(at) ?? code) };
    bytes[at] = code;
  }
  return bytes;
}

function lineEnds(text: string): LineEnds {
  const crlf = count(text, "\r\n");
  const cr = count(text, "\r") - crlf;
  const lf = count(text, "\n") - crlf;
  if (crlf + cr === 0) return "lf";
  if (cr + lf === 0) return "crlf";
  if (crlf + lf === 0) return "cr";
  return "mixed";
}

function count(text: string, part: string): number {
  let [found, at] = [0, text.indexOf(part)];
  for (; at >= 0; at = text.indexOf(part, at + part.length)) found++;
  return found;
}

function withLf(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}
