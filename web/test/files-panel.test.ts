/** `<porthole-files>` in Chromium, over files in memory. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Locator, Page } from "playwright-core";
import { launch, servePages } from "./browser.ts";
import type { PageServer } from "./browser.ts";
import type {} from "./pages/files.ts";

describe("<porthole-files>", () => {
  let browser: Browser;
  let server: PageServer;
  let page: Page;
  let panel: Locator;
  const faults: string[] = [];

  before(async () => {
    [browser, server] = await Promise.all([launch(), servePages("files")]);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.goto(`${server.url}/files.html`);
    await page.waitForFunction(() => "filesHarness" in window);
    panel = page.locator("porthole-files");
  });
  after(async () => {
    await browser.close();
    server.close();
    assert.deepEqual(
      faults.filter((fault) => !fault.includes("favicon") && !fault.includes("404")),
      [],
    );
  });
  beforeEach(async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.evaluate(() => {
      const { filesHarness: harness } = window;
      harness
        .fresh()
        .folder("/home/demo/logs")
        .folder("/home/demo/bin")
        .folder("/etc")
        .file("/home/demo/file10.txt", 10)
        .file("/home/demo/file9.txt", 9_000_000)
        .file("/home/demo/.profile", 1)
        .file("/home/demo/logs/app.log", 123)
        .file("/home/demo/logs/deep/er/old.log", 1)
        .link("/home/demo/to-logs", "/home/demo/logs")
        .link("/home/demo/to-nothing", "gone")
        .file("/home/demo/pipe", 0, { type: "fifo", mode: 0o600 });
      harness.connect(true);
    });
    await panel.locator("[data-at]").first().waitFor();
  });

  const names = async () => panel.locator("[data-at] .open").allInnerTexts();
  const row = (name: string) =>
    panel.locator("[data-at]").filter({ has: page.locator(`.name[title="${name}"]`) });
  test("folders come first, names count as people do, hidden files are hidden", async () => {
    const usual = ["bin", "logs", "to-logs", "file9.txt", "file10.txt", "pipe", "to-nothing"];
    assert.deepEqual(await names(), usual);
  });

  test("looks", async () => {
    await page.screenshot({ path: "/tmp/f4/s6-wide.png" });
    await row("file9.txt").click();
    await row("file9.txt").click({ button: "right" });
    await page.screenshot({ path: "/tmp/f4/s6-menu.png" });
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 360, height: 700 });
    await page.screenshot({ path: "/tmp/f4/s6-narrow.png" });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.screenshot({ path: "/tmp/f4/s6-dark.png" });
    await page.emulateMedia({ colorScheme: "light" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    assert.deepEqual(violations, []);
  });

});
