/** A device that pauses: browsers end a service worker that does nothing for 30 s. */

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch } from "./browser.ts";
import type { PageServer } from "./browser.ts";
import { serveDisk } from "./disk-pages.ts";
import type { DiskPage } from "./pages/disk.ts";

declare const diskPage: DiskPage;

const stallMs = 70_000;

let browser: Browser;
let server: PageServer;
before(async () => {
  [browser, server] = await Promise.all([launch(), serveDisk()]);
});
after(async () => {
  await browser.close();
  server.close();
});

test("a download goes on after the device was silent for longer than service workers live", async () => {
  const context = await browser.newContext({ acceptDownloads: true });
  const page = await context.newPage();
  await page.goto(`${server.url}/disk.html`);
  await page.waitForFunction(() => "diskPage" in globalThis);
  const waiting = page.waitForEvent("download");
  const bytes = 4 * 2 ** 20;
  await page.evaluate((size) => {
    diskPage.downloadBytes("slow.bin", size, size / 2);
  }, bytes);
  const file = await waiting;
  await new Promise((resolve) => setTimeout(resolve, stallMs)); // the time is what is tested
  await page.evaluate(() => {
    diskPage.release();
  });
  assert.equal(statSync(await file.path()).size, bytes);
  const end = await page.evaluate(() => diskPage.ended("slow.bin"));
  assert.equal(typeof end === "string" ? end : end.bytes, bytes);
});
