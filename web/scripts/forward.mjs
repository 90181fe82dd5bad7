// @ts-check
/**
 * Builds what lives on the forward's origin into static/dist/fwd: classic scripts of one
 * file each, and the pages around them. Their names have no hash; the gateway serves them
 * with no-store.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "vite";
import { distDir, webDir } from "./paths.mjs";

const source = path.join(webDir, "src/forward");
const outDir = path.join(distDir, "fwd");

/**
 * @param {string} name of the script
 * @param {string} entry below src/forward
 * @param {Record<string, string>} texts scripts that the script holds as text, by virtual id
 * @returns {Promise<string>}
 */
async function script(name, entry, texts = {}) {
  const result = await build({
    root: webDir,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    plugins: [virtualTexts(texts)],
    build: {
      write: false,
      target: "es2022",
      minify: true,
      rolldownOptions: {
        input: { [name]: path.join(source, entry) },
        output: { format: "iife", entryFileNames: "[name].js", codeSplitting: false },
      },
    },
  });
  const outputs = Array.isArray(result) ? result.flatMap((one) => one.output) : [];
  const files = "output" in result ? result.output : outputs;
  const [file] = files;
  if (files.length !== 1 || file?.type !== "chunk") {
    throw new Error(`${name} did not become one script`);
  }
  return `${file.code.trim()}\n`;
}

/**
 * @param {Record<string, string>} texts
 * @returns {import("vite").Plugin}
 */
function virtualTexts(texts) {
  return {
    name: "porthole:texts",
    resolveId: (id) => (id in texts ? `\0${id}` : undefined),
    load: (id) =>
      id.startsWith("\0virtual:")
        ? `export default ${JSON.stringify(texts[id.slice(1)])};`
        : undefined,
  };
}

/** @param {string} name */
function page(name) {
  const read = (/** @type {string} */ file) => readFileSync(path.join(webDir, "src", file), "utf8");
  const styles = read("style/tokens.css") + read(`forward/pages/${styleOf(name)}`);
  return read(`forward/pages/${name}.html`).replace("/* styles */", () => styles);
}

/** @param {string} name */
function styleOf(name) {
  return name === "viewer" ? "viewer.css" : "page.css";
}

const workerShim = await script("worker-shim", "shim/worker-shim.ts");
if (workerShim.trim().includes("\n")) {
  throw new Error("the workers' shim is more than one line: lines of scripts would be misnumbered");
}
const shim = await script("shim", "shim/shim.ts", { "virtual:worker-shim": workerShim });
const files = {
  "sw.js": await script("sw", "worker/sw.ts", {
    "virtual:worker-shim": workerShim,
    "virtual:shim": shim,
  }),
  "bridge.js": await script("bridge", "pages/bridge.ts"),
  "bootstrap.js": await script("bootstrap", "pages/bootstrap.ts"),
  "viewer.js": await script("viewer", "pages/viewer.ts"),
  "bridge.html": page("bridge"),
  "bootstrap.html": page("bootstrap"),
  "viewer.html": page("viewer"),
};
rmSync(outDir, { recursive: true, force: true });
mkdirSync(outDir, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  writeFileSync(path.join(outDir, name), text);
}
