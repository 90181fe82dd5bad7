/** OSC 7, by which a shell tells its directory: file://host/path, percent-encoded. */

/** PATH_MAX of Linux; what is longer is none. */
const MAX_BYTES = 4096;

/** First of the private characters that stand for bytes that are no UTF-8 (ssh/files/fsys). */
const RAW_BASE = 0xef00;

/** One for all: a device may send many paths of many broken bytes. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The absolute path of such a text, which any program on the device may have written; null
 * when it is none. The host is not looked at: it is what the device calls itself, and the
 * terminal belongs to one device.
 */
export function directoryOf(data: string): string | null {
  const path = /^(?:file|kitty-shell-cwd):\/\/[^/]*(\/.*)$/s.exec(data)?.[1];
  if (path === undefined || path.length > 3 * MAX_BYTES) return null;
  // kitty's own scheme is not percent-encoded.
  const bytes = data.startsWith("file:") ? bytesOf(path) : new TextEncoder().encode(path);
  if (bytes === null || bytes.length > MAX_BYTES || bytes.includes(0)) return null;
  return withRawBytes(bytes);
}

/** Percent escapes undone; null when one is broken. */
function bytesOf(text: string): Uint8Array | null {
  if (/%(?![0-9a-f]{2})/i.test(text)) return null;
  const encoder = new TextEncoder();
  const out: number[] = [];
  for (const part of text.match(/%..|[^%]+/gs) ?? []) {
    if (part.startsWith("%")) out.push(parseInt(part.slice(1), 16));
    else for (const byte of encoder.encode(part)) out.push(byte);
  }
  return Uint8Array.from(out);
}

/** As text, where each byte that is no UTF-8 stands as a private character. */
function withRawBytes(bytes: Uint8Array): string {
  try {
    const text = utf8.decode(bytes);
    if (!/[\uef80-\uefff]/.test(text)) return text;
  } catch {
    // decoded piece by piece below
  }
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const piece = character(bytes, at);
    if (piece === null) {
      text += String.fromCharCode(RAW_BASE + (bytes[at] ?? 0));
      at++;
    } else {
      const isRaw = /[\uef80-\uefff]/.test(piece.text);
      for (const byte of isRaw ? bytes.subarray(at, at + piece.length) : []) {
        text += String.fromCharCode(RAW_BASE + byte);
      }
      if (!isRaw) text += piece.text;
      at += piece.length;
    }
  }
  return text;
}

/** The character that begins there; null when no valid one does. */
function character(bytes: Uint8Array, at: number): { text: string; length: number } | null {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  try {
    const piece = bytes.subarray(at, at + length);
    return { text: utf8.decode(piece), length: piece.length };
  } catch {
    return null;
  }
}
