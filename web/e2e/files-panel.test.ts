/** The files panel on the demo device: list, go, select, change, up and down, with its own disk. */

import { strict as assert } from "node:assert";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import type { Locator, Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { endAll, type Ends } from "./support/ends.ts";
import { until } from "./support/forwarding.ts";
import {
  connect,
  connected,
  givePassword,
  run,
  shellOnDemoDevice,
  shows,
} from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

/** A directory of the device, which is this machine. */
let root: string;
let world: World;
let browser: Partitioned;
let app: Page;
let panel: Locator;
const ends: Ends = [];

before(async () => {
  root = mkdtempSync(join(tmpdir(), "porthole-files-"));
  ends.push(() => {
    rmSync(root, { recursive: true, force: true });
    return Promise.resolve();
  });
  mkdirSync(join(root, "logs/old"), { recursive: true });
  mkdirSync(join(root, "many"));
  writeFileSync(join(root, "file10.txt"), "ten");
  writeFileSync(join(root, "file9.txt"), "nine nine");
  writeFileSync(join(root, ".hidden"), "");
  writeFileSync(join(root, "-rf"), "");
  writeFileSync(join(root, "new\nline \u202Egnp.exe"), "odd");
  writeFileSync(Buffer.concat([Buffer.from(`${root}/raw-`), Buffer.from([0xff, 0xfe])]), "raw");
  writeFileSync(join(root, "<img src=x onerror=alert(1)>"), "markup");
  symlinkSync("gone", join(root, "dangling"));
  symlinkSync("logs", join(root, "to-logs"));
  writeFileSync(join(root, "logs/app.log"), "started\n");
  for (let i = 0; i < 3; i++) writeFileSync(join(root, `logs/old/${i}.log`), "x".repeat(1000));
  world = await startWorld();
  ends.push(() => world.stop());
  browser = await launchPartitioned({ acceptDownloads: true });
  ends.push(() => browser.close());
  app = await browser.tab();
  await shellOnDemoDevice(app, world);
  panel = app.locator("porthole-files");
  app.setDefaultTimeout(8_000);
});
after(() => endAll(ends));

const names = () => panel.locator("[data-at] .open").allInnerTexts();
const row = (name: string) =>
  panel.locator("[data-at]").filter({ has: app.locator(`.name[title="${name}"]`) });
const grid = () => panel.locator("[role=grid]");

/** Types a path into the panel, from wherever it is. */
async function go(path: string): Promise<void> {
  await panel.getByRole("button", { name: "Type a path" }).click();
  await panel.getByRole("combobox", { name: "Path" }).fill(path);
  await app.keyboard.press("Enter");
  await panel.getByRole("grid", { name: `Files in ${path}` }).waitFor();
  await panel.locator('.listing[data-phase="done"]').waitFor();
}

async function menu(name: string, item: string): Promise<void> {
  await row(name).click({ button: "right" });
  await panel.getByRole("menuitem", { name: item }).click();
}

test("the panel opens in the directory where the shell says it is", async () => {
  await run(app, `cd ${root}; printf '\\033]7;file://host%s\\033\\\\' "$PWD"`);
  await app.getByRole("button", { name: "Files", exact: true }).click();
  await row("file9.txt").waitFor({ timeout: 20_000 });
  const shown = await names();
  assert.deepEqual(shown.slice(0, 3), ["logs", "many", "to-logs"], "folders first");
  assert.ok(shown.indexOf("file9.txt") < shown.indexOf("file10.txt"), shown.join());
  assert.ok(!shown.includes(".hidden"));
  await panel.locator("[data-test=backend]").filter({ hasText: /SFTP/ }).waitFor();
  await panel
    .locator("[data-test=space]")
    .filter({ hasText: /free of/ })
    .waitFor();
});

test("odd names are shown for what they are, and never as markup", async () => {
  const shown = await names();
  assert.ok(shown.includes("new\\nline \\u{202e}gnp.exe"), shown.join(" | "));
  assert.ok(shown.includes("raw-\\xff\\xfe"), shown.join(" | "));
  assert.ok(shown.includes("<img src=x onerror=alert(1)>"));
  assert.ok(shown.includes("-rf"));
  assert.match(await row("dangling").innerText(), /leads nowhere/);
});

test("hidden files are shown on demand", async () => {
  await panel.getByRole("button", { name: "Show hidden files" }).click();
  await row(".hidden").waitFor();
  await panel.getByRole("button", { name: "Show hidden files" }).click();
  await row(".hidden").waitFor({ state: "detached" });
});

test("keys go through folders as in a file manager", async () => {
  await grid().focus();
  await app.keyboard.type("log");
  await app.keyboard.press("Enter");
  await row("app.log").waitFor();
  await app.keyboard.press("Backspace");
  await row("logs").waitFor();
  assert.equal(
    await row("logs").getAttribute("aria-selected"),
    "true",
    "what was left is selected",
  );
  await app.keyboard.press("Alt+ArrowLeft");
  await row("app.log").waitFor();
  await app.keyboard.press("Alt+ArrowUp");
  await row("logs").waitFor();
  await app.keyboard.press("End");
  await app.keyboard.press("Shift+ArrowUp");
  assert.equal(await panel.locator('[aria-selected="true"]').count(), 2);
});

test("a typed path is completed, and one that is not there stays typed", async () => {
  await app.keyboard.press("Control+l");
  const field = panel.getByRole("combobox", { name: "Path" });
  await field.fill(`${root}/lo`);
  await panel.getByRole("option", { name: "logs/" }).waitFor();
  await app.keyboard.press("Tab");
  assert.equal(await field.inputValue(), `${root}/logs/`);
  await field.fill(`${root}/nowhere`);
  await app.keyboard.press("Enter");
  await panel.locator("[data-test=problem]").waitFor();
  await panel
    .locator("[data-test=problem]")
    .filter({ hasText: /nowhere could not be read/ })
    .waitFor();
  assert.equal(await field.inputValue(), `${root}/nowhere`);
  await field.fill(root);
  await app.keyboard.press("Enter");
  await row("logs").waitFor();
});

test("a new folder and a renamed file are on the device", async () => {
  await panel.getByRole("button", { name: "New …" }).click();
  await panel.getByRole("menuitem", { name: "New folder …" }).click();
  await panel.getByLabel("Name", { exact: true }).fill("made here");
  await app.keyboard.press("Enter");
  await row("made here").waitFor();
  assert.ok(statSync(join(root, "made here")).isDirectory());
  await row("file10.txt").click();
  await app.keyboard.press("F2");
  await panel.getByLabel("Name", { exact: true }).fill("file9.txt");
  await app.keyboard.press("Enter");
  await panel.getByText("is here already").waitFor();
  await panel.getByLabel("Name", { exact: true }).fill("file11.txt");
  await app.keyboard.press("Enter");
  await row("file11.txt").waitFor();
  assert.equal(readFileSync(join(root, "file11.txt"), "utf8"), "ten");
});

test("permissions are changed by boxes", async () => {
  await menu("file11.txt", "Permissions …");
  await panel.getByRole("checkbox", { name: "Owner: execute" }).check();
  await panel.getByRole("button", { name: "Change" }).click();
  await until("the mode is changed", () => (statSync(join(root, "file11.txt")).mode & 0o100) !== 0);
});

test("a file is downloaded to disk, byte for byte", async () => {
  await row("file9.txt").click();
  const arriving = app.waitForEvent("download", { timeout: 30_000 });
  await panel.locator("[data-test=download]").first().click();
  const download = await arriving;
  assert.equal(download.suggestedFilename(), "file9.txt");
  assert.equal(readFileSync(await download.path(), "utf8"), "nine nine");
});

test("files chosen with the field and files dropped are uploaded, and show", async () => {
  await panel.locator("[data-test=file-input]").setInputFiles([
    { name: "chosen.txt", mimeType: "text/plain", buffer: Buffer.from("chosen") },
    { name: "empty", mimeType: "text/plain", buffer: Buffer.alloc(0) },
  ]);
  await row("chosen.txt").waitFor({ timeout: 20_000 });
  await until("it is on the device", () => existsSync(join(root, "empty")));
  assert.equal(readFileSync(join(root, "chosen.txt"), "utf8"), "chosen");
  const data = await app.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["dropped"], "dropped.txt"));
    return transfer;
  });
  await row("logs").dispatchEvent("dragover", { dataTransfer: data });
  assert.equal(await row("logs").getAttribute("data-target"), "", "the folder is marked");
  await row("logs").dispatchEvent("drop", { dataTransfer: data });
  await until("it is in the folder", () => existsSync(join(root, "logs/dropped.txt")), 20_000);
  await until(
    "all of it",
    () => readFileSync(join(root, "logs/dropped.txt"), "utf8") === "dropped",
  );
});

test("deleting says how many, and takes them away", async () => {
  await row("logs").click();
  await app.keyboard.press("Delete");
  const count = panel.locator("[data-test=delete-count]");
  await until("it is counted", async () => (await count.innerText()).endsWith("."));
  assert.match(await count.innerText(), /5 files, 2 folders, 3\.0 kB\./);
  await panel.getByRole("button", { name: "Delete", exact: true }).click();
  await row("logs").waitFor({ state: "detached" });
  assert.ok(!existsSync(join(root, "logs")));
  assert.ok(existsSync(join(root, "many")));
});

test("“Open terminal here” goes there, also to a name with a quote", async () => {
  mkdirSync(join(root, "it's"));
  await panel.getByRole("button", { name: "Reload" }).click();
  await menu("it's", "Open terminal here");
  await shows(app, /it's[$#]$/);
  assert.ok((await run(app, "pwd")).endsWith(join(root, "it's")));
});

test("50,000 entries are a list that can be scrolled to the last", async () => {
  for (let i = 0; i < 50_000; i++) writeFileSync(join(root, `many/entry-${i}.dat`), "");
  await go(root);
  await panel.locator('.listing[data-phase="done"]').waitFor(); // no row is drawn anew after it
  const took = await row("many").evaluate(async (element) => {
    const start = performance.now();
    const shadow = element.getRootNode() as ShadowRoot;
    element.querySelector<HTMLElement>(".open")?.click();
    while (shadow.querySelector('[aria-rowcount="50001"]') === null) {
      if (performance.now() - start > 60_000) throw new Error("the list was never whole");
      await new Promise((done) => requestAnimationFrame(done));
    }
    return performance.now() - start;
  });
  console.log(`50,000 entries after ${took.toFixed(0)} ms`);
  assert.ok((await panel.locator("[data-at]").count()) < 100, "only what is in sight is drawn");
  await grid().focus();
  await app.keyboard.press("End");
  await row("entry-49999.dat").waitFor();
});

test("a filter leaves what contains it", async () => {
  await app.keyboard.press("/");
  await app.keyboard.type("4999");
  await until("only those are left", async () => (await names()).length === 15);
  await app.keyboard.press("Escape");
});

test("after the connection ended the panel goes on where it was", async () => {
  await app.getByRole("button", { name: "Disconnect" }).click();
  await app.locator('[data-phase="ended"]').waitFor();
  await connect(app).catch(() => undefined);
  await app
    .locator('[data-test="reconnect"]')
    .click({ timeout: 2_000 })
    .catch(() => undefined);
  await givePassword(app, world.password);
  await connected(app);
  await panel.getByRole("grid", { name: `Files in ${root}/many` }).waitFor();
  await panel.locator('.listing[data-phase="done"]').waitFor({ timeout: 20_000 });
});

test("it is accessible, light and dark, wide and narrow", async () => {
  await go(root);
  for (const colorScheme of ["light", "dark"] as const) {
    await app.emulateMedia({ colorScheme });
    for (const width of [1280, 360]) {
      await app.setViewportSize({ width, height: 760 });
      const { violations } = await new AxeBuilder({ page: app })
        .include({ fromShadowDom: ["porthole-device", "porthole-files"] })
        .analyze();
      assert.deepEqual(violations, [], `${colorScheme} ${width}`);
    }
  }
  assert.deepEqual(browser.faults, []);
});
