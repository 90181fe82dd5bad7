// @ts-check
/** Bundles TypeScript for Node: tests and tools are written in it, and Node 20 does not read it. */

import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "vite";
import { webDir } from "./paths.mjs";

/** Below node_modules, so that the bundles find their packages. */
const bundlesDir = path.join(webDir, "node_modules/.cache/porthole");

/** What stays a package: a browser driver that reads files beside itself, and the build. */
const external = [
  ...["playwright-core", "puppeteer-core", "ws"],
  ...["@axe-core/playwright", "axe-core", "vite"],
];

/**
 * @param {string} name of the folder of bundles, emptied first
 * @param {Record<string, string>} input name → TypeScript file
 * @returns {Promise<string>} the folder
 */
export async function bundle(name, input) {
  const outDir = path.join(bundlesDir, name);
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  await build({
    root: webDir,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    ssr: { noExternal: true, external },
    build: {
      ssr: true,
      outDir,
      target: "node20",
      minify: false,
      sourcemap: "inline",
      emptyOutDir: false,
      rolldownOptions: {
        input,
        output: { entryFileNames: "[name].mjs", chunkFileNames: "chunks/[name]-[hash].mjs" },
      },
    },
  });
  return outDir;
}
