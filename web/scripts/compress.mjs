// @ts-check
/**
 * Writes .br (quality 11) and .gz siblings of every text and wasm file of the build. The
 * results are kept in .cache by hash of the content: brotli needs 15 s for the Go program.
 */

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { cacheDir, distDir } from "./paths.mjs";

/** Below this a header costs more than compression saves, bytes. */
const smallest = 512;
const compressible = /\.(?:html|js|css|json|svg|wasm|txt|webmanifest)$/;

const brotli = promisify(
  (/** @type {Uint8Array} */ bytes, /** @type {(e: Error | null, r: Buffer) => void} */ done) => {
    zlib.brotliCompress(
      bytes,
      {
        params: {
          [zlib.constants.BROTLI_PARAM_QUALITY]: 11,
          [zlib.constants.BROTLI_PARAM_LGWIN]: 24, // the largest every browser takes
          [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
        },
      },
      done,
    );
  },
);
const gzip = promisify(
  (/** @type {Uint8Array} */ bytes, /** @type {(e: Error | null, r: Buffer) => void} */ done) => {
    zlib.gzip(bytes, { level: 9 }, done); // Node writes no time stamp: the same bytes each time
  },
);

/** @param {string} file @param {Uint8Array} bytes */
async function compress(file, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex");
  await Promise.all([
    cached(`${hash}.br`, () => brotli(bytes)).then((out) => writeFile(`${file}.br`, out)),
    cached(`${hash}.gz`, () => gzip(bytes)).then((out) => writeFile(`${file}.gz`, out)),
  ]);
}

/** @param {string} name @param {() => Promise<Buffer>} make */
async function cached(name, make) {
  const kept = path.join(cacheDir, "compressed", name);
  try {
    return await readFile(kept);
  } catch {
    const made = await make();
    await mkdir(path.dirname(kept), { recursive: true });
    await writeFile(`${kept}.new`, made);
    await rename(`${kept}.new`, kept); // an interrupted build leaves no half a file
    return made;
  }
}

const names = await readdir(distDir, { recursive: true });
await Promise.all(
  names
    .filter((name) => compressible.test(name))
    .map(async (name) => {
      const file = path.join(distDir, name);
      const bytes = await readFile(file);
      if (bytes.byteLength >= smallest) {
        await compress(file, bytes);
      }
    }),
);
