/** A page with one `<porthole-file-view>` over a device of the memory, under the app's policy. */

import assert from "node:assert/strict";
import { after, before, beforeEach } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { launch, servePages, type PageServer } from "./browser.ts";
import type {} from "./pages/file-view.ts";

/** What tests do with the page, once `before` has run. */
export interface FileView {
  readonly page: Page;
  /** Puts a file onto the device. */
  readonly hold: (path: string, text: string) => Promise<void>;
  /** What the device has by now. */
  readonly held: (path: string) => Promise<string>;
  readonly open: (path: string, mode: "preview" | "edit" | "follow") => Promise<void>;
  readonly events: () => Promise<string[]>;
  /** Waits until a preview's first piece holds text. */
  readonly shows: (text: RegExp | string) => Promise<void>;
  /** Types at the end of the editor's text. */
  readonly type: (keys: string) => Promise<void>;
  readonly dialogButton: (name: string) => Locator;
  readonly saved: () => Locator;
  /** What the page complained of; the last test fails on any that is left. */
  readonly faults: string[];
}

/** For one describe: a browser of its own, and a fresh page for each test. */
export function fileView(): FileView {
  let browser: Browser;
  let server: PageServer;
  let page: Page;
  const faults: string[] = [];

  before(async () => {
    [browser, server] = await Promise.all([launch(), servePages("file-view")]);
    const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.goto(`${server.url}/file-view.html`);
    await page.waitForFunction(() => "view" in window);
  });
  after(async () => {
    await browser.close();
    server.close();
    assert.deepEqual(
      faults.filter((fault) => !fault.includes("favicon") && !fault.includes("404")),
      [],
      "policy reports and uncaught errors",
    );
  });
  beforeEach(async () => {
    await page.evaluate(() => {
      window.view.fresh();
    });
  });

  return {
    get page() {
      return page;
    },
    hold: (path, text) =>
      page.evaluate(
        ([path, text]) => {
          window.view.device.hold(path, text);
        },
        [path, text] as const,
      ),
    held: (path) => page.evaluate((path) => window.view.device.text(path), path),
    open: (path, mode) =>
      page.evaluate(
        ([path, mode]) => {
          window.view.open(path, mode);
        },
        [path, mode] as const,
      ),
    events: () => page.evaluate(() => window.view.events),
    shows: (text) =>
      page.locator("porthole-file-preview pre.text").first().filter({ hasText: text }).waitFor(),
    type: async (keys) => {
      await page.locator(".cm-content").click();
      await page.keyboard.press("Control+End");
      await page.keyboard.type(keys);
    },
    dialogButton: (name) => page.locator("wa-dialog").getByRole("button", { name }),
    saved: () => page.getByText("Saved", { exact: true }),
    faults,
  };
}
