/**
 * Puts the shim's tag into a page of the device, byte by byte: first in its head, before
 * any script and any <meta> policy. The page's charset does not matter as long as ASCII is
 * ASCII in it; a page in UTF-16 is left alone.
 */

/** Looked at for the place; a page that hides its head further down goes without the shim. */
export const LOOK_BYTES = 64 * 1024;

/** What the shim's tag says. */
export interface ShimTag {
  src: string;
  nonce: string;
  /** Becomes the attribute data-forward. */
  config: string;
}

/** The tag as ASCII, well-formed XML as well. */
export function shimTag({ src, nonce, config }: ShimTag): Uint8Array<ArrayBuffer> {
  const attributes = Object.entries({ nonce, src, "data-forward": config })
    .map(([name, value]) => `${name}="${escapeAttribute(value)}"`)
    .join(" ");
  return new TextEncoder().encode(`<script ${attributes}></script>`);
}

/** Everything but plain ASCII becomes a character reference: the page may be in any charset. */
function escapeAttribute(value: string): string {
  let escaped = "";
  for (const char of value) {
    const code = char.codePointAt(0) ?? 0;
    escaped += code < 0x20 || code > 0x7e || /["&<>']/.test(char) ? `&#${String(code)};` : char;
  }
  return escaped;
}

/** Whether a page's bytes can be searched for ASCII: not in UTF-16 or UTF-32, by header or by mark. */
export function isSearchable(contentType: string, first: Uint8Array): boolean {
  if (/charset\s*=\s*["']?(?:utf-?16|utf-?32|ucs-?[24]|iso-10646)/i.test(contentType)) return false;
  const [a, b] = first;
  return !((a === 0xfe && b === 0xff) || (a === 0xff && b === 0xfe));
}

/** Whether bytes of an unnamed type begin a page, as browsers guess (MIME Sniffing §7.1). */
export function looksLikePage(first: Uint8Array): boolean {
  const text = latin1(first.subarray(0, 512));
  return /^(?:\xef\xbb\xbf)?[\t\n\f\r ]*<(?:!doctype html|html|head|script|title|body|iframe|style|meta|!--)[\t\n\f\r >-]/i.test(
    text,
  );
}

/** What is skipped before the place: mark, white space, comments, processing instructions, doctype. */
const prologue = /(?:\xef\xbb\xbf)?(?:[\t\n\f\r ]+|<!--[^]*?-->|<\?[^>]*>|<!doctype[^>]*>)*/iy;
const startTag = (name: string): RegExp =>
  new RegExp(`<${name}(?=[\\t\\n\\f\\r />])(?:[^>"']|"[^"]*"|'[^']*')*>`, "iy");
const htmlTag = startTag("html");
const headTag = startTag("head");
const spaces = /(?:[\t\n\f\r ]+|<!--[^]*?-->)*/y;

/**
 * Offset at which the tag goes in; null when these bytes do not tell yet. Where the end of
 * the bytes is the end of the page (or of patience), there is always an answer.
 */
export function findPlace(bytes: Uint8Array, final: boolean): number | null {
  // A byte order mark is three bytes, and what it marks one more.
  if (!final && bytes.byteLength < 4) return null;
  const text = latin1(bytes);
  let at = skip(prologue, text, 0);
  // The page may go on with what was skipped or is looked for: then more bytes decide.
  if (!final && isOpen(text, at)) return null;
  for (const tag of [htmlTag, headTag]) {
    const after = match(tag, text, at);
    if (after !== null) {
      at = tag === headTag ? after : skip(spaces, text, after);
      if (tag === headTag) return at;
      if (!final && isOpen(text, at)) return null;
    }
  }
  return at;
}

/** Whether the text ends before it says what stands at that offset. */
function isOpen(text: string, at: number): boolean {
  const rest = text.slice(at, at + 16).toLowerCase();
  if (rest === "") return true;
  if (!rest.startsWith("<")) return false;
  const beginnings = ["<!--", "<!doctype", "<html", "<head"];
  if (beginnings.some((begin) => begin.startsWith(rest))) return true;
  const unfinished = rest.startsWith("<!") || rest.startsWith("<?") || isTagOf(rest);
  return unfinished && match(htmlTag, text, at) === null && match(headTag, text, at) === null;
}

function isTagOf(rest: string): boolean {
  return /^<(?:html|head)(?:[\t\n\f\r />]|$)/.test(rest);
}

function skip(pattern: RegExp, text: string, at: number): number {
  return match(pattern, text, at) ?? at;
}

function match(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

const decoder = new TextDecoder("latin1");

function latin1(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The whole page with the tag in it. */
export function inject(page: Uint8Array, tag: Uint8Array): Uint8Array<ArrayBuffer> {
  const place = findPlace(page.subarray(0, LOOK_BYTES), true) ?? 0;
  const out = new Uint8Array(page.byteLength + tag.byteLength);
  out.set(page.subarray(0, place));
  out.set(tag, place);
  out.set(page.subarray(place), place + tag.byteLength);
  return out;
}

/** The same for a page that comes in pieces; holds back at most LOOK_BYTES. */
export function injecting(
  contentType: string,
  tag: Uint8Array,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let held: Uint8Array<ArrayBuffer> | null = new Uint8Array(0);
  const put = (
    page: Uint8Array<ArrayBuffer>,
    out: TransformStreamDefaultController<Uint8Array<ArrayBuffer>>,
  ): void => {
    held = null;
    out.enqueue(isSearchable(contentType, page) ? inject(page, tag) : page);
  };
  return new TransformStream({
    transform(piece, out) {
      if (held === null) {
        out.enqueue(piece);
        return;
      }
      held = join(held, piece);
      if (held.byteLength >= LOOK_BYTES || findPlace(held, false) !== null) {
        put(held, out);
      }
    },
    flush(out) {
      if (held !== null) put(held, out);
    },
  });
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.byteLength + b.byteLength);
  joined.set(a);
  joined.set(b, a.byteLength);
  return joined;
}
