/** "Clear this page's data" where pages have a site of their own: the app's frames do not share its storage. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Frame, Page } from "playwright-core";
import type { Partitioned } from "./support/chromium-partitioned.ts";
import type { Device } from "./support/device/server.ts";
import { endAll, type Ends } from "./support/ends.ts";
import { forwardRow, openByAddress, showPorts, until, startShell } from "./support/forwarding.ts";

const SITE = { flags: ["--forward-site", "http://usercontent.localhost:0"] };
let device: Device;
let browser: Partitioned;
let app: Page;
let viewer: Page;
let target: string;
const ends: Ends = [];

before(async () => {
  ({ device, browser, app } = await startShell(SITE, ends));
  device.serve({
    "/cookie": ({ response }) =>
      response
        .writeHead(200, { "content-type": "text/html", "set-cookie": "device=1; Path=/cookie" })
        .end("<!doctype html><h1>cookie</h1>"),
  });
  target = `http://localhost:${device.port}`;
  viewer = await openViewer();
});
after(() => endAll(ends));

/** A viewer tab with the device's page in it. */
async function openViewer(): Promise<Page> {
  const tab = await openByAddress(app, target);
  await tab
    .frameLocator("#page")
    .getByRole("heading", { name: "The device", exact: true })
    .waitFor();
  return tab;
}

/** The viewer's frame with the device's page. */
function shown(): Frame {
  const found = viewer
    .frames()
    .find((frame) => frame.parentFrame() !== null && !frame.url().includes("/.fwd/"));
  assert.ok(found !== undefined, "the viewer has no frame for the page");
  return found;
}

/** The page keeps something in every store that a script has. */
async function keep(): Promise<void> {
  await shown().evaluate(async () => {
    await fetch("/cookie");
    document.cookie = "own=1; Path=/";
    localStorage.setItem("kept", "1");
    sessionStorage.setItem("kept", "1");
    await caches.open("kept");
    await new Promise((resolve, reject) => {
      const request = indexedDB.open("kept");
      request.onerror = reject;
      request.onsuccess = () => {
        request.result.close();
        resolve(undefined);
      };
    });
  });
}

/** What is kept, as a page or frame of the forward sees it. */
function kept(where: Frame | Page): Promise<string[]> {
  return where.evaluate(async () => [
    ...document.cookie.split("; ").filter((cookie) => cookie !== ""),
    ...Object.keys(localStorage),
    ...(await caches.keys()).filter((name) => name === "kept"),
    ...(await indexedDB.databases()).map(({ name }) => name ?? ""),
  ]);
}

/** Cookies that the browser holds for the page's host. */
async function cookies(): Promise<string[]> {
  const { hostname } = new URL(shown().url());
  return (await app.context().cookies())
    .filter(({ domain }) => domain.replace(/^\./, "") === hostname)
    .map(({ name, path }) => `${name} ${path}`)
    .sort();
}

async function clearData(): Promise<void> {
  await app.bringToFront();
  await showPorts(app);
  await forwardRow(app, target)
    .getByRole("button", { name: /^Clear this page's data/ })
    .click();
  const dialog = app.locator("porthole-ports wa-dialog[open]");
  await dialog.getByRole("button", { name: "Clear" }).click();
}

async function ownTab(): Promise<Page> {
  const [tab] = await Promise.all([
    app.context().waitForEvent("page"),
    viewer.getByRole("link", { name: "Open in a tab of its own" }).click(),
  ]);
  await tab.getByRole("heading", { name: "The device", exact: true }).waitFor();
  return tab;
}

test("what the page keeps in the viewer tab and in its own tab is removed", async () => {
  await keep();
  const own = await ownTab();
  assert.deepEqual(await kept(own), ["own=1", "kept", "kept", "kept"], "both tabs share it");
  assert.deepEqual(await cookies(), ["device /cookie/", "own /"]);
  await clearData();
  await app.getByText("The page's data is removed.").waitFor();
  assert.deepEqual(await cookies(), []);
  await own.reload();
  await viewer.reload();
  for (const where of [own, viewer]) {
    const page = where === own ? own : where.frameLocator("#page");
    await page.getByRole("heading", { name: "The device", exact: true }).waitFor();
  }
  assert.deepEqual(await kept(own), []);
  assert.deepEqual(await kept(shown()), []);
  assert.equal(await shown().evaluate("sessionStorage.getItem('kept')"), null);
  await own.close();
});

test("a viewer tab that was reloaded is asked as well", async () => {
  await keep();
  await clearData();
  await until("nothing is left", async () => (await kept(shown())).length === 0);
});

test("without a viewer tab the panel says what is left, and how to go on", async () => {
  await keep();
  await viewer.close();
  await clearData();
  const alert = app.locator("porthole-ports").getByText("only an open tab of the page");
  await alert.waitFor();
  assert.equal(await app.getByText("The page's data is removed.").count(), 0);
  assert.match(await alert.innerText(), /Open the page in a tab, then clear its data again/);
  viewer = await openViewer();
  assert.notDeepEqual(await kept(shown()), [], "it was told the truth");
  await clearData();
  await until("nothing is left", async () => (await kept(shown())).length === 0);
  await alert.waitFor({ state: "detached" });
  assert.deepEqual(browser.faults, []);
});
