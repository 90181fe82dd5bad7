/** The shim of workers goes in front of their scripts: nothing else runs earlier there. */

const strict = /^(?:\ufeff|\s|\/\/[^\n]*\n|\/\*[^]*?\*\/)*(["'])use strict\1/;

/** Looked at for a directive, bytes. */
const look = 4 * 1024;

/**
 * What goes before a script that begins with these bytes: the shim, and again the directive
 * that would not be the first statement any more. One line, so that line numbers stay.
 */
export function prelude(script: Uint8Array, shim: string): Uint8Array<ArrayBuffer> {
  const begin = new TextDecoder().decode(script.subarray(0, look));
  return new TextEncoder().encode(preludeText(begin, shim));
}

/** The same for text. */
export function preludeText(begin: string, shim: string): string {
  return (strict.test(begin) ? '"use strict";' : "") + shim.trim().replace(/\n/g, " ") + ";";
}

/** The whole script with the shim before it. */
export function withPrelude(script: Uint8Array, shim: string): Uint8Array<ArrayBuffer> {
  const before = prelude(script, shim);
  const out = new Uint8Array(before.byteLength + script.byteLength);
  out.set(before);
  out.set(script, before.byteLength);
  return out;
}

/** The same for a script that comes in pieces; its first piece tells. */
export function preluding(
  shim: string,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let begun = false;
  return new TransformStream({
    transform(piece, out) {
      if (!begun) {
        begun = true;
        out.enqueue(prelude(piece, shim));
      }
      out.enqueue(piece);
    },
  });
}

/** The workers' shim with what it must know of this forward. */
export function workerText(shim: string, targets: readonly string[]): string {
  return `self.portholeWorker=${JSON.stringify({ targets })};${shim}`;
}
