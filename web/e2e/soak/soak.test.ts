/** `make soak`: long runs that a session of a working day would be. SOAK_MINUTES shortens them. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch, open } from "../support/browser.ts";
import {
  connected,
  ending,
  givePassword,
  noFaults,
  run,
  shellOnDemoDevice,
  shows,
  type,
} from "../support/story.ts";
import { startWorld, type World } from "../support/world.ts";

const minutes = Number(process.env["SOAK_MINUTES"] ?? 15);
let world: World;
let browser: Browser;

before(async () => {
  world = await startWorld();
  browser = await launch();
});
after(async () => {
  await browser.close();
  await world.stop();
});

/** MB of the page's own JS heap, where the screen and what waits for it live. */
async function memory(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize / 1e6;
}

/** Waits without holding the page. */
function pause(page: Page, ms: number): Promise<void> {
  return page.waitForTimeout(ms);
}

test(`a flood of ${minutes} minutes: memory stays flat and Ctrl-C works`, async () => {
  const tab = await open(browser, world.url);
  const { page } = tab;
  await shellOnDemoDevice(page, world);
  await type(page, "yes a line of a log that is somewhat longer than one letter\n");
  await pause(page, 30_000);
  const first = await memory(page);
  for (let i = 0; i < minutes * 2; i++) {
    await pause(page, 30_000);
    const now = await memory(page);
    assert.ok(now < first * 1.5 + 20, `heap grew from ${first.toFixed(0)} to ${now.toFixed(0)} MB`);
  }
  await page.keyboard.press("Control+c");
  await shows(page, /[$#]$/, 5_000);
  assert.match(await run(page, "echo still here"), /still here/);
  noFaults(tab.faults);
  await tab.close();
});

test(`an idle connection of ${minutes} minutes is kept alive`, async () => {
  const tab = await open(browser, world.url);
  const { page } = tab;
  await shellOnDemoDevice(page, world);
  await pause(page, minutes * 60_000);
  assert.match(await run(page, "echo still here"), /still here/);
  noFaults(tab.faults);
  await tab.close();
});

test("200 reconnects in one page", async () => {
  const tab = await open(browser, world.url);
  const { page } = tab;
  await shellOnDemoDevice(page, world);
  const first = await memory(page);
  for (let i = 0; i < 200; i++) {
    await page.getByRole("button", { name: "Disconnect" }).click();
    await ending(page);
    await page.keyboard.press("Enter");
    await givePassword(page, world.password);
    await connected(page);
  }
  const last = await memory(page);
  assert.ok(last < first * 1.5 + 20, `heap grew from ${first.toFixed(0)} to ${last.toFixed(0)} MB`);
  noFaults(tab.faults);
  await tab.close();
});
