/** Looking at, editing and following files of the demo device, which is this machine. */

import { strict as assert } from "node:assert";
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Locator, Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { endAll, type Ends } from "./support/ends.ts";
import { choose, closeView, fileRow, goTo, showFiles } from "./support/files-story.ts";
import { shellOnDemoDevice } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

let root: string;
let world: World;
let browser: Partitioned;
let app: Page;
let view: Locator;
const ends: Ends = [];

before(async () => {
  root = mkdtempSync(join(tmpdir(), "porthole-view-"));
  ends.push(() => {
    rmSync(root, { recursive: true, force: true });
    return Promise.resolve();
  });
  writeFileSync(join(root, "app.conf"), "port = 80\r\nhost = a\r\n");
  chmodSync(join(root, "app.conf"), 0o640);
  symlinkSync("app.conf", join(root, "link.conf"));
  writeFileSync(join(root, "app.log"), "started\n");
  writeFileSync(join(root, "old.log.gz"), gzipSync("an older line\n".repeat(1000)));
  const parts = ["in the first part\n", "in the second part\n"].map((text) => gzipSync(text));
  writeFileSync(join(root, "parts.log.gz"), Buffer.concat(parts));
  writeFileSync(join(root, "bomb.gz"), gzipSync(Buffer.alloc(64 * 1024 * 1024)));
  writeFileSync(join(root, "page.png"), "<html><script>window.harmed = 1</script></html>");
  writeFileSync(
    join(root, "x.svg"),
    "<svg xmlns='http://www.w3.org/2000/svg'><script>top.harmed=2</script></svg>",
  );
  world = await startWorld();
  ends.push(() => world.stop());
  browser = await launchPartitioned({ acceptDownloads: true });
  ends.push(() => browser.close());
  app = await browser.tab();
  app.setDefaultTimeout(20_000);
  await shellOnDemoDevice(app, world);
  await showFiles(app);
  await goTo(app, root);
  view = app.locator("porthole-file-view");
});
after(() => endAll(ends));

const device = (name: string): string => readFileSync(join(root, name), "utf8");
const text = (): Locator => view.locator("pre.text").first();

async function look(name: string): Promise<void> {
  await fileRow(app, name).click();
  await app.keyboard.press("Enter");
}

async function type(keys: string): Promise<void> {
  await view.locator(".cm-content").click();
  await app.keyboard.press("Control+End");
  await app.keyboard.type(keys);
}

test("a packed log is unpacked to look at, and a bomb no further than the bound", async () => {
  await look("old.log.gz");
  await view.getByText("Unpacked from gzip.").waitFor();
  await text()
    .filter({ hasText: /^an older line\n/ })
    .waitFor();
  await closeView(app);
  await look("parts.log.gz");
  await text()
    .filter({ hasText: /^in the first part\nin the second part\n/ })
    .waitFor();
  await closeView(app);
  await look("bomb.gz");
  await view.locator("porthole-hex .row").first().waitFor();
  await closeView(app);
});

test("attack: bytes of the device that are pages or scripts stay bytes", async () => {
  await look("page.png");
  await text().filter({ hasText: "<script>" }).waitFor();
  await closeView(app);
  await look("x.svg");
  await view.getByRole("button", { name: "Picture" }).click();
  await view.locator("porthole-picture img").waitFor();
  assert.equal(await app.evaluate(() => Reflect.get(window, "harmed") as unknown), undefined);
  await closeView(app);
});

test("a file is edited in place: line ends and mode stay", async () => {
  await choose(app, "app.conf", "Edit");
  await view.getByText("UTF-8 · CRLF").waitFor();
  await type("user = b\n");
  await app.keyboard.press("Control+s");
  await view.getByText("Saved", { exact: true }).waitFor();
  assert.equal(device("app.conf"), "port = 80\r\nhost = a\r\nuser = b\r\n");
  assert.equal(statSync(join(root, "app.conf")).mode & 0o777, 0o640);
});

test("what someone else wrote meanwhile is shown, not overwritten", async () => {
  await type("mine = 1\n");
  const theirs = "port = 8080\r\nhost = a\r\nuser = b\r\n";
  writeFileSync(join(root, "app.conf"), theirs);
  await app.keyboard.press("Control+s");
  await view.getByRole("button", { name: "Show the difference" }).click();
  assert.equal(device("app.conf"), theirs);
  await view.getByRole("button", { name: "Take the device's" }).first().click();
  await view.getByRole("button", { name: "Save", exact: true }).click();
  await view.getByText("Saved", { exact: true }).waitFor();
  assert.equal(device("app.conf"), `${theirs}mine = 1\r\n`);
  await closeView(app);
});

test("a link is edited where it leads to, and stays a link", async () => {
  await choose(app, "link.conf", "Edit");
  await view.getByText(`this edits ${root}/app.conf`).waitFor();
  await type("by = link\n");
  await app.keyboard.press("Control+s");
  await view.getByText("Saved", { exact: true }).waitFor();
  assert.equal(readlinkSync(join(root, "link.conf")), "app.conf");
  assert.match(device("app.conf"), /by = link\r\n$/);
  await closeView(app);
});

test("a log is followed through its rotation", async () => {
  const line = (what: string): Locator => view.locator("porthole-log .line", { hasText: what });
  await choose(app, "app.log", "Follow");
  await line("started").waitFor();
  appendFileSync(join(root, "app.log"), "ERROR it broke\n");
  await line("it broke").waitFor();
  assert.equal(await line("it broke").getAttribute("data-level"), "error");
  renameSync(join(root, "app.log"), join(root, "app.log.1"));
  writeFileSync(join(root, "app.log"), "after the rotation\n");
  await line("after the rotation").waitFor();
  await app.keyboard.press("Escape");
  await view.waitFor({ state: "detached" });
});

test("files of /proc, whose size is 0, are read", async () => {
  await goTo(app, "/proc/sys/kernel/random");
  await look("boot_id");
  await text()
    .filter({ hasText: /^[0-9a-f-]{36}\s*$/ })
    .waitFor();
  await closeView(app);
});
