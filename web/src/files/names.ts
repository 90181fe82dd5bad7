/**
 * Names as they are shown and typed. A name is the device's: it may hold control characters,
 * direction marks that turn text around, and bytes that are no UTF-8, each of which stands as
 * U+EF00 + byte (ssh/files/fsys/names.go).
 */

/** A part of a name: shown as it is, or as an escape that stands for something unseen. */
export interface NamePart {
  readonly text: string;
  readonly escaped: boolean;
}

/**
 * Controls, marks of direction, separators of lines, other format characters and lone
 * surrogates, unassigned and private ones: what cannot be seen, or changes how others are.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Cn}\p{Co}\u115f\u1160\u3164\uffa0]/u;

/** Joins letters of some scripts and emoji; harmless between two characters that are seen. */
const JOINERS = new Set(["\u200c", "\u200d"]);

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Splits a name into what is shown as it is and what is escaped. */
export function nameParts(name: string): NamePart[] {
  const parts: { text: string; escaped: boolean }[] = [];
  for (const char of name) {
    const escaped = UNSEEN.test(char) && !JOINERS.has(char);
    const text = escaped ? escapeOf(char) : char;
    const last = parts.at(-1);
    if (last?.escaped === escaped) last.text += text;
    else parts.push({ text, escaped });
  }
  // Spaces at the ends are there, but nobody sees them.
  const first = parts[0];
  if (first?.escaped === false && first.text.startsWith(" ")) edge(parts, first, 0);
  const last = parts.at(-1);
  if (last?.escaped === false && last.text.endsWith(" ")) edge(parts, last, parts.length - 1);
  return parts;
}

/** The name as plain text, for titles, sentences and assistive technology. */
export function shownName(name: string): string {
  return isPlain(name)
    ? name
    : nameParts(name)
        .map(({ text }) => text)
        .join("");
}

/** A form that can be typed: as shown, with "\\" for a backslash. */
export function typedForm(path: string): string {
  let out = "";
  for (const char of path) {
    if (char === "\\") out += "\\\\";
    else out += UNSEEN.test(char) && !JOINERS.has(char) ? escapeOf(char) : char;
  }
  return out;
}

const ESCAPE = /\\(?:([nrt\\])|x([0-9a-f]{2})|u\{([0-9a-f]{1,6})\})/gi;

/** What was typed, escapes undone; a backslash before anything else is a backslash. */
export function fromTyped(text: string): string {
  return text.replace(
    ESCAPE,
    (whole: string, short?: string, byte?: string, point?: string): string => {
      if (short !== undefined) return LONG[short.toLowerCase()] ?? whole;
      const code = parseInt(byte ?? point ?? "0", 16);
      if (code === 0 || code > 0x10ffff) return whole;
      if (byte !== undefined && code >= 0x80) return String.fromCharCode(0xef00 + code);
      return String.fromCodePoint(code);
    },
  );
}

const LONG: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "\\": "\\" };

/** Most names have nothing to escape; it is asked for each row that is drawn. */
function isPlain(name: string): boolean {
  return !/[^\x20-\x7e]/.test(name) && !name.startsWith(" ") && !name.endsWith(" ");
}

function escapeOf(char: string): string {
  const short = SHORT[char];
  if (short !== undefined) return short;
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0xef80 && code <= 0xefff) return `\\x${(code - 0xef00).toString(16)}`;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  return `\\u{${code.toString(16)}}`;
}

/** Marks the spaces at one end as something that is there. */
function edge(parts: NamePart[], part: NamePart, at: number): void {
  const atStart = at === 0 && part.text.startsWith(" ");
  const spaces = (atStart ? /^ +/ : / +$/).exec(part.text)?.[0].length ?? 0;
  const rest = atStart ? part.text.slice(spaces) : part.text.slice(0, part.text.length - spaces);
  const mark = { text: "␣".repeat(spaces), escaped: true };
  const kept = rest === "" ? [] : [{ text: rest, escaped: false }];
  parts.splice(at, 1, ...(atStart ? [mark, ...kept] : [...kept, mark]));
}
