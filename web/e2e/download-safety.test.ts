/**
 * Attacks by files of a hostile device on whoever downloads them: a file is saved as what it
 * is, under a name that looks like what it is, and nothing of it ever runs in the app's origin.
 */

import { strict as assert } from "node:assert";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch, open, type Watched } from "./support/browser.ts";
import { endAll, type Ends } from "./support/ends.ts";
import { goTo, showFiles } from "./support/files-story.ts";
import { noFaults, shellOnDemoDevice } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

const attack = "globalThis.top.attacked = true; fetch('/api/login', { method: 'DELETE' })";
const html = `<!doctype html><script>${attack}</script><img src=x onerror="${attack}">`;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" onload="${attack}"><script>${attack}</script></svg>`;

/**
 * Names on the device, as the list shows them where that differs, what is in them, and the
 * name that the person's computer gets.
 */
const files: { name: string; shown?: string; text: string; saved: string }[] = [
  { name: "logo.svg", text: svg, saved: "logo.svg" },
  { name: "chart.png", text: html, saved: "chart.png" },
  { name: "report.html", text: html, saved: "report.html" },
  {
    name: "<img src=x onerror=alert(1)>.txt",
    text: "x",
    saved: "_img src=x onerror=alert(1)_.txt",
  },
  { name: 'a"; filename="b.exe', text: "x", saved: "a_; filename=_b.exe" },
  {
    name: "log\r\nX-Evil: 1\r\n\r\nb.log",
    shown: "log\\r\\nX-Evil: 1\\r\\n\\r\\nb.log",
    text: "x",
    saved: "log__X-Evil_ 1____b.log",
  },
  {
    name: "invoice\u202efdp.exe",
    shown: "invoice\\u{202e}fdp.exe",
    text: "x",
    saved: "invoice_fdp.exe",
  },
];

let world: World;
let browser: Browser;
let watched: Watched;
let app: Page;
const ends: Ends = [];

before(async () => {
  world = await startWorld();
  ends.push(() => world.stop());
  browser = await launch();
  ends.push(() => browser.close());
  watched = await open(browser, world.url, { acceptDownloads: true });
  app = watched.page;
  // Without a save picker, which no test can press: the browser's own downloads.
  await app.addInitScript("delete globalThis.showSaveFilePicker");
  const hostile = join(world.stateDir, "hostile");
  mkdirSync(hostile);
  for (const { name, text } of files) writeFileSync(join(hostile, name), text);
  await shellOnDemoDevice(app, world);
  await showFiles(app);
  await goTo(app, hostile);
});
after(() => endAll(ends));

/** Asked by the app's page, which no service worker has. */
function get(path: string): Promise<{ status: number; type: string | null }> {
  return app.evaluate(async (address) => {
    const { status, headers } = await fetch(address);
    return { status, type: headers.get("Content-Type") };
  }, path);
}

for (const { name, shown = name, text, saved } of files) {
  test(`${JSON.stringify(name)} is saved as a file; nothing of it runs`, async () => {
    const rows = app.locator("porthole-files [data-at]");
    const titles = rows.locator(".name");
    const all = await titles.evaluateAll((found) => found.map((one) => (one as HTMLElement).title));
    const at = all.indexOf(shown);
    assert.notEqual(at, -1, `the list shows ${JSON.stringify(all)}`);
    const waiting = app.waitForEvent("download", { timeout: 30_000 });
    await titles.nth(at).click({ button: "right" });
    await app
      .locator("porthole-files")
      .getByRole("menuitem", { name: "Download", exact: true })
      .click();
    const file = await waiting;
    assert.equal(readFileSync(await file.path(), "utf8"), text);
    assert.equal(file.suggestedFilename(), saved);
    assert.match(new URL(file.url()).pathname, /^\/dl\/[0-9a-f]{32}$/, "no name in the address");
    assert.equal(await app.evaluate(() => "attacked" in globalThis), false);
    assert.equal(watched.context.pages().length, 1);
    assert.equal((await get("/api/login")).status, 200, "signed in still");
  });
}

test("an address of /dl/ without a download is text, from gateway and service worker alike", async () => {
  for (const id of ["0".repeat(32), "..%2f", "chart.png"]) {
    const direct = await get(`/dl/${id}`);
    assert.deepEqual([direct.status, direct.type], [404, "text/plain; charset=utf-8"]);
    const page = await watched.context.newPage();
    const answer = await page.goto(`${world.url}/dl/${id}`);
    assert.equal(answer?.status(), 404);
    assert.match((await answer.headerValue("content-security-policy")) ?? "", /sandbox/);
    await page.close();
  }
});

test("the service worker of downloads can be given no more than its folder", async () => {
  const outcome = await app.evaluate(() =>
    navigator.serviceWorker.register("/dl/worker.js", { scope: "/" }).then(
      () => "registered",
      (error: unknown) => (error as Error).name,
    ),
  );
  assert.equal(outcome, "SecurityError");
});

test("no policy was broken on the way", () => {
  noFaults(watched.faults);
});
