/** `<porthole-files>` in Chromium, over files in memory. */

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Locator, Page } from "playwright-core";
import type { FileLimits } from "../src/bridge/files.ts";
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

  const grid = () => panel.locator("[role=grid]");
  const asked = () => page.evaluate(() => window.filesHarness.queue.asked.slice());
  const calls = () => page.evaluate(() => window.filesHarness.files.calls.slice());
  const button = (name: string | RegExp) => panel.getByRole("button", { name });

  /** A panel with those limits, over a device with one directory and one file. */
  async function limited(limits: Partial<FileLimits>): Promise<void> {
    await page.evaluate((given) => {
      window.filesHarness.fresh(given).folder("/home/demo/in").file("/home/demo/a.txt", 5_000);
      window.filesHarness.connect(true);
    }, limits);
    await row("a.txt").waitFor();
  }

  test("the keyboard selects, opens and comes back to where it was", async () => {
    await grid().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.equal(await row("logs").getAttribute("aria-selected"), "true");
    assert.equal(
      await grid().getAttribute("aria-activedescendant"),
      await row("logs").getAttribute("id"),
    );
    await page.keyboard.press("Enter");
    await row("app.log").waitFor();
    await page.keyboard.press("Backspace");
    await row("file9.txt").waitFor();
    assert.equal(await row("logs").getAttribute("aria-selected"), "true");
    await page.keyboard.press("Control+a");
    await panel.getByText("7 of 7 selected").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.type("file1");
    assert.equal(await row("file10.txt").getAttribute("aria-selected"), "true");
  });

  test("the menu opens by key and by click, moves by arrows, and gives the focus back", async () => {
    await grid().focus();
    await page.keyboard.type("file9");
    await page.keyboard.press("Shift+F10");
    const focused = panel.locator("[role=menuitem]:focus");
    await focused.waitFor();
    assert.match(await focused.innerText(), /^Preview/);
    await page.keyboard.press("End");
    assert.match(await focused.innerText(), /^Delete/);
    await page.keyboard.press("ArrowDown");
    assert.match(await focused.innerText(), /^Preview/);
    await page.keyboard.press("Escape");
    await panel.locator("[role=grid]:focus").waitFor();
    await row("pipe").click({ button: "right" });
    assert.equal(
      await panel.getByRole("menuitem", { name: "Follow" }).getAttribute("aria-disabled"),
      "true",
      "nothing follows a FIFO",
    );
    await page.keyboard.press("Escape");
  });

  test("columns sort both ways and say so", async () => {
    await button("Size").click();
    const head = panel.getByRole("columnheader", { name: "Size" });
    assert.equal(await head.getAttribute("aria-sort"), "ascending");
    assert.deepEqual((await names()).slice(-2), ["file10.txt", "file9.txt"]);
    await button("Size").click();
    assert.equal(await head.getAttribute("aria-sort"), "descending");
    assert.deepEqual((await names()).slice(3, 5), ["file9.txt", "file10.txt"]);
  });

  test("what is not deleted by mistake: the count is said, above 100 it is typed", async () => {
    await page.evaluate(() => {
      const { files } = window.filesHarness;
      for (let i = 0; i < 150; i++) files.file(`/home/demo/bin/tool${String(i)}`, 1000);
    });
    await row("bin").click();
    await page.keyboard.press("Delete");
    await panel.getByText("150 files, 1 folder, 150 kB.").waitFor();
    const yes = panel.getByRole("button", { name: "Delete", exact: true });
    assert.ok(await yes.isDisabled());
    await panel.getByLabel(/Type how many/).fill("151");
    await yes.click();
    await row("bin").waitFor({ state: "detached" });
    assert.ok((await calls()).includes("remove /home/demo/bin"));
  });

  test("a download takes what is selected, without what is no file", async () => {
    await row("file9.txt").click();
    await row("pipe").click({ modifiers: ["Control"] });
    await button("Download").click();
    await panel.getByText("1 left out: no regular file or folder.").waitFor();
    assert.ok((await asked()).includes("download /home/demo/file9.txt browser"));
  });

  test("dragging within the panel moves, and asks before it replaces", async () => {
    await page.evaluate(() => window.filesHarness.files.file("/home/demo/logs/file9.txt", 1));
    await row("file9.txt").dragTo(row("logs"));
    await panel.getByText("What is there would be gone.").waitFor();
    await button("Keep it").click();
    await row("file9.txt").waitFor();
    await row("file9.txt").dragTo(row("logs"));
    await button("Replace").click();
    await row("file9.txt").waitFor({ state: "detached" });
    const moves = (await calls()).filter((call) => call.startsWith("rename"));
    const move = "rename /home/demo/file9.txt /home/demo/logs/file9.txt";
    assert.deepEqual(moves, [`${move} false`, `${move} false`, `${move} true`]);
  });

  test("over a step of the path it moves there; beside a folder, and for another tab, nothing does", async () => {
    await row("logs").locator(".open").click();
    await row("app.log").waitFor();
    await row("app.log").dragTo(panel.getByRole("button", { name: "demo", exact: true }));
    await row("app.log").waitFor({ state: "detached" });
    const moves = (await calls()).filter((call) => call.startsWith("rename"));
    assert.deepEqual(moves, ["rename /home/demo/logs/app.log /home/demo/app.log false"]);
    await row("deep").dragTo(row("deep"));
    const foreign = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.setData("application/x-porthole-files", "of another tab");
      return data;
    });
    await row("deep").dispatchEvent("dragover", { dataTransfer: foreign });
    assert.equal(await row("deep").getAttribute("data-target"), null);
    await row("deep").dispatchEvent("drop", { dataTransfer: foreign });
    assert.equal((await calls()).filter((call) => call.startsWith("rename")).length, 1);
  });

  test("“Move to …” takes a typed folder, and says why another one cannot be", async () => {
    await row("logs").click();
    await row("file9.txt").click({ modifiers: ["Control"] });
    await page.keyboard.press("F6");
    const folder = panel.getByLabel("Folder", { exact: true });
    const move = panel.getByRole("button", { name: "Move", exact: true });
    await move.click();
    await panel.getByText("That is where it is already").waitFor();
    await folder.fill("logs/deep");
    await panel.getByText("A folder cannot go into itself").waitFor();
    await folder.fill("file10.txt");
    await move.click();
    await panel.getByText("Nothing was moved. /home/demo/file10.txt is no folder.").waitFor();
    await grid().focus();
    await page.keyboard.press("F6");
    await folder.fill("/not/there");
    await move.click();
    await panel.getByText(/^Nothing was moved\. .*not\/there/).waitFor();
    await grid().focus();
    await page.keyboard.press("F6");
    await folder.fill("bin/../bin");
    await page.keyboard.press("Enter");
    await row("file9.txt").waitFor({ state: "detached" });
    const moves = (await calls()).filter((call) => call.startsWith("rename"));
    assert.deepEqual(moves, [
      "rename /home/demo/logs /home/demo/bin/logs false",
      "rename /home/demo/file9.txt /home/demo/bin/file9.txt false",
    ]);
  });

  test("names that no device takes are left out with the reason, the others go on", async () => {
    const drop = async (names: readonly string[]) => {
      const data = await page.evaluateHandle((given) => {
        const transfer = new DataTransfer();
        for (const name of given) transfer.items.add(new File(["x"], name));
        return transfer;
      }, names);
      await grid().dispatchEvent("dragover", { dataTransfer: data });
      await grid().dispatchEvent("drop", { dataTransfer: data });
    };
    const problem = panel.locator("[data-test=action-problem]");
    await drop(["good.txt", "ä".repeat(128)]);
    await problem
      .getByText(/ä…” cannot be named so .* longer than 255 bytes.* The rest is/)
      .waitFor();
    assert.equal((await asked()).at(-1), "upload good.txt:1 into /home/demo");
    await drop(["..", "a\0b"]);
    await problem.getByText(/“\.\.” and 1 more cannot be named so.*Nothing is uploaded/).waitFor();
    await page.evaluate(() => {
      window.filesHarness.queue.refuse = "It cannot be.";
    });
    await drop(["fine.txt"]);
    await problem.getByText(/Nothing was uploaded to \/home\/demo\..*It cannot be/).waitFor();
    const uploads = (await asked()).filter((call) => call.startsWith("upload"));
    assert.equal(uploads.length, 1);
  });

  test("pasted files are uploaded here", async () => {
    await grid().evaluate((element) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File(["note"], "note.txt"));
      const how = { clipboardData, bubbles: true, composed: true, cancelable: true };
      element.dispatchEvent(new ClipboardEvent("paste", how));
    });
    assert.ok((await asked()).includes("upload note.txt:4 into /home/demo"));
  });

  test("read-only: nothing that changes can be chosen, and a line says why", async () => {
    await limited({ readOnly: true, maxBytes: 1_000 });
    assert.match(await panel.locator("[data-test=limits]").innerText(), /read-only · .*1\.0 kB/);
    assert.ok(await button("Upload").isDisabled());
    await row("a.txt").click();
    await page.keyboard.press("Delete");
    await page.keyboard.press("F2");
    assert.equal(await panel.locator("wa-dialog").count(), 0);
    await row("a.txt").click({ button: "right" });
    for (const name of ["Edit", "Rename …", "Delete …", "Permissions …"]) {
      const item = panel.getByRole("menuitem", { name });
      assert.equal(await item.getAttribute("aria-disabled"), "true", name);
    }
    await page.keyboard.press("Escape");
    await button("Download").click();
    await panel.getByText("1 left out: larger than allowed.").waitFor();
  });

  test("writing only in some paths: what lies outside cannot be changed", async () => {
    await limited({ writePaths: ["/home/demo/in"] });
    assert.ok(await button("Upload").isDisabled());
    await row("in").locator(".open").click();
    await panel.getByText("This folder is empty.").waitFor();
    assert.ok(await button("Upload").isEnabled());
  });

  test("states: no connection, nothing to show, no permission, too many, slow", async () => {
    await panel.getByRole("searchbox").fill("zzz");
    await panel.getByText("No name here contains “zzz”.").waitFor();
    await button("Clear the filter").click();
    await row("logs").waitFor();
    await page.evaluate(() => {
      const { files } = window.filesHarness;
      files.refuse.set("/home/demo/bin", "permission_denied");
      files.refuse.set("/home/demo/logs", "too_many");
      files.folder("/home/demo/slow");
    });
    await row("bin").locator(".open").click();
    await panel.getByText("/home/demo/bin could not be read.").waitFor();
    await button(/^Back/).click();
    await row("logs").locator(".open").click();
    await panel.getByText(/Shown is what came: 2\./).waitFor();
    await button(/^Back/).click();
    await button("Reload").click();
    await row("slow").waitFor();
    await page.evaluate(() => {
      window.filesHarness.files.gate = new Promise(() => undefined);
    });
    await row("slow").locator(".open").click();
    await button("Stop").click();
    await panel.getByText("reading was stopped").waitFor();
    await page.evaluate(() => {
      window.filesHarness.connect(false);
    });
    assert.ok((await asked()).at(-1) === "no files", "the queue waits");
  });

  test("a bookmark is kept in the profile, and leads back", async () => {
    await row("logs").locator(".open").click();
    await row("app.log").waitFor();
    await button("Bookmark this folder").click();
    await button(/^Up \(/).click();
    await row("file9.txt").waitFor();
    await button("Places").click();
    await panel.getByRole("menuitem", { name: "/home/demo/logs" }).click();
    await row("app.log").waitFor();
    const saved = await page.evaluate(() => window.filesHarness.saved.bookmarks);
    assert.deepEqual(saved, ["/home/demo/logs"]);
  });

  test("what transfers keep is chosen by keyboard, for this page or remembered", async () => {
    const open = async (): Promise<void> => {
      await button("Upload").focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("End");
      await page.keyboard.press("Enter");
      await panel.getByRole("dialog", { name: "Transfer options" }).waitFor();
    };
    const focused = panel.locator("wa-dialog input:focus");
    await open();
    await focused.and(panel.getByRole("checkbox", { name: "Keep modified time" })).waitFor();
    assert.ok(await focused.isChecked(), "both are kept at first");
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await focused.and(panel.getByRole("checkbox", { name: "Remember for this device" })).waitFor();
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await panel.getByText("Transfers keep permissions, not modified time.").waitFor();
    await row("file10.txt").click();
    await button("Download").click();
    const keeps = () => page.evaluate(() => window.filesHarness.queue.keeps.at(-1));
    assert.deepEqual(await keeps(), { keepModified: false, keepMode: true });
    const saved = () => page.evaluate(() => window.filesHarness.saved);
    assert.equal((await saved()).keepModified, true, "it was for this page alone");

    await open();
    assert.equal(await focused.isChecked(), false);
    await panel.getByRole("checkbox", { name: "Keep permissions" }).uncheck();
    await page.keyboard.press("Escape");
    await panel.locator("wa-dialog").waitFor({ state: "detached" });
    await open();
    assert.ok(await panel.getByRole("checkbox", { name: "Keep permissions" }).isChecked());
    await page.keyboard.press("Enter");
    await panel.locator("wa-dialog").waitFor({ state: "detached" });
    assert.equal((await saved()).keepModified, false);
    await page.evaluate(() => {
      window.filesHarness.saved = { bookmarks: [], keepModified: true, keepMode: true };
    });
  });

  test("50,000 entries: only those in sight are drawn, and each can be reached", async () => {
    await page.evaluate(() => {
      const { files } = window.filesHarness;
      for (let i = 0; i < 50_000; i++) files.file(`/home/demo/logs/entry${String(i)}`);
    });
    await row("logs").locator(".open").click();
    await panel.locator('[role=grid][aria-rowcount="50003"]').waitFor();
    assert.ok((await panel.locator("[data-at]").count()) < 60);
    await grid().focus();
    await page.keyboard.press("End");
    await row("entry49999").waitFor();
    await page.keyboard.press("PageUp");
    await page.keyboard.type("entry777");
    await row("entry777").waitFor();
    assert.equal(await row("entry777").getAttribute("aria-selected"), "true");
  });

  test("it is accessible: list, menu and dialog, wide and narrow, light and dark", async () => {
    const check = async (what: string) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`);
      assert.deepEqual(found, [], what);
    };
    await row("file9.txt").click();
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 700 });
        await check(`list, ${colorScheme}, ${String(width)}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, "nothing sticks out");
      }
    }
    await grid().focus();
    await page.keyboard.press("Shift+F10");
    await check("menu");
    await page.keyboard.press("Escape");
    await grid().focus();
    await page.keyboard.type("file9");
    await page.keyboard.press("F2");
    await panel.getByLabel("Name", { exact: true }).waitFor();
    await check("dialog");
    await page.keyboard.press("Escape");
    await button("Upload").click();
    await panel.getByRole("menuitem", { name: "Transfer options …" }).click();
    await panel.getByRole("dialog", { name: "Transfer options" }).waitFor();
    for (const [width, colorScheme] of [
      [1280, "dark"],
      [360, "dark"],
      [360, "light"],
      [1280, "light"],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 700 });
      await check(`options, ${colorScheme}, ${String(width)}`);
      const folder = process.env["SCREENSHOTS"];
      if (folder !== undefined) {
        await page.screenshot({ path: `${folder}/options-${String(width)}-${colorScheme}.png` });
      }
    }
    await page.keyboard.press("Escape");
  });
});
