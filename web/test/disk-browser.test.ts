/** The disk in Chromium: what only a real browser shows. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Browser, Download, Page } from "playwright-core";
import { launch } from "./browser.ts";
import type { PageServer } from "./browser.ts";
import { serveDisk } from "./disk-pages.ts";
import type { DiskPage } from "./pages/disk.ts";
import { digest } from "./digest.ts";

declare const diskPage: DiskPage;

let browser: Browser;
let server: PageServer;
before(async () => {
  [browser, server] = await Promise.all([launch(), serveDisk()]);
});
after(async () => {
  await browser.close();
  server.close();
});

/** The test page in a profile of its own; faults hold policy reports and errors. */
async function open(initScript = ""): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.newContext({ acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const faults: string[] = [];
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  if (initScript !== "") await page.addInitScript(initScript);
  await page.goto(`${server.url}/disk.html`);
  await page.waitForFunction(() => "diskPage" in globalThis);
  return { page, faults };
}

async function download(page: Page, name: string, text: string): Promise<Download> {
  const waiting = page.waitForEvent("download");
  await page.evaluate(
    ([n, t]) => {
      diskPage.download(n, t);
    },
    [name, text] as const,
  );
  return waiting;
}

const ran = "globalThis.top.document.title = 'attacked'";
const attacks: Record<string, { name: string; text: string; saved: string }> = {
  "an SVG with a script": {
    name: "logo.svg",
    text: `<svg xmlns="http://www.w3.org/2000/svg" onload="${ran}"><script>${ran}</script></svg>`,
    saved: "logo.svg",
  },
  "HTML named .png": {
    name: "chart.png",
    text: `<!doctype html><script>${ran}</script>`,
    saved: "chart.png",
  },
  "HTML by its own name": {
    name: "index.html",
    text: `<!doctype html><script>${ran}</script>`,
    saved: "index.html",
  },
  "a name with markup": {
    name: "<img src=x onerror=alert(1)>.txt",
    text: "x",
    saved: "_img src=x onerror=alert(1)_.txt",
  },
  "a name with quotes and line breaks": {
    name: 'a"; filename="b.exe\r\nX-Evil: 1\r\n\r\n<b>.log',
    text: "x",
    saved: "a_; filename=_b.exe__X-Evil_ 1_____b_.log",
  },
  "a name that reads backwards": {
    name: "invoice\u202efdp.exe",
    text: "x",
    saved: "invoice_fdp.exe",
  },
  "a name that climbs": { name: "../../.bashrc", text: "x", saved: "_.._.bashrc" },
};

for (const [what, { name, text, saved }] of Object.entries(attacks)) {
  test(`${what} is saved as a file and nothing of it runs`, async () => {
    const { page, faults } = await open();
    const file = await download(page, name, text);
    assert.equal(readFileSync(await file.path(), "utf8"), text);
    assert.equal(file.suggestedFilename(), saved);
    assert.deepEqual(await page.evaluate((n) => diskPage.ended(n), name), {
      ...{ bytes: Buffer.byteLength(text), digest: digest(text) },
    });
    assert.equal(await page.title(), "Disk");
    assert.deepEqual(faults, []);
    assert.equal(page.url(), `${server.url}/disk.html`);
    assert.equal(page.context().pages().length, 1);
  });
}

test("an address of /dl/ is answered once, and with text when nothing waits there", async () => {
  const { page } = await open();
  const file = await download(page, "a.txt", "x");
  await file.path();
  const { pathname } = new URL(file.url());
  assert.match(pathname, /^\/dl\/[0-9a-f]{32}$/);
  for (const address of [pathname, `/dl/${"0".repeat(32)}`, "/dl/", "/dl/disk.html"]) {
    const other = await page.context().newPage();
    const answer = await other.goto(server.url + address);
    assert.equal(answer?.status(), 404);
    assert.equal(answer.fromServiceWorker(), true, address);
    assert.match((await answer.headerValue("content-type")) ?? "", /^text\/plain/);
    assert.match((await answer.headerValue("content-security-policy")) ?? "", /sandbox/);
    assert.match(await other.innerText("body"), /no download at this address/);
    await other.close();
  }
});

test("the service worker answers nothing outside /dl/", async () => {
  const { page } = await open();
  await (await download(page, "a.txt", "x")).path();
  for (const address of ["/disk.html", "/dl", "/dlx", "/api/login"]) {
    const other = await page.context().newPage();
    const answer = await other.goto(server.url + address);
    assert.equal(answer?.fromServiceWorker(), false, address);
    await other.close();
  }
  const scopes = await page.evaluate(async () =>
    (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope),
  );
  assert.deepEqual(scopes, [`${server.url}/dl/`]);
  const refused = await page.evaluate(() =>
    navigator.serviceWorker.register("/dl/worker.js", { scope: "/" }).then(
      () => "registered",
      (error: unknown) => (error as Error).name,
    ),
  );
  assert.equal(refused, "SecurityError");
});

test("64 MiB reach the browser's downloads whole", async () => {
  const { page } = await open();
  const waiting = page.waitForEvent("download");
  await page.evaluate(() => {
    diskPage.downloadBytes("big.bin", 64 * 2 ** 20);
  });
  const file = await waiting;
  const saved = digest(readFileSync(await file.path()));
  const end = await page.evaluate(() => diskPage.ended("big.bin"));
  assert.deepEqual(end, { bytes: 64 * 2 ** 20, digest: saved });
});

test("a download cancelled in the browser ends the job as cancelled", async () => {
  const { page } = await open();
  const waiting = page.waitForEvent("download");
  await page.evaluate(() => {
    diskPage.downloadBytes("big.bin", 2 ** 30, 2 ** 20);
  });
  await (await waiting).cancel();
  assert.equal(await page.evaluate(() => diskPage.ended("big.bin")), "cancelled");
});

test("a download cancelled in the page fails in the browser: no half of it is kept", async () => {
  const { page } = await open();
  const waiting = page.waitForEvent("download");
  await page.evaluate(() => {
    diskPage.downloadBytes("big.bin", 2 ** 22, 2 ** 20);
  });
  const file = await waiting;
  await page.evaluate(() => diskPage.jobs.get("big.bin")?.cancel());
  assert.equal(await page.evaluate(() => diskPage.ended("big.bin")), "cancelled");
  assert.notEqual(await file.failure(), null);
});

test("without a service worker the file is stored first, then saved as it is", async () => {
  const { page, faults } = await open(
    "Object.defineProperty(Navigator.prototype, 'serviceWorker', { get: () => undefined })",
  );
  const text = `<script>${ran}</script>`;
  const file = await download(page, "a<b>.html", text);
  assert.equal(file.suggestedFilename(), "a_b_.html");
  assert.equal(readFileSync(await file.path(), "utf8"), text);
  assert.deepEqual(faults, []);
  assert.equal(await page.title(), "Disk");
});

test("a file of the person's disk is written and gone on with, with the hash of the whole", async () => {
  const { page } = await open();
  const first = await page.evaluate(() => diskPage.saveOPFS("a.bin", 3 * 2 ** 20));
  assert.equal(first.bytes, 3 * 2 ** 20);
  const rest = await page.evaluate(() => diskPage.saveOPFS("a.bin", 2 ** 20 + 1, 2 ** 20));
  assert.equal(rest.bytes, 2 ** 20 + 1);
  assert.equal(await page.evaluate(() => diskPage.sizeOPFS("a.bin")), 2 ** 21 + 1);
  const sent = await page.evaluate(() => diskPage.sendOPFS("a.bin"));
  assert.deepEqual([sent.bytes, sent.digest], [2 ** 21 + 1, rest.digest]);
});

test("1,000 small files are written into a folder faster than a device sends them", async () => {
  const { page } = await open();
  const { files, found, ms } = await page.evaluate(() => diskPage.saveTree(1000));
  assert.deepEqual([files, found], [1000, 1000]);
  assert.ok(ms < 10_000, `${String(ms)} ms`);
});
