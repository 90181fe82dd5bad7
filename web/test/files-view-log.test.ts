/** The log view of `<porthole-file-view>` in Chromium. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { fileView } from "./file-view-world.ts";
import type {} from "./pages/file-view.ts";

describe("<porthole-file-view>, following", () => {
  const view = fileView();
  const { hold, open, events } = view;
  let page: Page;
  before(() => {
    page = view.page;
  });

  const follow = async (): Promise<void> => {
    await hold("/var/log/syslog", "");
    await open("/var/log/syslog", "follow");
    await page.waitForFunction(() => window.view.device.tails.length === 1);
    await page.getByText("Following", { exact: true }).waitFor();
  };
  const say = (text: string, stream: 0 | 1 = 0, tail = 0): Promise<void> =>
    page.evaluate(
      ([text, stream, tail]) => {
        window.view.device.tails[tail]?.say(text, stream);
      },
      [text, stream, tail] as const,
    );
  const numbered = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, i) => `line ${String(from + i)} end\n`).join("");
  const inSight = (what: string) => page.locator("porthole-log .line", { hasText: what });

  test("20,000 lines a second leave the page usable, at the end, with few elements", async () => {
    await follow();
    const longest = await page.evaluate(async () => {
      const tail = window.view.device.tails[0];
      const line = `Jan  1 00:00:00 gw daemon.info app: ${"x".repeat(60)}`;
      let [longest, last, sent] = [0, performance.now(), 0];
      const start = last;
      while (performance.now() - start < 3000) {
        const due = Math.floor(((performance.now() - start) / 1000) * 20_000);
        let chunk = "";
        for (; sent < due; sent++) chunk += `${line} ${String(sent)}\n`;
        if (chunk !== "") tail?.say(chunk);
        await new Promise((resolve) => setTimeout(resolve, 0));
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }
      tail?.say("the last line\n");
      return longest;
    });
    assert.ok(longest < 400, `${String(longest)} ms without hearing a key`);
    await inSight("the last line").waitFor();
    assert.ok(
      (await page.locator("porthole-log .line").count()) < 120,
      "only lines in sight are elements",
    );
    await page.getByText(/the newest are kept, at most 50000/).waitFor();
  });

  test("who scrolls up stays there, and jumps back to the end", async () => {
    await follow();
    await say(numbered(0, 500));
    await inSight("line 499 end").waitFor();
    await page.locator("porthole-log").hover();
    await page.mouse.wheel(0, -3000);
    await page.getByRole("button", { name: "Jump to the end" }).waitFor();
    const top = (): Promise<number> =>
      page.evaluate(() => window.view.all(".box")[0]?.scrollTop ?? -1);
    const before = await top();
    await say(numbered(500, 900));
    await page.getByText("900 lines").waitFor();
    assert.equal(await top(), before);
    await page.getByRole("button", { name: "Jump to the end" }).click();
    await inSight("line 899 end").waitFor();
    await say(numbered(900, 901));
    await inSight("line 900 end").waitFor();
  });

  test("paused, nothing moves and nothing is lost", async () => {
    await follow();
    await say("before\n");
    await inSight("before").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await say("held back\n");
    await page.getByText(/Paused: .* Nothing is lost/).waitFor();
    assert.equal(await inSight("held back").count(), 0);
    await page.getByRole("button", { name: "Go on" }).click();
    await inSight("held back").waitFor();
  });

  test("search marks and visits matches; a filter and a level hide the rest", async () => {
    await follow();
    await say(`${numbered(0, 300)}ERROR disk full\nWARN <b>disk</b> slow\n`);
    const search = page.getByLabel("Search in the lines");
    await search.fill("LINE 7 ");
    await search.press("Enter");
    await page.getByText("1 of 1 line", { exact: true }).waitFor();
    assert.equal(await page.locator("porthole-log .current mark").innerText(), "line 7 ");
    await search.press("Escape");
    assert.equal(await search.inputValue(), "");
    assert.deepEqual(await events(), [], "Escape emptied the field only");
    await page.getByLabel("Show only lines with these words").fill("disk");
    await page.getByText("2 of 302 lines").waitFor();
    await inSight("<b>disk</b>").waitFor();
    await page.getByLabel("Levels").selectOption("errors");
    await page.getByText("1 of 302 lines").waitFor();
    await inSight("ERROR disk full").waitFor();
  });

  test("a rotation is a note, and wrapping shows a long line whole", async () => {
    await follow();
    await say("tail: '/var/log/syslog' has been replaced; following new file\n", 1);
    await page.locator("porthole-log .line.note", { hasText: "has been replaced" }).waitFor();
    await say(`${"long ".repeat(400)}END\n`);
    await page.getByRole("button", { name: "Wrap" }).click();
    const wide = await page.evaluate(() => {
      const box = window.view.all(".box")[0];
      return (box?.scrollWidth ?? 0) - (box?.clientWidth ?? 0);
    });
    assert.ok(wide <= 1, `${String(wide)} px wider than the box`);
    await inSight("END").waitFor();
  });

  test("a connection that broke is told, and a new one goes on below", async () => {
    await follow();
    await say("before\n");
    await inSight("before").waitFor();
    await page.evaluate(() => {
      window.view.device.tails[0]?.end({
        exitStatus: null,
        exitSignal: "",
        error: { code: "lost", message: "The connection to the device broke." },
      });
    });
    await page.getByText("The connection to the device broke.").waitFor();
    await page.evaluate(() => {
      window.view.element().files = window.view.device.files();
    });
    await page.waitForFunction(() => window.view.device.tails.length === 2);
    await page.getByText("Following", { exact: true }).waitFor();
    await say("after\n", 0, 1);
    await inSight("after").waitFor();
    await inSight("followed again").waitFor();
    assert.equal(await inSight("before").count(), 1);
  });

  test("what is held can be saved as a file and cleared", async () => {
    await follow();
    await say("one\ntwo\n");
    await inSight("two").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save" }).click(),
    ]);
    assert.equal(download.suggestedFilename(), "syslog.followed.log");
    assert.equal(readFileSync(await download.path(), "utf8"), "one\ntwo\n");
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByText("0 lines").waitFor();
  });

  test("closing the view ends the session on the device", async () => {
    await follow();
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => window.view.device.tails[0]?.isClosed === true);
  });
});
