import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import type { Transfer } from "../src/files/transfers/types.ts";
import { launch, servePages } from "./browser.ts";
import type { PageServer } from "./browser.ts";
import type {} from "./pages/transfers.ts";

const core = { id: "1", name: "core.bin", path: "/tmp/core.bin", bytes: 43e5, total: 1e7 };
const some: Partial<Transfer>[] = [
  { ...core, rate: 3.1e6, leftMs: 2000 },
  {
    ...{ id: "2", direction: "upload", name: "app.conf", path: "/etc/app.conf", state: "asking" },
    ...{ bytes: 0, total: 2100 },
    ask: {
      ...{ kind: "conflict", name: "app.conf" },
      existing: { size: 2000, modifiedMs: 1.7e12 },
      offered: { size: 2100, modifiedMs: 1.71e12 },
    },
  },
  {
    id: "3",
    name: "old",
    path: "/old",
    state: "asking",
    total: 100,
    ask: { kind: "file", size: 100 },
  },
  { id: "4", name: "held", path: "/held", state: "paused", bytes: 10, total: 100 },
  {
    ...{
      id: "5",
      kind: "tree",
      name: "logs",
      path: "/var/log",
      state: "done",
      bytes: 5e6,
      total: 5e6,
    },
    ...{ files: 12, filesTotal: 12, note: "12 files, 1 left out." },
    faults: [
      { path: "logs/<b>secret</b>", code: "permission_denied", message: "You may not read it." },
    ],
  },
  {
    id: "6",
    name: "x\u202egnp.exe",
    path: "/x",
    state: "done",
    verified: true,
    bytes: 7,
    total: 7,
  },
  {
    id: "7",
    name: "big",
    path: "/big",
    state: "failed",
    note: "The device's disk is full.",
    total: 9,
  },
];

describe("<porthole-transfers>", () => {
  let browser: Browser;
  let server: PageServer;
  let page: Page;

  before(async () => {
    [browser, server] = await Promise.all([launch(), servePages("transfers")]);
    const context = await browser.newContext({ viewport: { width: 700, height: 800 } });
    page = await context.newPage();
    await page.goto(`${server.url}/transfers.html`);
    await page.waitForFunction(() => "transfersHarness" in window);
  });
  after(async () => {
    await browser.close();
    server.close();
  });

  async function show(list: Partial<Transfer>[], progress: number | null = 0.43): Promise<void> {
    await page.evaluate(([list, progress]) => window.transfersHarness.show(list, progress), [
      list,
      progress,
    ] as const);
  }

  async function asked(): Promise<string | undefined> {
    return await page.evaluate(() => window.transfersHarness.queue.asked.at(-1));
  }

  test("an empty queue shows nothing", async () => {
    await show([], null);
    assert.equal(await page.locator('[data-test="transfers"]').count(), 0);
  });

  test("it says what moves, how far, how fast and what is left", async () => {
    await show(some);
    const headline = await page.locator('[data-test="headline"]').textContent();
    assert.equal(headline, "4 transfers · 2 need you · 43 % · 3.1 MB/s · 2 s left");
    const row = page.locator('[data-test="transfer"]').first();
    assert.match((await row.textContent()) ?? "", /core\.bin/);
    assert.equal(
      await row.locator(".figures").textContent(),
      "4.3 MB of 10.0 MB · 3.1 MB/s · 2 s left",
    );
    const bar = page.getByRole("progressbar", { name: "core.bin" });
    assert.equal(await bar.getAttribute("aria-valuenow"), "43");
  });

  test("each action is a button with the transfer's name", async () => {
    await show(some);
    for (const [name, word] of [
      ["Pause core.bin", "pause 1"],
      ["Cancel core.bin", "cancel 1"],
      ["Resume held", "resume 4"],
      ["Retry logs", "retry 5"],
      ["Retry big", "retry 7"],
    ] as const) {
      await page.getByRole("button", { name, exact: true }).click();
      assert.equal(await asked(), word);
    }
    await page.locator('[data-test="clear"]').click();
    assert.equal(await asked(), "clear");
  });

  test("a conflict is answered inline, for one or for all; Enter in the box answers nothing", async () => {
    await show(some);
    await page.locator('[data-test="answer-skip"]').click();
    assert.equal(await asked(), "resolve 2 skip false");
    await page.locator('[data-test="for-all"]').check();
    await page.locator('[data-test="for-all"]').press("Enter");
    assert.equal(await asked(), "resolve 2 skip false");
    await page.locator('[data-test="answer-newer"]').click();
    assert.equal(await asked(), "resolve 2 newer true");
  });

  test("the second click of a double one answers nothing: another question may be there", async () => {
    await show(some);
    const answers = (): Promise<number> =>
      page.evaluate(() => window.transfersHarness.queue.asked.length);
    const before = await answers();
    await page.locator('[data-test="answer-overwrite"]').dblclick();
    assert.equal((await answers()) - before, 1);
  });

  test("the same file is asked for and handed on", async () => {
    await show(some);
    const same = { name: "old", mimeType: "text/plain", buffer: Buffer.from("x") };
    await page.locator('[data-test="same-file"]').setInputFiles(same);
    assert.equal(await asked(), "file 3 old");
  });

  test("names that pretend are shown escaped, and markup is text", async () => {
    await show(some);
    assert.equal(await page.getByText("x\\u{202e}gnp.exe").count(), 1);
    await page.getByText("1 was left out").click();
    assert.equal(await page.getByText("logs/<b>secret</b>").count(), 1);
  });

  test("ends are announced once, progress is not", async () => {
    await show([{ ...core }]);
    const said = page.locator('[role="status"]');
    const before = await said.textContent();
    await show([{ ...core, bytes: 5e6 }]);
    assert.equal(await said.textContent(), before);
    await show([{ ...core, bytes: 1e7, state: "done", note: "Verified by SHA-256." }]);
    assert.equal(await said.textContent(), "Download of core.bin: Done. Verified by SHA-256.");
  });

  test("nothing for axe to find, wide, narrow and dark; nothing is wider than the tray", async () => {
    await show(some);
    for (const [width, theme] of [
      [700, "light"],
      [360, "light"],
      [360, "dark"],
    ] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.evaluate((theme) => {
        document.documentElement.dataset["theme"] = theme;
      }, theme);
      const { violations } = await new AxeBuilder({ page }).include("#tray").analyze();
      assert.deepEqual(
        violations.map(({ id, nodes }) => `${id}: ${String(nodes[0]?.html)}`),
        [],
      );
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(over <= 0, `${String(over)} px too wide at ${String(width)}`);
      const folder = process.env["SCREENSHOTS"];
      if (folder !== undefined) {
        await page.screenshot({ path: `${folder}/tray-${String(width)}-${theme}.png` });
      }
    }
  });

  test("records of the browser keep what a reload needs, and forget", async () => {
    const kept = await page.evaluate(async () => {
      const { records } = window.transfersHarness;
      const what = {
        ...{ kind: "upload" as const, path: "/home/a", handle: null, options: {}, place: null },
        source: { name: "a", size: 1, modifiedMs: 2 },
      };
      const record = { id: "1", device: "d", owner: "o", at: Date.now(), rule: null, what };
      await records.put(record);
      await records.put({ ...record, id: "2", device: "other" });
      await records.put({ ...record, id: "3", at: 0 });
      const found = (await records.of("d")).map(({ id }) => id);
      const alive = await records.hold("mine");
      await records.delete("1");
      records.release("mine");
      const deadline = Date.now() + 10_000;
      let after = alive;
      while (after.has("mine") && Date.now() < deadline) after = await records.hold("next");
      return { found, alive: [...alive], after: [...after], left: (await records.of("d")).length };
    });
    assert.deepEqual(kept, { found: ["1"], alive: ["mine"], after: ["next"], left: 0 });
  });

  test("of two tabs one alone takes a record, and the other when that one is closed", async () => {
    const [one, two] = await Promise.all([page.context().newPage(), page.context().newPage()]);
    for (const tab of [one, two]) {
      await tab.goto(page.url());
      await tab.waitForFunction(() => "transfersHarness" in window);
    }
    const claim = (tab: Page) => tab.evaluate(() => window.transfersHarness.records.claim("x"));
    assert.equal(await claim(one), true);
    assert.equal(await claim(one), true, "it has it");
    assert.equal(await claim(two), false);
    await one.evaluate(() => {
      window.transfersHarness.records.unclaim("x");
    });
    const taken = async (tab: Page): Promise<void> => {
      const deadline = Date.now() + 10_000;
      while (!(await claim(tab))) assert.ok(Date.now() < deadline, "it is not given back");
    };
    await taken(two);
    assert.equal(await claim(one), false);
    await two.close();
    await taken(one);
    await one.close();
  });
});
