// @ts-check
/**
 * Bundles FOLDER/*.test.ts and runs them with Node's test runner.
 * Usage: node scripts/run-tests.mjs FOLDER [arguments of node --test] [part of a file name …]
 */

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { bundle } from "./bundle.mjs";
import { webDir } from "./paths.mjs";

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined) {
  throw new Error("usage: run-tests.mjs FOLDER [node options] [part of a file name …]");
}
const options = rest.filter((argument) => argument.startsWith("--"));
const parts = rest.filter((argument) => !argument.startsWith("--"));

/** @param {string} name */
function timeoutMs(name) {
  if (name === "test") return 120_000;
  if (name === "e2e") return 900_000;
  return (Number(process.env["SOAK_MINUTES"] ?? 15) + 15) * 60_000;
}

const files = readdirSync(path.join(webDir, folder))
  .filter((name) => name.endsWith(".test.ts"))
  .filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)))
  .sort();
if (files.length === 0) {
  throw new Error(`no tests in web/${folder} match`); // nothing is ever skipped silently
}
const names = files.map((name) => name.replace(/\.ts$/, ""));
const outDir = await bundle(
  folder,
  Object.fromEntries(names.map((name) => [name, path.join(webDir, folder, `${name}.ts`)])),
);
const { status } = spawnSync(
  process.execPath,
  [
    "--test",
    "--enable-source-maps",
    "--test-reporter=spec",
    `--test-timeout=${String(timeoutMs(folder))}`, // ms; a test that hangs says which it is
    "--test-concurrency=1", // browsers share few cores
    ...options,
    ...names.map((name) => path.join(outDir, `${name}.mjs`)),
  ],
  { stdio: "inherit", cwd: webDir },
);
process.exitCode = status ?? 1;
