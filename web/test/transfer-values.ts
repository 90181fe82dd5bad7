/** Values and waiting for the tests of transfers. */

/** Bytes that are different everywhere, so that a wrong offset shows. */
export function contents(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length);
  let x = seed;
  for (let i = 0; i < length; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    out[i] = x >>> 16;
  }
  return out;
}

export function localFile(name: string, data: Uint8Array<ArrayBuffer>, lastModified = 1e12): File {
  return new File([data], name, { lastModified });
}

/** Resolves when condition holds; fails after half a minute. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
