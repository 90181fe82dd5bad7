// @ts-check
/**
 * Vite plugin: brings the Go program (wasm) and the toolchain's wasm_exec.js into the
 * build, and tells the browser in the page's head to start the worker at once.
 *
 * The program is the file PORTHOLE_WASM names. Without it: a static/dist/porthole.wasm of
 * a plain `go build`, which is taken away so that it is not embedded twice, or what the last
 * build used.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { base, buildDir, distDir } from "./paths.mjs";

const execID = "virtual:wasm-exec";
const programID = "virtual:go-program";
/** Rollup's convention: other plugins leave ids with a NUL alone. */
const resolved = (/** @type {string} */ id) => `\0${id}`;

/** @returns {string} path of the wasm file */
function findProgram() {
  const named = process.env["PORTHOLE_WASM"];
  if (named !== undefined && named !== "") {
    if (!existsSync(named)) {
      throw new Error(`PORTHOLE_WASM names ${named}, which does not exist`);
    }
    return named;
  }
  const built = path.join(distDir, "porthole.wasm");
  const kept = path.join(buildDir, "porthole.wasm");
  if (existsSync(built)) {
    mkdirSync(buildDir, { recursive: true });
    copyFileSync(built, kept);
    rmSync(built);
  }
  if (!existsSync(kept)) {
    throw new Error("there is no porthole.wasm: run make wasm first, or set PORTHOLE_WASM");
  }
  return kept;
}

function wasmExecPath() {
  const goroot = execFileSync("go", ["env", "GOROOT"], { encoding: "utf8" }).trim();
  return path.join(goroot, "lib/wasm/wasm_exec.js");
}

/** @param {Uint8Array} bytes */
function shortHash(bytes) {
  return createHash("sha256").update(bytes).digest("base64url").slice(0, 8);
}

/**
 * The same object serves the page's and the worker's build, so that both know one name.
 * @returns {{ page: import("vite").Plugin, worker: import("vite").Plugin }}
 */
export function goProgram() {
  const bytes = readFileSync(findProgram());
  const fileName = `assets/porthole-${shortHash(bytes)}.wasm`;
  const url = base + fileName;

  /** @type {import("vite").Plugin} */
  const worker = {
    name: "porthole:go-program",
    resolveId: (id) => (id === execID || id === programID ? resolved(id) : undefined),
    load: (id) => {
      if (id === resolved(execID)) {
        return { code: readFileSync(wasmExecPath(), "utf8"), moduleSideEffects: true };
      }
      return id === resolved(programID) ? `export default ${JSON.stringify(url)};` : undefined;
    },
  };

  /** @type {import("vite").Plugin} */
  const page = {
    name: "porthole:go-program-page",
    generateBundle() {
      this.emitFile({ type: "asset", fileName, source: bytes });
    },
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle }) => {
        if (bundle === undefined) {
          return [];
        }
        const names = Object.keys(bundle);
        const early = Object.values(bundle).find(
          (file) => file.type === "chunk" && file.isEntry && file.name === "early",
        );
        const script = names.find((name) => /^assets\/worker-[^/]*\.js$/.test(name));
        if (early === undefined || script === undefined) {
          throw new Error("the build has no early entry or no worker");
        }
        return [
          // Not the program as well: a document's preload does not serve its workers, so
          // Chromium would load it twice. The worker asks for it in its first line.
          tag("link", { rel: "modulepreload", href: base + script }),
          tag("script", {
            type: "module",
            crossorigin: true,
            async: true,
            src: base + early.fileName,
          }),
        ];
      },
    },
  };
  return { page, worker };
}

/**
 * @param {string} name
 * @param {Record<string, string | boolean>} attrs
 * @returns {import("vite").HtmlTagDescriptor}
 */
function tag(name, attrs) {
  return { tag: name, attrs, injectTo: "head-prepend" };
}
