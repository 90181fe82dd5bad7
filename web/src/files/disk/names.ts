/** Names of a device as names of the person's computer, whichever system that has. */

/** Characters that Windows forbids in names; "/" cannot come. */
const forbidden = new Set('<>:"/\\|?*');
/** Marks that change the direction of text: a name must look like what it is. */
const directionMarks = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const reserved = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/iu;
/** Bytes of a name; 255 is what systems take, and " (2)" and the browser's own ending follow. */
const maxBytes = 240;
/** Beyond it an ending is no ending. */
const maxEndingBytes = 16;

/** A byte that is no UTF-8 (ssh/files/fsys/names.go). */
function rawByte(code: number): number | null {
  return code >= 0xef80 && code <= 0xefff ? code - 0xef00 : null;
}

function safeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const raw = rawByte(code);
  if (raw !== null) {
    return `%${raw.toString(16).toUpperCase()}`;
  }
  const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const isHalf = code >= 0xd800 && code <= 0xdfff;
  const bad = isControl || isHalf || forbidden.has(character) || directionMarks.test(character);
  return bad ? "_" : character;
}

/**
 * A name that every system takes for one file: no separators, control characters or direction
 * marks, no name that Windows keeps for devices, no dot or space at the end. Never "", "." or "..".
 */
export function safeName(name: string): string {
  let safe = Array.from(name, safeCharacter).join("");
  safe = safe.replace(/[. ]+$/u, (end) => "_".repeat(end.length));
  if (reserved.test(safe)) {
    safe = `_${safe}`;
  }
  return shorten(safe === "" ? "_" : safe, maxBytes);
}

/** The name with a number, before its ending: "a (2).log". */
export function numbered(name: string, number: number): string {
  const [stem, ending] = splitEnding(name);
  return `${stem} (${String(number)})${ending}`;
}

function splitEnding(name: string): [stem: string, ending: string] {
  const dot = name.lastIndexOf(".");
  const fits = dot > 0 && byteLength(name.slice(dot)) <= maxEndingBytes;
  return fits ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
}

function shorten(name: string, most: number): string {
  if (byteLength(name) <= most) {
    return name;
  }
  const [stem, ending] = splitEnding(name);
  let short = "";
  let left = most - byteLength(ending);
  for (const character of stem) {
    left -= byteLength(character);
    if (left < 0) break;
    short += character;
  }
  return short + ending;
}

const encoder = new TextEncoder();

function byteLength(text: string): number {
  return encoder.encode(text).byteLength;
}
