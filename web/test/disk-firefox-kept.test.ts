/** Firefox without service workers, with OPFS and without: what private windows were and are. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import { launchFirefox } from "../e2e/support/firefox.ts";
import type { PageServer } from "./browser.ts";
import { eventually, serveDisk } from "./disk-pages.ts";
import type { DiskPage } from "./pages/disk.ts";
import { digest } from "./digest.ts";

declare const diskPage: DiskPage;

const MIB = 2 ** 20;

let server: PageServer;
const ends: (() => unknown)[] = [];
before(async () => {
  server = await serveDisk();
  ends.push(() => {
    server.close();
  });
});
after(async () => {
  for (const end of ends.reverse()) await end();
});

/** A page, and the folder that its downloads go to. */
async function open(
  prefs: Record<string, boolean>,
): Promise<{ page: Page; folder: string; stored: string }> {
  const folder = mkdtempSync(path.join(tmpdir(), "porthole-firefox-downloads-"));
  ends.push(() => {
    rmSync(folder, { recursive: true });
  });
  const firefox = await launchFirefox({
    "browser.download.dir": folder,
    "browser.download.folderList": 2, // the folder above
    "browser.download.useDownloadDir": true,
    "browser.download.always_ask_before_handling_new_types": false,
    "browser.download.alwaysOpenPanel": false,
    ...prefs,
  });
  ends.push(() => firefox.close());
  const page = await firefox.tab();
  await page.goto(`${server.url}/disk.html`);
  await page.waitForFunction(() => "diskPage" in globalThis);
  const stored = await page.evaluate(async () => {
    const worker = "serviceWorker" in navigator ? "service worker" : "no service worker";
    try {
      await navigator.storage.getDirectory();
      return `${worker}, OPFS`;
    } catch {
      return `${worker}, no OPFS`; // refused, or there is no such method
    }
  });
  return { page, folder, stored };
}

async function arrives(page: Page, folder: string, name: string, bytes: number): Promise<void> {
  await page.evaluate(
    (as, count) => {
      diskPage.downloadBytes(as, count);
    },
    name,
    bytes,
  );
  const file = path.join(folder, name);
  const end = await page.evaluate((as) => diskPage.ended(as), name);
  await eventually("it is saved", () => {
    const there = readdirSync(folder).includes(name);
    return Promise.resolve(there && readFileSync(file).byteLength === bytes);
  });
  const expected = digest(readFileSync(file));
  assert.deepEqual(end, { bytes, digest: expected });
}

test("without service workers Firefox stores the file, then saves it whole", async () => {
  const { page, folder, stored } = await open({ "dom.serviceWorkers.enabled": false });
  assert.equal(stored, "no service worker, OPFS");
  await arrives(page, folder, "big.bin", 32 * MIB);
});

test("without OPFS either, Firefox saves what memory holds and refuses more at once", async () => {
  const prefs = { "dom.serviceWorkers.enabled": false, "dom.fs.enabled": false };
  const { page, folder, stored } = await open(prefs);
  assert.equal(stored, "no service worker, no OPFS");
  await arrives(page, folder, "big.bin", 32 * MIB);
  await page.evaluate(
    (size) => {
      diskPage.downloadBytes("large.bin", size, size, size);
    },
    256 * MIB + 1,
  );
  assert.equal(await page.evaluate(() => diskPage.ended("large.bin")), "local_full");
});

test("a private window of Firefox saves a file whole", async () => {
  const { page, folder } = await open({ "browser.privatebrowsing.autostart": true });
  await arrives(page, folder, "big.bin", 32 * MIB);
});
