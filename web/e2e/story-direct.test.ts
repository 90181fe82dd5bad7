/** Pages without SSH: a configuration that points straight at the port. Some can be read on the way. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { startDevice, type Device } from "./support/device/server.ts";
import { enterAddress, forwardRow, showPorts, until } from "./support/forwarding.ts";
import { get, heading } from "./support/in-page.ts";
import { agree, agreement, listedPage, notesOf, tabOf } from "./support/ports-story.ts";
import { atDemoDevice } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

let device: Device;
let world: World;
let browser: Partitioned;
let app: Page;
let target: string;

before(async () => {
  device = await startDevice();
  target = `http://127.0.0.1:${device.port}`;
  world = await startWorld({
    configurations: { "http: meter": `127.0.0.1:${device.port}` },
    flags: ["--log-level", "info"],
  });
  browser = await launchPartitioned();
  app = await browser.tab();
  await atDemoDevice(app, world);
});
after(async () => {
  await browser.close();
  await world.stop();
  await device.close();
});

test("a person who does not agree opens nothing", async () => {
  await showPorts(app);
  const row = listedPage(app, "Ready pages", "meter");
  assert.match(await row.innerText(), /Not end-to-end encrypted/i);
  await row.click();
  assert.match(await agreement(app).innerText(), /gateway and the platform can read/);
  await app.keyboard.press("Enter"); // a hasty Enter agrees to nothing
  const problem = app.locator('porthole-ports [data-test="open-problem"]');
  await problem.waitFor();
  assert.match(await problem.innerText(), /did not agree/);
  assert.equal(device.dials, 0);
});

test("agreed to: the page opens without SSH, and panel, page and the gateway's log have the mark", async () => {
  const [page] = await Promise.all([
    app.context().waitForEvent("page", { timeout: 30_000 }),
    listedPage(app, "Ready pages", "meter")
      .click()
      .then(() => agree(app)),
  ]);
  await heading(page, /The device/, 30_000);
  assert.equal(await page.evaluate("talk('/echo', 'in the open')"), "in the open");
  await forwardRow(app, target).locator(".plain-mark").waitFor();
  assert.ok((await notesOf(page)).includes("Not end-to-end encrypted"), "the page has no mark");
  await world.gateway.match(/connection opened.* plain=true/);
  await world.gateway.match(
    new RegExp(`event=forward_opened destination=localhost:${device.port} .*plain=true`),
  );
  await page.close();
});

test("the person is asked once: not again after a reload", async () => {
  app.once("dialog", (dialog) => void dialog.accept());
  await app.reload();
  await showPorts(app);
  const page = await tabOf(app, listedPage(app, "Ready pages", "meter"));
  await heading(page, /The device/, 30_000);
  assert.equal(await agreement(app).count(), 0);
  assert.equal((await get(page, "/1k")).status, 200);
  await page.close();
});

test("at 360 px: mark and buttons of a page beside the terminal are in sight, and so is what failed", async () => {
  const wide = app.viewportSize();
  await app.setViewportSize({ width: 360, height: 740 });
  await forwardRow(app, target)
    .getByRole("button", { name: /beside the terminal/ })
    .click();
  const bar = app.locator("porthole-ports .frame-bar");
  for (const piece of [bar.locator(".plain-mark"), ...(await bar.getByRole("button").all())]) {
    await piece.waitFor();
    const { x, width } = (await piece.boundingBox()) ?? { x: 0, width: Infinity };
    assert.ok(x + width <= 360, `${await piece.innerText()} ends at ${x + width}`);
  }
  await bar.getByRole("button", { name: "Close the page" }).click();
  await enterAddress(app, "localhost:1"); // the form is the last thing of the panel
  const problem = app.locator('porthole-ports [data-test="open-problem"]');
  await problem.waitFor();
  await until("the note is in sight", () =>
    problem.evaluate((note) => note.getBoundingClientRect().top >= 0),
  );
  if (wide !== null) await app.setViewportSize(wide);
});

test("--plain-forwards allow: the page opens without a question, and has the mark all the same", async () => {
  const own = await startDevice();
  const open = await startWorld({
    configurations: { "http: meter": `127.0.0.1:${own.port}` },
    flags: ["--plain-forwards", "allow"],
  });
  const tab = await browser.tab();
  await atDemoDevice(tab, open);
  await showPorts(tab);
  const row = listedPage(tab, "Ready pages", "meter");
  assert.match(await row.innerText(), /Not end-to-end encrypted/i);
  const page = await tabOf(tab, row);
  await heading(page, /^The device/, 30_000);
  assert.equal(await agreement(tab).count(), 0);
  await forwardRow(tab, `http://127.0.0.1:${own.port}`).locator(".plain-mark").waitFor();
  assert.ok((await notesOf(page)).includes("Not end-to-end encrypted"), "the page has no mark");
  await page.close();
  await tab.close();
  await open.stop();
  await own.close();
});

test("--plain-forwards deny: a sentence, and nothing reaches the device", async () => {
  const own = await startDevice();
  const strict = await startWorld({
    configurations: { "http: meter": `127.0.0.1:${own.port}` },
    flags: ["--plain-forwards", "deny"],
  });
  const tab = await browser.tab();
  await atDemoDevice(tab, strict);
  await showPorts(tab);
  await listedPage(tab, "Ready pages", "meter").click();
  const problem = tab.locator('porthole-ports [data-test="open-problem"]');
  await problem.waitFor();
  assert.match(await problem.innerText(), /allows no pages that it could read/);
  assert.equal(await agreement(tab).count(), 0);
  assert.equal(own.dials, 0);
  await tab.close();
  await strict.stop();
  await own.close();
});
