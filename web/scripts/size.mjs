// Sizes of what people load, against the budget of docs/benchmarks.md. Exits 1 when over it.
// The editor and its languages stand apart: they load when a file is edited.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Bytes of brotli -11. The wasm's is the product's promise: terminal, files and forwards within it. */
const BUDGET = { wasm: 2_200_000, js: 400_000, editor: 300_000 };

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

/** Scripts that `name` imports, at once or later; of the one that opens the editor only those at once. */
function reach(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const text = readFileSync(join(assets, name), "utf8");
  const opensEditor = /import\(\s*["'`]\.\/code-editor-/.test(text);
  for (const [, call, next] of text.matchAll(
    /(?:from|import)\s*(\(?)\s*["'`]\.\/([\w.-]+\.js)["'`]/g,
  )) {
    if (!(opensEditor && call !== "") && files.some((f) => f.name === next)) reach(next, found);
  }
  return found;
}

const entries = files.filter((f) => /^(index|early|worker|disk-worker)-.*\.js$/.test(f.name));
const ours = new Set(entries.flatMap((f) => [...reach(f.name)]));
const total = (wanted) => files.filter(wanted).reduce((sum, f) => sum + f.brotli, 0);
const figures = {
  wasm: total((f) => f.name.endsWith(".wasm")),
  js: total((f) => ours.has(f.name)),
  editor: total((f) => f.name.endsWith(".js") && !ours.has(f.name)),
};

if (process.argv.includes("--json")) {
  process.stdout.write(JSON.stringify({ files, ...figures, budget: BUDGET }));
} else {
  for (const f of files)
    console.log(
      `${f.name.padEnd(44)} ${String(f.raw).padStart(10)} raw ${String(f.gzip).padStart(9)} gzip ${String(f.brotli).padStart(9)} brotli`,
    );
  for (const kind of Object.keys(BUDGET)) {
    const over = figures[kind] > BUDGET[kind];
    console.log(
      `${kind}: ${figures[kind]} of ${BUDGET[kind]} bytes brotli${over ? "  OVER BUDGET" : ""}`,
    );
    if (over) process.exitCode = 1;
  }
}
