/** The figures of forwards: a device's page through the tunnel, next to the same page without one. */

import { withApp, type App } from "./app.ts";
import type { Tab } from "./cdp.ts";
import { startDevice } from "./device.ts";
import { median, percentile, type Figure } from "./figures.ts";
import type { Measures } from "./measures.ts";

const MB = 1e6;
const MIB = 1024 * 1024;
/** Both tabs take turns, so that what else the machine does meets both. */
const TURNS = 3;

export async function forwardFigures(root: string): Promise<Figure[]> {
  const device = await startDevice();
  try {
    return await withApp(root, async (app) => {
      const pair = await openPair(app, device.port);
      return [
        ...(await requestFigures(pair)),
        ...(await bodyFigures(pair)),
        ...(await socketFigures(pair)),
        ...(await growthFigures(app, pair)),
      ];
    });
  } finally {
    await device.stop();
  }
}

/** The device's page in two tabs of one browser. */
export interface Pair {
  readonly origin: string;
  readonly ours: Tab;
  readonly direct: Tab;
}

export async function openPair(app: App, port: number): Promise<Pair> {
  await app.tab.run("bench.ready()");
  const origin = await app.tab.run<string>(`bench.forward(${app.target}, ${port})`);
  const [ours, direct] = [await app.browser.tab(), await app.browser.tab()];
  await direct.goto(`http://127.0.0.1:${port}/`);
  await ours.goto(`${origin}/`);
  await ours.until("globalThis.measure !== undefined");
  for (const tab of [ours, direct]) {
    await measure(tab, "sequential", 50);
    await measure(tab, "download", 10 * MIB);
    await measure(tab, "upload", 5 * MIB);
  }
  return { origin, ours, direct };
}

/** Runs a measure of the page in a tab, which is brought to the front before. */
export async function measure<M extends keyof Measures>(
  tab: Tab,
  name: M,
  ...args: Parameters<Measures[M]>
): Promise<Awaited<ReturnType<Measures[M]>>> {
  await tab.show();
  return tab.run<Awaited<ReturnType<Measures[M]>>>(`measure.${name}(${args.join(", ")})`);
}

/** The same in both tabs by turns; the values of all turns. */
async function both<M extends keyof Measures>(
  { ours, direct }: Pair,
  name: M,
  ...args: Parameters<Measures[M]>
): Promise<{ ours: number[]; direct: number[] }> {
  const values: { ours: number[]; direct: number[] } = { ours: [], direct: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    values.direct.push(...[await measure(direct, name, ...args)].flat());
    values.ours.push(...[await measure(ours, name, ...args)].flat());
  }
  return values;
}

async function requestFigures(pair: Pair): Promise<Figure[]> {
  const one = await both(pair, "sequential", 100);
  const many = await both(pair, "flight", 800, 16);
  const sequential = (p: number, most: number): Figure => ({
    name: `forward, GET of 1 KiB, p${p}`,
    value: percentile(one.ours, p),
    unit: "ms",
    against: { name: "direct", value: percentile(one.direct, p) },
    bound: { of: "ratio", most },
    runs: one.ours.length,
  });
  return [
    sequential(50, 2),
    sequential(95, 4),
    {
      name: "forward, GETs of 1 KiB, 16 in flight",
      value: median(many.ours),
      unit: "/s",
      against: { name: "direct", value: median(many.direct) },
      bound: { of: "ratio", least: 0.5 },
      runs: TURNS,
    },
  ];
}

async function bodyFigures(pair: Pair): Promise<Figure[]> {
  const down = await both(pair, "download", 100 * MIB);
  const up = await both(pair, "upload", 50 * MIB);
  const body = (name: string, values: typeof down, least: number): Figure => ({
    name,
    value: median(values.ours),
    unit: "MB/s",
    against: { name: "direct", value: median(values.direct) },
    bound: { of: "value", least },
    runs: TURNS,
  });
  return [
    body("forward, download of 100 MiB", down, 40),
    body("forward, upload of 50 MiB", up, 20),
  ];
}

async function socketFigures(pair: Pair): Promise<Figure[]> {
  const echo = await both(pair, "echo", 200);
  return [
    {
      name: "forward, websocket echo, p50",
      value: median(echo.ours),
      unit: "ms",
      against: { name: "direct", value: median(echo.direct) },
      bound: { of: "value", most: 1.5 },
      runs: echo.ours.length,
    },
  ];
}

interface Stats {
  goroutines: number;
  memoryBytes: number;
  funcs: number;
}

/** What 10,000 requests leave behind, in the Go program and in each JS heap on the way. */
async function growthFigures({ browser, tab }: App, { origin, ours }: Pair): Promise<Figure[]> {
  const look = async () => ({
    stats: await tab.run<Stats>("bench.stats()"),
    page: await tab.heap(),
    worker: await heaps(await browser.serviceWorkers(origin)),
    program: await heaps(await tab.attached()),
  });
  const COUNT = 10_000;
  await measure(ours, "flight", 1_000, 16);
  const before = await look();
  await measure(ours, "flight", COUNT, 16);
  const after = await look();
  const growth = (name: string, unit: string, now: number, then: number, most: number): Figure => ({
    name: `${name} after ${COUNT.toLocaleString("en")} requests`,
    value: now,
    unit,
    against: { name: "before", value: then },
    bound: { of: "ratio", most },
    runs: 1,
  });
  const [s, t] = [after.stats, before.stats];
  return [
    growth("goroutines", "", s.goroutines, t.goroutines, 1),
    growth("js.Funcs", "", s.funcs, t.funcs, 1),
    growth("wasm memory", "MB", s.memoryBytes / MB, t.memoryBytes / MB, 1.05),
    growth("JS heap of the app's page", "MB", after.page / MB, before.page / MB, 1.05),
    growth("JS heap of its worker", "MB", after.program / MB, before.program / MB, 1.05),
    growth("JS heap of the service worker", "MB", after.worker / MB, before.worker / MB, 1.05),
  ];
}

async function heaps(targets: { heap(): Promise<number> }[]): Promise<number> {
  let sum = 0;
  for (const target of targets) sum += await target.heap();
  return sum;
}
