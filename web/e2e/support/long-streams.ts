/** Streams that outlive every limit of a service worker, next to a forward that is left idle. */

import { strict as assert } from "node:assert";
import type { BrowserContext, Page } from "playwright-core";
import { startDevice, type Device } from "./device/server.ts";
import type { Ends } from "./ends.ts";
import { openByAddress, until } from "./forwarding.ts";
import { get, heading } from "./in-page.ts";
import { shellOnDemoDevice } from "./story.ts";
import { launchUndebugged } from "./undebugged.ts";
import { startWorld } from "./world.ts";

/** What the pages found out while nobody looked. */
export interface LongStreams {
  /** Server-sent events, one each second: how many came, the last one's number, and how often the stream broke. */
  events: number;
  last: number;
  breaks: number;
  /** The end of a fetch that sends a line each second. */
  slowEnd: string;
  /** Statuses of requests each 45 s, with a service worker that died in between. */
  idle: number[];
  /** The service worker of that forward began after everyone had let go. */
  restarted: boolean;
  /** What stands where the device accepts and stays silent. */
  silent: string;
  silentStatus: number;
}

const IDLE_MS = 45_000; // Chromium stops an idle service worker after about 30 s

async function tabAt(context: BrowserContext, app: Page, device: Device): Promise<Page> {
  const tab = await openByAddress(app, `localhost:${device.port}`);
  await heading(tab, /The device/);
  assert.equal(context.pages().includes(tab), true);
  return tab;
}

export async function longStreams(seconds: number, ends: Ends): Promise<LongStreams> {
  const devices = [await startDevice(), await startDevice(), await startDevice()] as const;
  for (const device of devices) ends.push(() => device.close());
  const world = await startWorld();
  ends.push(() => world.stop());
  const browser = await launchUndebugged();
  ends.push(() => browser.close());

  const context = await browser.attach();
  const app = await context.newPage();
  await shellOnDemoDevice(app, world);
  const [streams, idle, silent] = [
    await tabAt(context, app, devices[0]),
    await tabAt(context, app, devices[1]),
    await tabAt(context, app, devices[2]),
  ];
  await streams.evaluate((count) => {
    const found = { events: 0, last: 0, breaks: 0, slowEnd: "" };
    Object.assign(window, { found });
    const events = new EventSource("/events?every=1000");
    events.onmessage = ({ lastEventId }) => {
      found.events++;
      found.last = Number(lastEventId);
    };
    events.onerror = () => found.breaks++;
    void fetch(`/slow?every=1000&count=${count}`)
      .then((answer) => answer.text())
      .then(
        (text) => (found.slowEnd = `${text.split("\n").length - 2} ${text.slice(-8)}`),
        (error: unknown) => (found.slowEnd = String(error)),
      );
  }, seconds);
  await idle.evaluate((every) => {
    const statuses: number[] = [];
    Object.assign(window, { statuses });
    setInterval(() => {
      void fetch("/1k").then(
        ({ status }) => statuses.push(status),
        () => statuses.push(0),
      );
    }, every);
  }, IDLE_MS);
  await silent.evaluate(() => {
    void fetch("/silent").then(({ status }) => Object.assign(window, { silentStatus: status }));
  });
  const silentPage = await context.newPage();
  void silentPage.goto(`${new URL(silent.url()).origin}/silent`).catch(() => undefined);
  await until("the device has the request", () => devices[2].at("/silent").length === 2);
  const origins = { idle: new URL(idle.url()).origin };
  await browser.letGo();

  const alone = Date.now();
  await until(
    "the time is over",
    () => Date.now() > alone + (1.08 * seconds + 5) * 1_000, // a busy device's clock ticks late
    (seconds + 60) * 1_000,
  );

  const again = await browser.attach();
  const find = (path: RegExp, script: string) => pageWith(again, path, script);
  const found = await (await find(/\/$/, "found")).evaluate<LongStreams>("window.found");
  const idlePage = await find(/\/$/, "statuses");
  const statuses = await idlePage.evaluate<number[]>("window.statuses");
  assert.equal((await get(idlePage, "/1k")).status, 200);
  const worker = again.serviceWorkers().find((one) => one.url().startsWith(origins.idle));
  const began = (await worker?.evaluate(() => performance.timeOrigin)) ?? 0;
  const silentNow = again.pages().find((page) => page.url().endsWith("/silent"));
  return {
    ...found,
    idle: statuses,
    restarted: began > alone,
    silent: (await silentNow?.locator("body").innerText()) ?? "",
    silentStatus: await (await find(/\/$/, "silentStatus")).evaluate<number>("window.silentStatus"),
  };
}

/** The page on which a script left that name. */
async function pageWith(context: BrowserContext, path: RegExp, name: string): Promise<Page> {
  for (const page of context.pages())
    if (path.test(page.url()) && (await page.evaluate(`typeof window.${name}`)) !== "undefined")
      return page;
  throw new Error(`no page has ${name}`);
}
