/** Builds the page that is measured (bench/page) to .cache/bench-dist; the product never ships it. */
import path from "node:path";
import { defineConfig } from "vite";
import { goProgram } from "./scripts/go-program.mjs";
import { output } from "./scripts/output.mjs";
import { rootDir, webDir } from "./scripts/paths.mjs";

const outDir = path.join(rootDir, ".cache/bench-dist");

export default defineConfig(() => {
  const program = goProgram();
  return {
    root: path.join(webDir, "bench/page"),
    publicDir: false as const,
    plugins: [program.page, output(outDir)],
    worker: { format: "es" as const, plugins: () => [program.worker] },
    build: {
      target: "es2022",
      outDir,
      emptyOutDir: false,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 1000,
      rolldownOptions: {
        input: {
          index: path.join(webDir, "bench/page/index.html"),
          early: path.join(webDir, "src/bridge/early.ts"),
        },
      },
    },
  };
});
