/** Downloads of browsers without a service worker, and of browsers that store nothing at all. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import type { BrowserContext, Page } from "playwright-core";
import { CHROMIUM_FLAGS, chromiumPath } from "../e2e/support/browser.ts";
import { launch } from "./browser.ts";
import type { PageServer } from "./browser.ts";
import { eventually, serveDisk } from "./disk-pages.ts";
import type { DiskPage } from "./pages/disk.ts";
import { digest } from "./digest.ts";

declare const diskPage: DiskPage;

const MIB = 2 ** 20;
/** What is held in memory at most (disk/kept-sink.ts). */
const MEMORY = 256 * MIB;

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

/** Chromium that may run no service worker. */
async function withoutWorkers(): Promise<BrowserContext> {
  const browser = await launch();
  ends.push(() => browser.close());
  return browser.newContext({ acceptDownloads: true, serviceWorkers: "block" });
}

/** Chromium whose person blocks all data of sites: no service worker, no OPFS, no locks. */
async function withoutStorage(): Promise<BrowserContext> {
  const profile = mkdtempSync(path.join(tmpdir(), "porthole-blocked-"));
  ends.push(() => {
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  });
  mkdirSync(path.join(profile, "Default"));
  const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
  writeFileSync(path.join(profile, "Default/Preferences"), JSON.stringify(blocked));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    args: CHROMIUM_FLAGS,
    acceptDownloads: true,
  });
  ends.push(() => context.close());
  return context;
}

async function open(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(`${server.url}/disk.html`);
  await page.waitForFunction(() => "diskPage" in globalThis);
  return page;
}

/** Downloads so many bytes; what arrived is compared with what the page says. */
async function arrives(page: Page, name: string, bytes: number): Promise<void> {
  const waiting = page.waitForEvent("download");
  await page.evaluate(
    ([as, count]) => {
      diskPage.downloadBytes(as, count);
    },
    [name, bytes] as const,
  );
  const data = readFileSync(await (await waiting).path());
  const expected = digest(data);
  const end = await page.evaluate((as) => diskPage.ended(as), name);
  assert.deepEqual(end, { bytes, digest: expected });
}

/** Begins a download whose last MiB does not come. */
async function begin(page: Page, name: string, bytes = 2 * MIB): Promise<void> {
  await page.evaluate(
    ([as, count]) => {
      diskPage.downloadBytes(as, count, 2 ** 20);
    },
    [name, bytes] as const,
  );
}

/** Sizes of what is stored for downloads. */
async function stored(page: Page): Promise<number[]> {
  return page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle("porthole-downloads", { create: true });
    const sizes: number[] = [];
    for await (const handle of folder.values())
      sizes.push((await (handle as FileSystemFileHandle).getFile()).size);
    return sizes.sort((a, b) => a - b);
  });
}

/** A download that fails: its code and sentence. */
async function fails(page: Page, name: string): Promise<{ code: unknown; sentence: string }> {
  return page.evaluate(
    async (as) => ({ code: await diskPage.ended(as), sentence: await diskPage.sentence(as) }),
    name,
  );
}

test("without a service worker 64 MiB arrive whole, and take their room once", async () => {
  const page = await open(await withoutWorkers());
  await arrives(page, "big.bin", 64 * MIB);
  assert.deepEqual(await stored(page), [64 * MIB], "it stays while the browser copies it");
  await arrives(page, "empty", 0);
});

test("a stored download that is cancelled leaves nothing in the browser", async () => {
  const page = await open(await withoutWorkers());
  await begin(page, "big.bin");
  await eventually("it is stored", async () => (await stored(page)).some((size) => size > 0));
  await page.evaluate(() => diskPage.jobs.get("big.bin")?.cancel());
  assert.equal((await fails(page, "big.bin")).code, "cancelled");
  assert.deepEqual(await stored(page), []);
});

test("what a closed tab left is removed by the next, and what another still makes is not", async () => {
  const context = await withoutWorkers();
  const [closed, running, next] = [await open(context), await open(context), await open(context)];
  await begin(closed, "left.bin");
  await begin(running, "running.bin", 3 * MIB);
  const sizes = async () => (await stored(next)).join();
  await eventually("both are stored", async () => (await sizes()) === [MIB, 2 * MIB].join());
  await closed.close();
  await eventually("what the closed tab left is gone", async () => {
    await next.reload(); // its disk worker looks when it starts
    await next.waitForFunction(() => "diskPage" in globalThis);
    await next.evaluate(() => diskPage.disk.hash(new Blob([]), 0).done);
    return (await sizes()) === String(2 * MIB);
  });
  const waiting = running.waitForEvent("download");
  await running.evaluate(() => {
    diskPage.release();
  });
  assert.equal(readFileSync(await (await waiting).path()).byteLength, 3 * MIB);
});

test("a browser whose room is spent says so, keeps nothing, and can be asked again", async () => {
  const page = await open(await withoutWorkers());
  const devtools = await page.context().newCDPSession(page);
  const quota = (quotaSize?: number) =>
    devtools.send("Storage.overrideQuotaForOrigin", {
      origin: server.url,
      ...(quotaSize !== undefined && { quotaSize }),
    });
  await quota(8 * MIB);
  await page.evaluate(() => {
    diskPage.downloadBytes("big.bin", 2 ** 26);
  });
  const { code, sentence } = await fails(page, "big.bin");
  assert.equal(code, "local_full");
  assert.match(sentence, /no room left for “big\.bin”.*Free some space.*start the download again/);
  assert.deepEqual(await stored(page), []);
  await quota();
  await arrives(page, "big.bin", 64 * MIB);
});

test("a full disk under a chosen file keeps the part, and it goes on once there is room", async () => {
  const page = await open(await withoutWorkers());
  const devtools = await page.context().newCDPSession(page);
  const origin = server.url;
  // A checkpoint is a copy: up to 64 MiB are there twice for a moment.
  await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 160 * MIB });
  await page.evaluate(() => {
    diskPage.beginOPFS("core.dump", 2 ** 28);
  });
  const { code, sentence } = await fails(page, "core.dump");
  assert.equal(code, "local_full");
  assert.match(sentence, /no room left on this computer for “core\.dump”.*resume/);
  const at = await page.evaluate(() => diskPage.sizeOPFS("core.dump"));
  assert.ok(at >= 64 * MIB, `${String(at)} bytes are kept`);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin });
  const end = await page.evaluate((from) => diskPage.saveOPFS("core.dump", 2 ** 20, from), at);
  assert.equal(end.bytes, MIB);
  assert.equal(await page.evaluate(() => diskPage.sizeOPFS("core.dump")), at + MIB);
});

test("a browser that stores nothing saves what memory holds, and refuses more at once", async () => {
  const page = await open(await withoutStorage());
  await arrives(page, "small.bin", 4 * MIB);
  await page.evaluate((size) => {
    // Its bytes never come: it is refused before.
    diskPage.downloadBytes("large.bin", size, size, size);
  }, MEMORY + 1);
  const refused = await fails(page, "large.bin");
  assert.equal(refused.code, "local_full");
  assert.match(
    refused.sentence,
    /“large\.bin” is too large for a browser window that stores nothing/,
  );
  await page.evaluate((size) => {
    diskPage.downloadBytes("unknown.bin", size); // a size that nobody told, or that lies
  }, MEMORY + 1);
  assert.equal((await fails(page, "unknown.bin")).code, "local_full");
});
