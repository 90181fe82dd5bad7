// @ts-check
/**
 * Bundles FOLDER/*.test.ts and runs them with Node's test runner.
 * Usage: node scripts/run-tests.mjs FOLDER [arguments of node --test] [part of a file name …]
 */

import { spawn } from "node:child_process";
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

/**
 * Runs some of them in one test runner. Its output comes at once, or when it has ended.
 * @param {string[]} some
 * @param {number} atOnce
 * @param {"inherit" | "pipe"} output
 * @returns {Promise<number>} exit code
 */
function run(some, atOnce, output) {
  if (some.length === 0) return Promise.resolve(0);
  const child = spawn(
    process.execPath,
    [
      "--test",
      "--enable-source-maps",
      "--test-reporter=spec",
      `--test-timeout=${String(timeoutMs(folder ?? ""))}`, // ms; a test that hangs says which it is
      `--test-concurrency=${String(atOnce)}`,
      ...options,
      ...some.map((name) => path.join(outDir, `${name}.mjs`)),
    ],
    { stdio: ["ignore", output, output], cwd: webDir },
  );
  /** @type {Buffer[]} */
  const kept = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => kept.push(chunk));
  }
  return new Promise((resolve) => {
    child.on("close", (code) => {
      process.stdout.write(Buffer.concat(kept));
      resolve(code ?? 1);
    });
  });
}

// What mostly waits (NAME.aside.test.ts) runs beside the others; those one by one, because
// browsers share few cores.
const aside = names.filter((name) => name.endsWith(".aside.test"));
const codes = await Promise.all([
  run(aside, aside.length, "pipe"),
  run(
    names.filter((name) => !aside.includes(name)),
    1,
    "inherit",
  ),
]);
process.exitCode = Math.max(...codes);
