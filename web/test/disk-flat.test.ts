/** What a tab holds while a large file passes: the system's figures of its process. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch } from "./browser.ts";
import type { PageServer } from "./browser.ts";
import { serveDisk } from "./disk-pages.ts";
import type { DiskPage } from "./pages/disk.ts";

declare const diskPage: DiskPage;

/** Bytes of the file, by where it goes; a window without a profile may store little. */
const sizes = { "the browser's downloads": 2 ** 29, "a file of the person": 192 * 2 ** 20 };
/** Memory of the tab's process, bytes: the promise is 300 MB with the terminal in it. */
const mostBytes = 250 * 2 ** 20;

let browser: Browser;
let server: PageServer;
before(async () => {
  [browser, server] = await Promise.all([launch(), serveDisk()]);
});
after(async () => {
  await browser.close();
  server.close();
});

/** Resident private memory of the renderers that this test runner started. */
function largestRenderer(): number {
  const own = String(process.pid);
  const rows = execFileSync("ps", ["-eo", "pid=,ppid=,args="]).toString().split("\n");
  const parents = new Map<string, string>();
  const renderers: string[] = [];
  for (const row of rows) {
    const [, pid = "", parent = "", args = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    parents.set(pid, parent);
    if (args.includes("--type=renderer")) renderers.push(pid);
  }
  const isOwn = (pid: string): boolean => {
    for (let at: string | undefined = pid; at !== undefined; at = parents.get(at)) {
      if (at === own) return true;
    }
    return false;
  };
  return Math.max(...renderers.filter(isOwn).map(privateBytes));
}

function privateBytes(pid: string): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const kilobytes = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].map((row) =>
      Number(row[1]),
    );
    return 1024 * kilobytes.reduce((sum, one) => sum + one, 0);
  } catch {
    return 0; // it has ended
  }
}

for (const [way, fileBytes] of Object.entries(sizes)) {
  test(`a large file into ${way} leaves the tab's memory flat`, async () => {
    const context = await browser.newContext({ acceptDownloads: true });
    const page = await context.newPage();
    await page.goto(`${server.url}/disk.html`);
    await page.waitForFunction(() => "diskPage" in globalThis);
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, largestRenderer());
    }, 250);
    const began = performance.now();
    try {
      if (way === "a file of the person") {
        const end = await page.evaluate((bytes) => diskPage.saveOPFS("big", bytes), fileBytes);
        assert.equal(end.bytes, fileBytes);
      } else {
        const waiting = page.waitForEvent("download");
        await page.evaluate((bytes) => {
          diskPage.downloadBytes("big", bytes);
        }, fileBytes);
        await (await waiting).path();
        const end = await page.evaluate(() => diskPage.ended("big"));
        assert.equal(typeof end === "string" ? end : end.bytes, fileBytes);
      }
    } finally {
      clearInterval(watch);
    }
    const seconds = (performance.now() - began) / 1000;
    console.log(
      `${way}: ${(fileBytes / 2 ** 20 / seconds).toFixed(0)} MiB/s, at most ${(most / 2 ** 20).toFixed(0)} MiB`,
    );
    assert.ok(most > 0 && most < mostBytes, `${(most / 2 ** 20).toFixed(0)} MiB`);
    await context.close();
  });
}
