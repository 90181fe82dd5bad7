/**
 * What a person decides of transfers, on OpenSSH and on dropbear without SFTP: what is kept of
 * a file, what becomes of names that are taken, what a cancel leaves.
 */

import { strict as assert } from "node:assert";
import { mkdirSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import type { Partitioned } from "./support/chromium-partitioned.ts";
import { endAll, type Ends } from "./support/ends.ts";
import { choose, fileRow, goTo } from "./support/files-story.ts";
import { until } from "./support/forwarding.ts";
import { startPanels, stored, twoDevices } from "./support/panels.ts";

const OLD = new Date("2001-02-03T04:05:06Z");
const BIG_BYTES = 40 * 2 ** 20;
const LIMIT_MS = 60_000;
const TURNS = 16;
const devices = twoDevices();
let browser: Partitioned;
const ends: Ends = [];

before(async () => {
  browser = await startPanels(devices, ends, (root) => {
    for (const name of ["small.conf", "large.bin"]) {
      writeFileSync(join(root, name), "before", { mode: 0o600 });
    }
    mkdirSync(join(root, "conf/sub"), { recursive: true });
    for (const name of ["a", "b", "c", "sub/d", "sub/e"]) {
      writeFileSync(join(root, "conf", name), `device's ${name}`);
    }
    writeFileSync(join(root, "big.img"), Buffer.alloc(BIG_BYTES, 7));
  });
});
after(() => endAll(ends));

/** Files of the browser's own storage, where the picker's stand-in gives its folder: these alone. */
async function putLocal(app: Page, files: Readonly<Record<string, string>>): Promise<void> {
  await app.evaluate(async (all) => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry("chosen", { recursive: true }).catch(() => undefined);
    for (const [path, text] of Object.entries(all)) {
      const names = path.split("/");
      const last = names.pop() ?? "";
      let folder = root;
      for (const name of names) folder = await folder.getDirectoryHandle(name, { create: true });
      const file = await (await folder.getFileHandle(last, { create: true })).createWritable();
      await file.write(text);
      await file.close();
    }
  }, files);
}

for (const device of devices) {
  const on = `${device.name}: `;
  const at = (...names: string[]) => join(device.root, ...names);
  const transfer = (text: string | RegExp, state: string): Locator =>
    device.panel.locator(`[data-test=transfer][data-state="${state}"]`).filter({ hasText: text });

  /** In front, where browsers slow nothing down; without rows of the tests before. */
  const clear = async (): Promise<void> => {
    await device.app.bringToFront();
    const button = device.panel.locator("[data-test=clear]");
    if ((await button.count()) > 0) await button.click();
  };

  /** Sets the options by menu, dialog and keyboard. */
  const options = async (wanted: Readonly<Record<string, boolean>>): Promise<void> => {
    const { app, panel } = device;
    await panel.locator("[data-test=upload]").click();
    await panel.getByRole("menuitem", { name: "Transfer options …" }).click();
    for (const [name, on] of Object.entries(wanted)) {
      await panel.getByRole("checkbox", { name, exact: true }).setChecked(on);
    }
    await app.keyboard.press("Enter");
    await panel.locator("wa-dialog").waitFor({ state: "detached" });
  };

  /** Uploads over what is there, and replaces it. */
  const replace = async (name: string, bytes: number): Promise<void> => {
    const { panel } = device;
    await clear();
    await panel
      .locator("[data-test=file-input]")
      .setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.alloc(bytes, 65) });
    await panel.locator("[data-test=answer-overwrite]").click();
    await transfer(name, "done").waitFor({ timeout: LIMIT_MS });
    assert.equal(statSync(at(name)).size, bytes);
  };

  test(`${on}an upload keeps what it replaces private and its own time, each unless told`, async () => {
    await clear();
    const sizes = { "small.conf": 1000, "large.bin": 600_000 };
    for (const [name, bytes] of Object.entries(sizes)) {
      await replace(name, bytes);
      assert.equal(statSync(at(name)).mode & 0o777, 0o600, name);
    }
    await options({ "Keep permissions": false, "Keep modified time": false });
    for (const [name, bytes] of Object.entries(sizes)) {
      utimesSync(at(name), OLD, OLD);
      await replace(name, bytes + 1);
      assert.notEqual(statSync(at(name)).mode & 0o777, 0o600, name);
      assert.ok(statSync(at(name)).mtimeMs > Date.now() - LIMIT_MS, name);
    }
    await options({ "Keep permissions": true, "Keep modified time": true });
  });

  test(`${on}each name that is taken in a chosen folder has an answer of its own`, async () => {
    const { app, panel } = device;
    await clear();
    const taken = ["a", "b", "sub/d"];
    await putLocal(
      app,
      Object.fromEntries(taken.map((name) => [`chosen/conf/${name}`, `my ${name}`])),
    );
    await choose(app, "conf", "Download to …");
    const question = panel.locator(".conflict");
    const answers = new Map([
      ["conf/a", "skip"],
      ["conf/b", "overwrite"],
      ["conf/sub/d", "rename"],
    ]);
    // In the order in which the device lists them.
    while (answers.size > 0) {
      let name = "";
      await until(
        "the next question",
        async () => {
          name = await question
            .locator("bdi")
            .innerText({ timeout: 1000 })
            .catch(() => "");
          return answers.has(name);
        },
        LIMIT_MS,
      );
      await question.locator(`[data-test=answer-${answers.get(name) ?? ""}]`).click();
      answers.delete(name);
    }
    await transfer("conf", "done").waitFor({ timeout: LIMIT_MS });
    const wanted = {
      ...{ a: "my a", b: "device's b", c: "device's c", "sub/d": "my sub/d" },
      ...{ "sub/d (2)": "device's sub/d", "sub/e": "device's sub/e" },
    };
    for (const [name, text] of Object.entries(wanted)) {
      assert.equal(await stored(app, `chosen/conf/${name}`), text, name);
    }
  });

  test(`${on}a cancelled download leaves no half where the person chose`, async () => {
    const { app, panel } = device;
    await clear();
    await choose(app, "big.img", "Download to …");
    const row = transfer("big.img", "running");
    await row.waitFor({ timeout: LIMIT_MS });
    await until("bytes arrive", async () => /[1-9].* of /.test(await row.innerText()), LIMIT_MS);
    await row.getByRole("button", { name: "Cancel big.img" }).click();
    await transfer("big.img", "cancelled").waitFor();
    await until("it is gone", async () => (await stored(app, "big.img")) === null, LIMIT_MS);
    await panel.getByRole("button", { name: "Retry big.img" }).click();
    await transfer("big.img", "done").waitFor({ timeout: LIMIT_MS });
    const size = await app.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      return (await (await root.getFileHandle("big.img")).getFile()).size;
    });
    assert.equal(size, BIG_BYTES);
  });

  test(`${on}the permissions dialog opens and answers while lists are read anew`, async () => {
    const { app, panel } = device;
    await clear();
    await goTo(app, at("conf"));
    const dialog = panel.locator("wa-dialog");
    const item = panel.getByRole("menuitem", { name: "Permissions …" });
    const byMouse = async (): Promise<void> => {
      await fileRow(app, "a").click({ button: "right" });
      await item.dblclick();
    };
    const byKeys = async (): Promise<void> => {
      await panel.getByRole("grid").focus();
      await app.keyboard.type("a");
      await app.keyboard.press("Shift+F10");
      await item.press("Enter");
    };
    for (let turn = 0; turn < TURNS; turn++) {
      const mode = turn % 2 === 0 ? 0o640 : 0o604;
      // A list that is read, and one more file in it, while the menu and the dialog open.
      await panel.getByRole("grid").focus();
      await app.keyboard.press("F5");
      writeFileSync(at("conf", `more ${String(turn)}`), "");
      await (turn % 4 < 2 ? byMouse() : byKeys());
      // What is typed goes into the dialog's field, wherever the focus was.
      await dialog.locator("input#mode-octal:focus").waitFor();
      await app.keyboard.press("Control+a");
      await app.keyboard.type(mode.toString(8));
      await app.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });
      await until("it has them", () => (statSync(at("conf/a")).mode & 0o777) === mode, LIMIT_MS);
    }
    assert.equal(await panel.locator("[data-test=action-problem]").count(), 0);
    assert.equal(readFileSync(at("conf/a"), "utf8"), "device's a");
    assert.equal(readdirSync(at("conf")).length, 4 + TURNS);
    await goTo(app, device.root);
  });
}

test("nothing threw, and nothing broke the page's policy", () => {
  assert.deepEqual(browser.faults, []);
});
