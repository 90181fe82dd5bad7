/** The terminal's figures: connect, echo, throughput, memory, leaks; next to OpenSSH's client and bare xterm.js. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withApp } from "./app.ts";
import type { Tab } from "./cdp.ts";
import { median, percentile, type Figure } from "./figures.ts";
import { nativeSSH, type Peer } from "./native.ts";

const MB = 1e6;
/** What `cat` writes in one run, bytes. */
export const CAT_BYTES = 50 * MB;

export async function terminalFigures(root: string): Promise<Figure[]> {
  return withBench(root, async (tab, target, peer, file) => [
    ...(await connectFigures(tab, target, peer)),
    ...(await catFigures(tab, target, file)),
    ...(await churnFigures(tab, target)),
  ]);
}

/** Runs measure in a signed-in bench page, with a file of lines to write. */
export async function withBench<T>(
  root: string,
  measure: (tab: Tab, target: string, peer: Peer, file: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "porthole-figures-"));
  const file = join(folder, "lines");
  writeFileSync(
    file,
    `${"0123456789".repeat(10).slice(0, 98)}\n`
      .repeat(Math.ceil(CAT_BYTES / 99))
      .slice(0, CAT_BYTES),
  );
  try {
    return await withApp(root, ({ tab, target, peer }) => measure(tab, target, peer, file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function connectFigures(tab: Tab, target: string, peer: Peer): Promise<Figure[]> {
  const runs = 10;
  const ours: number[] = [];
  const native: number[] = [];
  const ourEcho: number[] = [];
  const nativeEcho: number[] = [];
  await tab.run(`bench.ready()`);
  await tab.run(`bench.connect(${target}).then(() => bench.disconnect())`); // pins the host key, warms V8
  for (let i = 0; i < runs; i++) {
    ours.push(await tab.run<number>(`bench.connect(${target})`));
    if (i < 3) ourEcho.push(...(await tab.run<number[]>("bench.echo(100)")));
    await tab.run("bench.disconnect()");
    const ssh = await nativeSSH(peer);
    native.push(ssh.connectMs);
    if (i < 3) nativeEcho.push(...(await ssh.echo(100)));
    ssh.close();
  }
  return [
    {
      name: "connect → shell prompt, median",
      value: median(ours),
      unit: "ms",
      against: { name: "ssh", value: median(native) },
      bound: { of: "ratio", most: 6 },
      runs,
    },
    {
      name: "key → echoed cell, p50",
      value: percentile(ourEcho, 50),
      unit: "ms",
      against: { name: "ssh", value: percentile(nativeEcho, 50) },
      bound: { of: "value", most: 5 },
      runs: ourEcho.length,
    },
    {
      name: "key → echoed cell, p99",
      value: percentile(ourEcho, 99),
      unit: "ms",
      against: { name: "ssh", value: percentile(nativeEcho, 99) },
      bound: { of: "value", most: 15 },
      runs: ourEcho.length,
    },
  ];
}

interface Stats {
  goroutines: number;
  heapBytes: number;
  memoryBytes: number;
  funcs: number;
}

async function catFigures(tab: Tab, target: string, file: string): Promise<Figure[]> {
  await tab.run(`bench.connect(${target})`);
  const ours: number[] = [];
  const direct: number[] = [];
  const before = { heap: await tab.heap(), stats: await tab.run<Stats>("bench.stats()") };
  await tab.run(`bench.cat(${JSON.stringify(file)}, ${CAT_BYTES})`); // fills the scrollback
  const first = { heap: await tab.heap(), stats: await tab.run<Stats>("bench.stats()") };
  for (let i = 0; i < 3; i++) {
    direct.push(await tab.run<number>(`bench.direct(${CAT_BYTES})`));
    ours.push(await tab.run<number>(`bench.cat(${JSON.stringify(file)}, ${CAT_BYTES})`));
  }
  const after = { heap: await tab.heap(), stats: await tab.run<Stats>("bench.stats()") };
  await tab.run("bench.disconnect()");
  return [
    {
      name: "cat of 50 MB",
      value: median(ours),
      unit: "MB/s",
      against: { name: "xterm.js alone", value: median(direct) },
      bound: { of: "ratio", least: 0.8 },
      runs: ours.length,
    },
    {
      name: "wasm memory after 4 × 50 MB",
      value: after.stats.memoryBytes / MB,
      unit: "MB",
      against: { name: "after the first", value: first.stats.memoryBytes / MB },
      bound: { of: "ratio", most: 1.2 },
      runs: 1,
    },
    {
      name: "JS heap after 4 × 50 MB",
      value: after.heap / MB,
      unit: "MB",
      against: { name: "after the first", value: Math.max(first.heap, before.heap) / MB },
      bound: { of: "ratio", most: 1.2 },
      runs: 1,
    },
  ];
}

async function churnFigures(tab: Tab, target: string): Promise<Figure[]> {
  const { before, after } = await tab.run<{ before: Stats; after: Stats }>(
    `bench.churn(${target}, 100)`,
  );
  return [
    {
      name: "goroutines after 100 connects",
      value: after.goroutines,
      unit: "",
      against: { name: "before", value: before.goroutines },
      bound: { of: "ratio", most: 1 },
      runs: 1,
    },
    {
      name: "js.Funcs after 100 connects",
      value: after.funcs,
      unit: "",
      against: { name: "before", value: before.funcs },
      bound: { of: "ratio", most: 1 },
      runs: 1,
    },
  ];
}
