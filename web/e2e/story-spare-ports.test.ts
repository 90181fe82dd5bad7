/** Where there are no names to be had: forwards on spare ports of the app's own host. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { startDevice, type Device } from "./support/device/server.ts";
import { forwardRow, openByAddress } from "./support/forwarding.ts";
import { get, heading } from "./support/in-page.ts";
import { shellOnDemoDevice } from "./support/story.ts";
import { freePort, startWorld, type World } from "./support/world.ts";

let ports: number[];
let device: Device;
let other: Device;
let world: World;
let browser: Partitioned;
let app: Page;
let page: Page;

before(async () => {
  [device, other] = await Promise.all([startDevice(), startDevice()]);
  ports = [await freePort()];
  world = await startWorld({ flags: ["--forward-ports", ports.join(",")] });
  browser = await launchPartitioned();
  app = await browser.tab();
  await shellOnDemoDevice(app, world);
});
after(async () => {
  await browser.close();
  await world.stop();
  await device.close();
  await other.close();
});

test("a page opens on a spare port, in an origin of its own, and its websocket works", async () => {
  page = await openByAddress(app, `localhost:${device.port}`);
  await heading(page, /The device/, 30_000);
  assert.equal(new URL(page.url()).origin, `http://porthole.localhost:${ports[0] ?? 0}`);
  assert.notEqual(new URL(page.url()).origin, world.url);
  assert.equal(await page.evaluate("talk('/echo', 'on a port')"), "on a port");
});

test("cookies of the device stay out of the browser's, which all ports share; the page has them all the same", async () => {
  await page.goto(`${new URL(page.url()).origin}/cookies/set`);
  assert.match(await page.evaluate("document.cookie"), /theme=dark/);
  assert.doesNotMatch(await page.evaluate("document.cookie"), /sid=/);
  const sent = (await get(page, "/cookies/sent")).text;
  assert.match(sent, /sid=secret/);
  assert.match(sent, /theme=dark/);
  await page.evaluate("document.cookie = 'own=1; path=/'");
  assert.match(await page.evaluate("document.cookie"), /own=1/);
  assert.match((await get(page, "/cookies/sent")).text, /own=1/);
  const kept = await app.context().cookies([world.url, page.url()]);
  assert.deepEqual(
    kept.map(({ name }) => name).filter((name) => !name.startsWith("__Host-porthole")),
    [],
  );
  assert.doesNotMatch((await get(page, "/cookies/sent")).text, /porthole/);
});

test("all ports in use: the next page takes the oldest one's, whose data and cookies it does not get", async () => {
  await page.evaluate(() => {
    localStorage.setItem("of", "the first device");
  });
  const next = await openByAddress(app, `localhost:${other.port}`);
  await heading(next, /The device/, 30_000);
  assert.equal(new URL(next.url()).port, String(ports[0] ?? 0));
  await forwardRow(app, `http://localhost:${device.port}`).waitFor({ state: "detached" });
  const left = await next.evaluate(() => [document.cookie, localStorage.getItem("of")]);
  assert.deepEqual(left, ["", null]);
  assert.equal((await get(next, "/cookies/sent")).text, "no cookies");
  assert.equal((await get(next, "/1k")).status, 200);
  assert.equal(device.at("/1k").length, 0);
  assert.deepEqual(browser.faults, []);
});
