// @ts-check
/** Bundles one TypeScript file and runs it. Usage: node scripts/run-ts.mjs FILE [argument …] */

import { spawnSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { bundle } from "./bundle.mjs";
import { webDir } from "./paths.mjs";

const [file, ...rest] = process.argv.slice(2);
if (file === undefined) {
  throw new Error("usage: run-ts.mjs FILE [argument …]");
}
const name = file.replace(/\.ts$/, "").replaceAll(path.sep, "-");
const outDir = await bundle(`tools-${name}`, { [name]: path.resolve(file) });
const { status } = spawnSync(
  process.execPath,
  ["--enable-source-maps", path.join(outDir, `${name}.mjs`), ...rest],
  { stdio: "inherit", cwd: webDir },
);
process.exitCode = status ?? 1;
