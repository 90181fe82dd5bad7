/**
 * Keeps characters whole that were cut between two chunks. xterm.js joins them itself, but
 * loses those with a continuation byte of 0x80 in the part that came first: dashes, curly
 * quotes and joiners (E2 80 xx) among them.
 */

/** Most bytes of a character that has not ended (RFC 3629 §3: four in all). */
const longestTail = 3;

/** How many bytes at the end begin a character that does not end there. */
function tailLength(bytes: Uint8Array): number {
  for (let back = 1; back <= longestTail && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) {
      continue; // a continuation byte: the first one is further back
    }
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back && byte < 0xf8 ? back : 0;
  }
  return 0;
}

/** See the head of this file. */
export class Utf8Joiner {
  #tail: Uint8Array = new Uint8Array();

  /** The bytes that can be drawn now: what was held back, and the chunk without its own tail. */
  push(chunk: Uint8Array): Uint8Array {
    let bytes = chunk;
    if (this.#tail.length > 0) {
      bytes = new Uint8Array(this.#tail.length + chunk.length);
      bytes.set(this.#tail);
      bytes.set(chunk, this.#tail.length);
    }
    const tail = tailLength(bytes);
    this.#tail = bytes.slice(bytes.length - tail);
    return tail === 0 ? bytes : bytes.subarray(0, bytes.length - tail);
  }

  /** What was held back, when nothing follows. */
  flush(): Uint8Array {
    const tail = this.#tail;
    this.#tail = new Uint8Array();
    return tail;
  }
}
