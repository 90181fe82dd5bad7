import { defineConfig } from "vite";
import { goProgram } from "./scripts/go-program.mjs";
import { output } from "./scripts/output.mjs";
import { base, distDir } from "./scripts/paths.mjs";

export default defineConfig(() => {
  const program = goProgram();
  return {
    base,
    publicDir: false as const,
    plugins: [program.page, output(distDir)],
    worker: { format: "es" as const, plugins: () => [program.worker] },
    build: {
      target: "es2022",
      outDir: distDir,
      emptyOutDir: false, // output() does it and keeps .gitignore
      sourcemap: false,
      assetsInlineLimit: 0, // data: URLs of scripts and styles are not in the policy
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 1000,
      rolldownOptions: {
        input: { index: "index.html", early: "src/bridge/early.ts" },
      },
    },
  };
});
