/** Tells text from the rest, and how its bytes are to be read. */

/** How characters stand as bytes. latin1: a byte each, when it is no UTF-8. */
export type Encoding = "utf-8" | "latin1" | "utf-16le" | "utf-16be";

export interface TextKind {
  encoding: Encoding;
  /** Bytes of a byte order mark before the text. */
  bom: number;
}

/** Of the first bytes, at most so many control characters in a thousand: more is binary. */
const CONTROLS_PER_MILLE = 20;

/** null: not text. head: the first bytes; whole: the file has no more. */
export function sniffText(head: Uint8Array, whole: boolean): TextKind | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) {
    return isUtf8(head, whole) && !hasNul(head) ? { encoding: "utf-8", bom: 3 } : null;
  }
  if (head[0] === 0xff && head[1] === 0xfe) return utf16(head, "utf-16le");
  if (head[0] === 0xfe && head[1] === 0xff) return utf16(head, "utf-16be");
  if (hasNul(head) || manyControls(head)) return null;
  if (isUtf8(head, whole)) return { encoding: "utf-8", bom: 0 };
  return { encoding: "latin1", bom: 0 };
}

/** What TextDecoder calls it. */
export function decoderFor(kind: TextKind): TextDecoder {
  return new TextDecoder(kind.encoding, { ignoreBOM: false });
}

/** What a person calls it. */
export function encodingName(kind: TextKind): string {
  const names = {
    "utf-8": "UTF-8",
    latin1: "Latin-1",
    "utf-16le": "UTF-16 LE",
    "utf-16be": "UTF-16 BE",
  };
  return names[kind.encoding] + (kind.encoding === "utf-8" && kind.bom > 0 ? " with BOM" : "");
}

/** A pair of NUL bytes is no text in UTF-16 either. */
function utf16(head: Uint8Array, encoding: Encoding): TextKind | null {
  for (let at = 2; at + 1 < head.length; at += 2) {
    if (head[at] === 0 && head[at + 1] === 0) return null;
  }
  return { encoding, bom: 2 };
}

function hasNul(head: Uint8Array): boolean {
  return head.includes(0);
}

function manyControls(head: Uint8Array): boolean {
  let controls = 0;
  for (const byte of head) {
    // Tab, line ends, form feed, backspace and escape (colours) are at home in text.
    const usual = byte === 0x1b || (byte >= 0x08 && byte <= 0x0d && byte !== 0x0b);
    if ((byte < 0x20 && !usual) || byte === 0x7f) controls++;
  }
  return controls * 1000 > head.length * CONTROLS_PER_MILLE;
}

/** A character that the end of the head cuts is no fault unless the file ends there. */
function isUtf8(head: Uint8Array, whole: boolean): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: !whole });
    return true;
  } catch {
    return false;
  }
}
