// Sizes of what the first visit loads, against the budget of docs/benchmarks.md. Exits 1 when over it.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Bytes of brotli -11. The wasm's is the product's promise: terminal, files and forwards within it. */
const BUDGET = { wasm: 2_200_000, js: 400_000 };

const assets = new URL("../../static/dist/assets/", import.meta.url).pathname;

function sizes(name) {
  const path = join(assets, name);
  const raw = readFileSync(path);
  const sibling = (ending, compress) => {
    try {
      return statSync(path + ending).size;
    } catch {
      return compress(raw).length;
    }
  };
  return {
    name,
    raw: raw.length,
    gzip: sibling(".gz", (data) => gzipSync(data, { level: 9 })),
    brotli: sibling(".br", (data) =>
      brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    ),
  };
}

const files = readdirSync(assets)
  .filter((name) => /\.(wasm|js|css)$/.test(name))
  .map(sizes)
  .sort((a, b) => b.brotli - a.brotli);
const total = (pattern) =>
  files.filter((f) => pattern.test(f.name)).reduce((sum, f) => sum + f.brotli, 0);
const figures = { wasm: total(/\.wasm$/), js: total(/\.js$/) };

if (process.argv.includes("--json")) {
  process.stdout.write(JSON.stringify({ files, ...figures, budget: BUDGET }));
} else {
  for (const f of files)
    console.log(
      `${f.name.padEnd(44)} ${String(f.raw).padStart(10)} raw ${String(f.gzip).padStart(9)} gzip ${String(f.brotli).padStart(9)} brotli`,
    );
  for (const kind of ["wasm", "js"]) {
    const over = figures[kind] > BUDGET[kind];
    console.log(
      `${kind}: ${figures[kind]} of ${BUDGET[kind]} bytes brotli${over ? "  OVER BUDGET" : ""}`,
    );
    if (over) process.exitCode = 1;
  }
}
