// @ts-check
/**
 * Builds the service worker of /dl/ into static/dist/dl: a classic script, because Firefox
 * has no module service workers. Its name has no hash, and its folder is all it can reach.
 */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "vite";
import { distDir, webDir } from "./paths.mjs";

/** @returns {Promise<string>} the script */
async function downloadWorker() {
  const result = await build({
    root: webDir,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    build: {
      write: false,
      target: "es2022",
      minify: true,
      rolldownOptions: {
        input: { worker: path.join(webDir, "src/files/disk/dl/worker.ts") },
        output: { format: "iife", entryFileNames: "[name].js", codeSplitting: false },
      },
    },
  });
  const outputs = Array.isArray(result) ? result.flatMap((one) => one.output) : [];
  const files = "output" in result ? result.output : outputs;
  const [file] = files;
  if (files.length !== 1 || file?.type !== "chunk") {
    throw new Error("the service worker of /dl/ did not become one script");
  }
  return `${file.code.trim()}\n`;
}

const outDir = path.join(distDir, "dl");
rmSync(outDir, { recursive: true, force: true });
mkdirSync(outDir, { recursive: true });
writeFileSync(path.join(outDir, "worker.js"), await downloadWorker());
