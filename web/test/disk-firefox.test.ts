/** The browser's own downloads in Firefox, which has no save picker: every download goes there. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import { launchFirefox } from "../e2e/support/firefox.ts";
import type { Firefox } from "../e2e/support/firefox.ts";
import type { PageServer } from "./browser.ts";
import { serveDisk } from "./disk-pages.ts";
import type { DiskPage } from "./pages/disk.ts";
import { digest } from "./digest.ts";

declare const diskPage: DiskPage;

const downloads = mkdtempSync(path.join(tmpdir(), "porthole-firefox-downloads-"));
let firefox: Firefox;
let server: PageServer;
let page: Page;
before(async () => {
  [firefox, server] = await Promise.all([
    launchFirefox({
      "browser.download.dir": downloads,
      "browser.download.folderList": 2, // the folder above
      "browser.download.useDownloadDir": true,
      "browser.download.always_ask_before_handling_new_types": false,
      "browser.download.alwaysOpenPanel": false,
    }),
    serveDisk(),
  ]);
  page = await firefox.tab();
  await page.goto(`${server.url}/disk.html`);
  await page.waitForFunction(() => "diskPage" in globalThis);
});
after(async () => {
  await firefox.close();
  server.close();
  rmSync(downloads, { recursive: true });
});

/** The file once it is whole; Firefox writes beside it until then. */
async function arrived(name: string, bytes: number): Promise<Buffer> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (readdirSync(downloads).includes(name)) {
      const data = readFileSync(path.join(downloads, name));
      if (data.byteLength === bytes) return data;
    }
    assert.ok(Date.now() < deadline, `no ${name} in ${readdirSync(downloads).join()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("an SVG with a script is saved as a file and nothing of it runs", async () => {
  const script = "globalThis.top.document.title = 'attacked'";
  const text = `<svg xmlns="http://www.w3.org/2000/svg" onload="${script}"/>`;
  await page.evaluate((svg) => {
    diskPage.download("logo.svg", svg);
  }, text);
  assert.equal((await arrived("logo.svg", text.length)).toString(), text);
  assert.equal(await page.title(), "Disk");
  assert.equal(page.url(), `${server.url}/disk.html`);
});

test("32 MiB arrive whole, under a name that Firefox takes as it is", async () => {
  const name = "grüß gott (1).bin";
  const bytes = 32 * 2 ** 20;
  await page.evaluate(
    (as, count) => {
      diskPage.downloadBytes(as, count);
    },
    name,
    bytes,
  );
  const data = await arrived(name, bytes);
  const end = await page.evaluate((as) => diskPage.ended(as), name);
  const expected = digest(data);
  assert.deepEqual(end, { bytes, digest: expected });
});
