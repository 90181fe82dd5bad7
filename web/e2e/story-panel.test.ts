/** The ports panel at work: bookmarks, request log, closing, and the data of a page removed. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import type { Partitioned } from "./support/chromium-partitioned.ts";
import { DEVICE_PASSWORD, DEVICE_USER } from "./support/device/auth.ts";
import type { Device } from "./support/device/server.ts";
import { endAll, type Ends } from "./support/ends.ts";
import { forwardIs, forwardRow, showPorts, until, startShell } from "./support/forwarding.ts";
import { get, heading } from "./support/in-page.ts";
import {
  connectAgain,
  foundPage,
  givePagePassword,
  listedPage,
  tabOf,
} from "./support/ports-story.ts";
import type { World } from "./support/world.ts";

let device: Device;
let world: World;
let browser: Partitioned;
let app: Page;
let page: Page;
let target: string;
const ends: Ends = [];

before(async () => {
  const flags = ["--log-level", "info"];
  ({ device, world, browser, app } = await startShell({ flags }, ends));
});
after(() => endAll(ends));

test("a page is found by its title, and one click opens it", async () => {
  await showPorts(app);
  const found = foundPage(app, device.port);
  await found.waitFor({ timeout: 60_000 });
  assert.match(await found.innerText(), /The device/);
  page = await tabOf(app, found);
  await heading(page, /The device/);
  target = (await app.locator("porthole-ports li[data-target]").getAttribute("data-target")) ?? "";
  assert.match(target, new RegExp(`:${device.port}$`));
  await forwardIs(app, target, "open");
  const row = (await forwardRow(app, target).innerText()).split("\n").filter(Boolean);
  assert.deepEqual(row.slice(0, 3), ["The device", `localhost:${device.port}`, "Active"]);
});

test("a bookmark is there after a reload, before any connection, and opens its page", async () => {
  const mark = foundPage(app, device.port)
    .locator("..")
    .getByRole("button", { name: /^Bookmark/ });
  await mark.click();
  await listedPage(app, "Bookmarks", "The device").waitFor();
  const second = await browser.tab();
  await second.goto(app.url());
  const hasBookmark = async () => {
    await second.reload();
    await showPorts(second);
    const listed = listedPage(second, "Bookmarks", "The device").waitFor({ timeout: 4_000 });
    return listed.then(
      () => true,
      () => false,
    );
  };
  await until("another tab has the bookmark", hasBookmark, 30_000);
  await second.close();
  app.once("dialog", (dialog) => void dialog.accept());
  await app.reload();
  await showPorts(app);
  const kept = listedPage(app, "Bookmarks", "The device");
  await kept.waitFor();
  await connectAgain(app, world);
  await showPorts(app);
  const tab = await tabOf(app, kept);
  await heading(tab, /The device/, 20_000);
  await tab.close();
  const again = kept.locator("..").getByRole("button", { name: /^Bookmark/ });
  assert.equal(await again.getAttribute("aria-pressed"), "true");
  await again.click();
  await kept.waitFor({ state: "detached" });
});

test("the request log shows method, path, status, size and time, and can be filtered", async () => {
  await get(page, "/upload?logged", { method: "POST", body: "12345" });
  assert.equal((await get(page, "/missing?logged")).status, 404);
  await page.evaluate("talk('/echo', 'logged')");
  await forwardRow(app, target)
    .getByRole("button", { name: /^Request log/ })
    .click();
  const row = (path: string) => app.locator("porthole-ports table.log tbody tr", { hasText: path });
  await row("/upload?logged").waitFor();
  await until("the request ended", async () =>
    (await row("/upload?logged").innerText()).includes("200"),
  );
  const cells = await row("/upload?logged").locator("td").allInnerTexts();
  assert.deepEqual(cells.slice(0, 3), ["POST", "/upload?logged", "200"]);
  assert.match(cells[3] ?? "", /\d+\s*(B|kB|KiB)/);
  assert.match(cells[4] ?? "", /^\d+$/);
  assert.match(await row("/missing?logged").innerText(), /GET[\s\S]*404/);
  await row("/echo").filter({ hasText: "WS" }).first().waitFor();
  await app.getByLabel("Filter by method, path or status").fill("missing");
  await row("/upload?logged").waitFor({ state: "detached" });
  assert.equal(await row("/missing?logged").count(), 1);
});

test("the row counts requests, errors and bytes", async () => {
  await get(page, "/hang-up");
  await showPorts(app);
  const figures = forwardRow(app, target).locator(".figures");
  await until("the figures are there", async () =>
    /[1-9]\d* requests?[\s\S]*[1-9]\d* errors?[\s\S]*↓/.test(await figures.innerText()),
  );
});

test("“Clear this page's data” removes cookies, storage and the password", async () => {
  await page.goto(`${new URL(page.url()).origin}/basic/in`);
  await givePagePassword(app, DEVICE_USER, DEVICE_PASSWORD);
  await heading(page, /let in by password/, 30_000);
  await page.goto(`${new URL(page.url()).origin}/cookies/set`);
  await page.evaluate(async () => {
    localStorage.setItem("kept", "1");
    await caches.open("kept");
  });
  await forwardRow(app, target)
    .getByRole("button", { name: /^Clear this page's data/ })
    .click();
  await app
    .locator("porthole-ports wa-dialog[open]")
    .getByRole("button", { name: "Clear" })
    .click();
  await app
    .getByText("The page's data is removed.")
    .waitFor({ state: "attached", timeout: 30_000 });
  await page.goto(`${new URL(page.url()).origin}/`);
  await heading(page, /The device/, 30_000);
  const kept = await page.evaluate(async () => [
    document.cookie,
    localStorage.length,
    await caches.has("kept"),
  ]);
  assert.deepEqual(kept, ["", 0, false]);
  assert.doesNotMatch((await get(page, "/cookies/sent")).text, /sid=|theme=|late=/);
  assert.equal((await get(page, "/basic/in")).status, 401);
  assert.equal(await app.locator('[data-phase="connected"]').count(), 1);
});

test("a closed forward: its row goes, its page says that it is not connected", async () => {
  await forwardRow(app, target)
    .getByRole("button", { name: /^Close/ })
    .click();
  await forwardRow(app, target).waitFor({ state: "detached" });
  await page.goto(`${new URL(page.url()).origin}/linked?closed`);
  await heading(page, /not connected/i);
  assert.deepEqual(device.at("/linked"), []);
  assert.deepEqual(browser.faults, []);
});

test("the gateway's log has the forward opened and closed, with bytes, attested by the client", async () => {
  const place = target.replace("http://", "");
  const [opened] = await world.gateway.match(
    new RegExp(`^.*event=forward_opened.*destination=${place} .*$`, "m"),
  );
  const closes = new RegExp(`^.*event=forward_closed.*destination=${place} .*$`, "gm");
  await world.gateway.match(new RegExp(closes.source, "m"));
  for (const line of [opened, world.gateway.output().match(closes)?.at(-1) ?? ""]) {
    assert.match(line, /attested_by=client/);
    assert.match(line, /plain=false/);
    assert.match(line, /connection=\S+/);
    assert.match(line, /device=\S+/);
  }
  const closed = world.gateway.output().match(closes)?.at(-1) ?? "";
  assert.match(closed, /bytes_in=[1-9]\d*/);
  assert.match(closed, /bytes_out=[1-9]\d*/);
  assert.match(closed, /requests=[1-9]\d*/);
  assert.ok(!world.gateway.output().includes("/upload?logged"), "the gateway's log has a path");
  assert.ok(!world.gateway.output().includes(DEVICE_PASSWORD));
});
