/**
 * `make bench`: every figure next to its limit, measured in the same run. Nothing here is a
 * test; a missed bound is printed, not failed. What the bounds mean: docs/benchmarks.md.
 */

import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { cliFigures } from "./cli.ts";
import { publish, type Figure } from "./figures.ts";
import { filesFigures } from "./files.ts";
import { forwardFigures } from "./forward.ts";
import { nodeREDFigures } from "./node-red.ts";
import { relayFigures } from "./relay.ts";
import { startFigures } from "./start.ts";
import { terminalFigures } from "./terminal.ts";

const root = resolve(process.env["PORTHOLE_ROOT"] ?? "..");
const MB = 1e6;

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const want = (part: string) => wanted.length === 0 || wanted.includes(part);
  const figures: Figure[] = [];
  if (want("size")) figures.push(...sizeFigures());
  if (want("start")) figures.push(...(await startFigures()));
  if (want("terminal")) figures.push(...(await terminalFigures(root)));
  if (want("forward")) figures.push(...(await forwardFigures(root)));
  const only = wanted.find((part) => part.startsWith("files:"))?.slice("files:".length);
  if (want("files") || only !== undefined) figures.push(...(await filesFigures(root, only)));
  if (want("node-red")) figures.push(...(await nodeREDFigures(root)));
  if (want("relay")) figures.push(...relayFigures(root));
  if (want("cli")) figures.push(...cliFigures(root));
  publish(figures, join(root, "bench-results/figures.json"));
}

function sizeFigures(): Figure[] {
  const json = execFileSync("node", [join(root, "web/scripts/size.mjs"), "--json"]).toString();
  const size = JSON.parse(json) as {
    wasm: number;
    js: number;
    budget: { wasm: number; js: number };
  };
  return [
    {
      name: "wasm, brotli -11",
      value: size.wasm / MB,
      unit: "MB",
      bound: { of: "value", most: size.budget.wasm / MB },
      runs: 1,
    },
    {
      name: "scripts, brotli -11",
      value: size.js / MB,
      unit: "MB",
      bound: { of: "value", most: size.budget.js / MB },
      runs: 1,
    },
  ];
}

await main();
