/** What a tab holds while one file of 4 GiB goes through it, from an open connection to OPFS. */

import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { App } from "./app.ts";
import type { Figure } from "./figures.ts";
import type { Huge } from "./page/huge.ts";

const MB = 1e6;
const GIB = 2 ** 30;
const BYTES = 4 * GIB;
/** A machine that is slower than that is asked for no more than it can do by then. */
const LIMIT_MS = 300_000;
const SAMPLE_MS = 500;
const MOST_MB = 300;

/** folder: on the device, which is this machine. */
export async function memoryFigures({ tab, browser }: App, folder: string): Promise<Figure[]> {
  const path = join(folder, "huge");
  writeFileSync(path, "");
  truncateSync(path, BYTES); // sparse: its zeros take no disk on the device
  const before = await browser.rendererMemory();
  await tab.run(`bench.hugeBegin(${JSON.stringify(path)})`);
  const samples: number[] = [];
  const began = performance.now();
  let huge: Huge;
  do {
    await delay(SAMPLE_MS);
    samples.push(await browser.rendererMemory());
    huge = await tab.run<Huge>("bench.huge()");
    if (huge.failure !== "") throw new Error(huge.failure);
  } while (!huge.done && performance.now() - began < LIMIT_MS);
  const seconds = (performance.now() - began) / 1000;
  await tab.run("bench.hugeEnd()");
  const quarter = Math.ceil(samples.length / 4);
  const first = Math.max(...samples.slice(0, quarter));
  const last = Math.max(...samples.slice(-quarter));
  return [
    {
      name: "one file, downloaded in at most 5 minutes",
      value: huge.bytes / GIB,
      unit: "GiB",
      bound: { of: "value", least: BYTES / GIB },
      runs: 1,
    },
    { name: "… its rate", value: huge.bytes / MB / seconds, unit: "MB/s", runs: 1 },
    {
      name: "tab's memory, most meanwhile",
      value: Math.max(...samples) / MB,
      unit: "MB",
      against: { name: "before", value: before / MB },
      bound: { of: "value", most: MOST_MB },
      runs: 1,
    },
    {
      name: "tab's memory, last quarter of it",
      value: last / MB,
      unit: "MB",
      against: { name: "first quarter", value: first / MB },
      bound: { of: "ratio", most: 1.2 },
      runs: 1,
    },
  ];
}
