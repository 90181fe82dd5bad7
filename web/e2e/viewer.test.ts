/** Forwards on a second site: a viewer tab there instead of frames in the app. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Frame, Page } from "playwright-core";
import type { Device } from "./support/device/server.ts";
import { endAll, type Ends } from "./support/ends.ts";
import { openByAddress, until, startShell } from "./support/forwarding.ts";

const SITE = { flags: ["--forward-site", "http://usercontent.localhost:0"] };
let device: Device;
let app: Page;
let viewer: Page;
const ends: Ends = [];

before(async () => {
  ({ device, app } = await startShell(SITE, ends));
  viewer = await openByAddress(app, `http://localhost:${device.port}`);
  await viewer.waitForURL(/usercontent/);
});
after(() => endAll(ends));

/** The frame of the viewer that shows the device's page. */
function shown(): Frame {
  const found = viewer
    .frames()
    .find((frame) => frame.parentFrame() !== null && !frame.url().includes("/.fwd/"));
  assert.ok(found !== undefined, "the viewer has no frame for the page");
  return found;
}

test("a viewer tab shows the device's page on its own site, with websockets", async () => {
  await viewer
    .frameLocator("#page")
    .getByRole("heading", { name: "The device", exact: true })
    .waitFor();
  assert.equal(await viewer.title(), `Demo device · localhost:${device.port}`);
  const echoed = await shown().evaluate(
    () =>
      new Promise<unknown>((resolve) => {
        const socket = new WebSocket("/echo");
        socket.onopen = () => {
          socket.send("hello");
        };
        socket.onmessage = ({ data }) => {
          resolve(data as unknown);
        };
        socket.onclose = ({ code }) => {
          resolve(`closed with ${code}`);
        };
      }),
  );
  assert.equal(echoed, "hello");
  assert.equal(await app.locator("iframe").count(), 0, "the app frames nothing of the other site");
});

test("the page opens in a tab of its own, served through the viewer", async () => {
  const [own] = await Promise.all([
    viewer.context().waitForEvent("page"),
    viewer.getByRole("link", { name: "Open in a tab of its own" }).click(),
  ]);
  await own.getByRole("heading", { name: "The device", exact: true }).waitFor();
  assert.equal(await own.evaluate(() => window.opener === null), true);
  await own.close();
});

test("reload keeps the place in the page", async () => {
  const times = (): number => device.seen.filter(({ path }) => path === "/echo/here").length;
  await shown().evaluate(() => {
    location.href = "/echo/here";
  });
  await until("the frame went there", () => shown().url().endsWith("/echo/here") && times() === 1);
  await viewer.getByRole("button", { name: "Reload" }).click();
  await until("the same page was asked for again", () => times() === 2);
});

test("the viewer says when the app was reloaded, and when it is gone", async () => {
  await app.reload();
  await viewer.getByRole("status").filter({ hasText: "not connected" }).waitFor();
  await app.close();
  await viewer.getByRole("status").filter({ hasText: "was closed" }).waitFor();
  await viewer.getByRole("link", { name: "Open Porthole" }).waitFor();
});
