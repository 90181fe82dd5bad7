/** A page that waits for its password goes on at once when it was given, however it came to wait. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { DEVICE_PASSWORD, DEVICE_USER } from "./support/device/auth.ts";
import { startDevice, type Device } from "./support/device/server.ts";
import { forwardIs, openByAddress } from "./support/forwarding.ts";
import { heading, stopWorkers } from "./support/in-page.ts";
import { connectAgain, givePagePassword } from "./support/ports-story.ts";
import { shellOnDemoDevice } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
let browser: Partitioned;
let app: Page;
const devices: Device[] = [];

before(async () => {
  world = await startWorld();
  browser = await launchPartitioned();
  app = await browser.tab();
  await shellOnDemoDevice(app, world);
});
after(async () => {
  await browser.close();
  await world.stop();
  for (const device of devices) await device.close();
});

/** From the password to the device's page. */
async function goesOn(page: Page): Promise<void> {
  await heading(page, /Sign in to the device/);
  await givePagePassword(app, DEVICE_USER, DEVICE_PASSWORD);
  const started = Date.now();
  await heading(page, /let in by password/, 30_000);
  const took = Date.now() - started;
  assert.ok(took <= 5_000, `the page went on after ${took} ms`);
}

/** A tab whose first page of its forward asks for a password. */
async function firstPage(): Promise<{ page: Page; target: string }> {
  const device = await startDevice();
  devices.push(device);
  const target = `http://localhost:${device.port}`;
  return { page: await openByAddress(app, target, "/basic/first"), target };
}

async function reloadApp(target: string): Promise<void> {
  app.once("dialog", (dialog) => void dialog.accept());
  await app.reload();
  await connectAgain(app, world);
  await forwardIs(app, target, "open");
}

test("the first page of a forward asks for a password", async () => {
  const { page } = await firstPage();
  await goesOn(page);
});

test("a page that is loaded after the app was reloaded", async () => {
  const { page, target } = await firstPage();
  await goesOn(page);
  await reloadApp(target);
  await page.reload();
  await goesOn(page);
});

test("a page that waited while the app was reloaded", async () => {
  const { page, target } = await firstPage();
  await heading(page, /Sign in to the device/);
  await reloadApp(target);
  await goesOn(page);
});

test("a page that waited while the service worker was stopped", async () => {
  const { page } = await firstPage();
  await heading(page, /Sign in to the device/);
  await stopWorkers(page);
  await goesOn(page);
});
