/** `<porthole-file-view>` in Chromium, under the page's policy. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { launch, servePages, type PageServer } from "./browser.ts";
import type {} from "./pages/file-view.ts";

describe("<porthole-file-view>", () => {
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

  const hold = (path: string, text: string): Promise<void> =>
    page.evaluate(
      ([path, text]) => {
        window.view.device.hold(path, text);
      },
      [path, text] as const,
    );
  const held = (path: string): Promise<string> =>
    page.evaluate((path) => window.view.device.text(path), path);
  const open = (path: string, mode: "preview" | "edit" | "follow"): Promise<void> =>
    page.evaluate(
      ([path, mode]) => {
        window.view.open(path, mode);
      },
      [path, mode] as const,
    );
  const events = (): Promise<string[]> => page.evaluate(() => window.view.events);
  const text = (): Promise<string> =>
    page.locator("porthole-file-preview pre.text").first().innerText();

  test("text of a file is shown, and Escape closes the view", async () => {
    await hold("/etc/motd", "Welcome\nto the device\n");
    await open("/etc/motd", "preview");
    assert.match(await text(), /Welcome\nto the device/);
    await page.keyboard.press("Escape");
    assert.deepEqual(await events(), ["closed"]);
  });

  test("a file is edited in place and saved with Ctrl+S", async () => {
    await hold("/etc/app.conf", "port = 80\n");
    await open("/etc/app.conf", "edit");
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("host = here");
    await page.keyboard.press("Control+s");
    await page.getByText("Saved", { exact: true }).waitFor();
    assert.equal(await held("/etc/app.conf"), "port = 80\nhost = here");
    assert.deepEqual(await events(), ["saved /etc/app.conf"]);
  });

  test("what is appended to a log shows as it comes", async () => {
    await hold("/var/log/syslog", "");
    await open("/var/log/syslog", "follow");
    await page.waitForFunction(() => window.view.device.tails.length === 1);
    await page.evaluate(() => {
      window.view.device.tails[0]?.say("first ERROR line\nsecond line\n");
    });
    await page.getByText("second line").waitFor();
    const first = page.locator("porthole-log .line").first();
    assert.equal(await first.getAttribute("data-level"), "error");
    assert.match(await first.innerText(), /^E/);
  });

  test("axe finds nothing in any part", async () => {
    await hold("/etc/app.json", '{"a": 1, "b": [true, null]}\n');
    for (const mode of ["preview", "edit", "follow"] as const) {
      await open("/etc/app.json", mode);
      await page.locator(".text, .cm-content, porthole-log").first().waitFor();
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(
        violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
        [],
        mode,
      );
    }
  });
});
