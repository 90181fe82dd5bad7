/** What WebSocket's constructor, send and close check, as the WHATWG standard has it. */

/** The address of a socket; http and https stand for ws and wss. Throws SyntaxError. */
export function parseSocketURL(text: string, base: string): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch {
    throw new DOMException(`The URL '${text}' is invalid.`, "SyntaxError");
  }
  if (url.protocol === "http:") url.protocol = "ws:";
  if (url.protocol === "https:") url.protocol = "wss:";
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw new DOMException(
      `The URL's scheme must be 'http', 'https', 'ws' or 'wss'. '${url.protocol}' is not allowed.`,
      "SyntaxError",
    );
  }
  if (url.href.includes("#")) {
    throw new DOMException("The URL contains a fragment identifier.", "SyntaxError");
  }
  return url;
}

/** Subprotocols: tokens (RFC 9110 §5.6.2), each once. Throws SyntaxError. */
export function checkProtocols(protocols: unknown): string[] {
  const list =
    typeof protocols === "object" && protocols !== null && Symbol.iterator in protocols
      ? Array.from(protocols as Iterable<unknown>, String)
      : [String(protocols)];
  for (const protocol of list) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(protocol)) {
      throw new DOMException(`The subprotocol '${protocol}' is invalid.`, "SyntaxError");
    }
  }
  if (new Set(list.map((protocol) => protocol.toLowerCase())).size !== list.length) {
    throw new DOMException("A subprotocol is named twice.", "SyntaxError");
  }
  return list;
}

/** What close() takes. Throws InvalidAccessError or SyntaxError. */
export function checkClose(code: number | undefined, reason: string): void {
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
    throw new DOMException(
      `The close code must be 1000 or from 3000 to 4999; ${String(code)} is neither.`,
      "InvalidAccessError",
    );
  }
  if (byteLength(reason) > 123) {
    throw new DOMException("The close reason must not be longer than 123 bytes.", "SyntaxError");
  }
}

/** Bytes of a message: text counts as UTF-8. */
export function byteLength(data: string | ArrayBufferLike): number {
  if (typeof data !== "string") return data.byteLength;
  let bytes = data.length;
  for (let i = 0; i < data.length; i += 1) {
    const unit = data.charCodeAt(i);
    if (unit < 0x80) continue;
    const pair = unit >= 0xd800 && unit < 0xdc00 && isLow(data.charCodeAt(i + 1));
    // Two units of a pair are four bytes; a lone half becomes U+FFFD, three bytes.
    bytes += unit < 0x800 ? 1 : 2;
    if (pair) i += 1;
  }
  return bytes;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
