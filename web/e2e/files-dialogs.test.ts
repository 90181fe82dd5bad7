/**
 * The panel's questions and drops on real devices: OpenSSH with its sftp-server, and dropbear
 * whose files go by shell tools. What they refuse is said, with the name and the reason.
 */

import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Partitioned } from "./support/chromium-partitioned.ts";
import { endAll, type Ends } from "./support/ends.ts";
import { choose, fileRow, goTo } from "./support/files-story.ts";
import { until } from "./support/forwarding.ts";
import { startPanels, stored, twoDevices } from "./support/panels.ts";

const devices = twoDevices();
const isRoot = process.getuid?.() === 0;
let browser: Partitioned;
const ends: Ends = [];

before(async () => {
  browser = await startPanels(devices, ends, (root) => {
    mkdirSync(join(root, "folder/in"), { recursive: true });
    writeFileSync(join(root, "folder/in/deep"), "");
    writeFileSync(join(root, "note.txt"), "a note", { mode: 0o644 });
    symlinkSync("folder/in", join(root, "shortcut"));
    symlinkSync("gone", join(root, "dangling"));
  });
});
after(() => endAll(ends));

for (const device of devices) {
  const on = `${device.name}: `;
  const button = (name: string) => device.panel.getByRole("button", { name, exact: true });
  const field = (name: string) => device.panel.getByLabel(name, { exact: true });
  const problem = () => device.panel.locator("[data-test=action-problem]");
  const at = (...names: string[]) => join(device.root, ...names);

  /** Back to the directory of the tests, with nothing open. */
  const home = async () => {
    await device.app.bringToFront();
    for (let i = 0; (await device.panel.locator("wa-dialog").count()) > 0 && i < 3; i++) {
      await device.app.keyboard.press("Escape");
    }
    await goTo(device.app, device.root);
  };

  /** Waits for a sentence about what went wrong, and dismisses it. */
  const refused = async (sentence: RegExp) => {
    await problem().waitFor();
    assert.match(await problem().innerText(), sentence);
    await problem().getByRole("button", { name: "Dismiss" }).click();
  };

  /** Waits for something on the device; what the panel says went wrong ends the wait. */
  const comes = (claim: string, holds: () => boolean) =>
    until(claim, async () => {
      assert.deepEqual(await problem().allInnerTexts(), [], claim);
      return holds();
    });

  test(`${on}a link is made; a name that is there, or is none, is refused with the reason`, async () => {
    await home();
    const { app, panel } = device;
    await choose(app, "note.txt", "New link to this …");
    assert.equal(await field("Leads to").inputValue(), at("note.txt"));
    await field("Name").fill("shortcut");
    await button("Make the link").click();
    await panel.getByText("Something named “shortcut” is here already.").waitFor();
    await field("Name").fill("..");
    await panel.getByText("“..” names a directory already.").waitFor();
    await field("Name").fill("it's a -link");
    await field("Leads to").fill("");
    await panel.getByText("Type where the link leads to.").waitFor();
    await field("Leads to").fill("note.txt");
    await app.keyboard.press("Enter");
    await fileRow(app, "it's a -link").waitFor();
    assert.equal(readlinkSync(at("it's a -link")), "note.txt");
  });

  test(`${on}a link whose name was taken meanwhile replaces nothing`, async () => {
    await home();
    await device.panel.getByRole("button", { name: "New …" }).click();
    await device.panel.getByRole("menuitem", { name: "New link …" }).click();
    await field("Name").fill("meanwhile");
    await field("Leads to").fill("/etc/passwd");
    writeFileSync(at("meanwhile"), "precious");
    await device.app.keyboard.press("Enter");
    await refused(/The link meanwhile could not be made\. .*already/);
    assert.equal(readFileSync(at("meanwhile"), "utf8"), "precious");
  });

  test(`${on}permissions are changed by octal, and in folders to their ends`, async () => {
    await home();
    const { app, panel } = device;
    await choose(app, "note.txt", "Permissions …");
    await field("Octal").fill("689");
    await button("Change").click();
    await panel.getByText("Type three or four octal digits").waitFor();
    await button("Cancel").click();
    await panel.locator("wa-dialog").waitFor({ state: "detached" });
    await choose(app, "note.txt", "Permissions …");
    await field("Octal").fill("4750");
    assert.ok(await panel.getByRole("checkbox", { name: "Group: execute" }).isChecked());
    assert.ok(!(await panel.getByRole("checkbox", { name: "Others: read" }).isChecked()));
    await button("Change").click();
    await panel.locator("wa-dialog").waitFor({ state: "detached" });
    await comes("the mode is changed", () => (statSync(at("note.txt")).mode & 0o7777) === 0o4750);
    await choose(app, "folder", "Permissions …");
    await field("Octal").fill("700");
    await panel.getByRole("checkbox", { name: "Also all that is inside" }).check();
    await button("Change").click();
    const inside = ["folder", "folder/in", "folder/in/deep"];
    const changed = (path: string) => (statSync(at(path)).mode & 0o777) === 0o700;
    await comes("all modes are changed", () => inside.every(changed));
  });

  test(`${on}an owner is a number; what nobody typed stays as it is`, async () => {
    await home();
    const { app, panel } = device;
    const { uid, gid } = statSync(at("folder"));
    await choose(app, "folder", "Owner …");
    assert.equal(await field("Owner (number)").inputValue(), String(uid));
    await field("Owner (number)").fill("nobody");
    await button("Change").click();
    await panel.getByText("Type numbers: the user's and the group's id").waitFor();
    await field("Owner (number)").fill("99999999999");
    await panel.getByText("Type numbers: the user's and the group's id").waitFor();
    await field("Owner (number)").fill("");
    await field("Group (number)").fill("");
    await panel.getByText("Type at least one number").waitFor();
    await field("Group (number)").fill(String(isRoot ? 4321 : gid));
    await panel.getByRole("checkbox", { name: "Also all that is inside" }).check();
    await button("Change").click();
    await panel.locator("wa-dialog").waitFor({ state: "detached" });
    const wanted = { uid, gid: isRoot ? 4321 : gid };
    await comes("the group is changed", () => statSync(at("folder/in/deep")).gid === wanted.gid);
    assert.equal(statSync(at("folder/in/deep")).uid, uid, "an empty field stays");
    assert.equal(await problem().count(), 0);
  });

  test(`${on}what the device does not permit is said with its name`, async () => {
    await home();
    const { app } = device;
    await goTo(app, "/proc/sys/kernel");
    await device.panel.getByRole("grid").focus();
    await app.keyboard.type("ostype");
    await choose(app, "ostype", "Permissions …");
    await field("Octal").fill("600");
    await button("Change").click();
    await refused(/Permissions could not be changed\. .*ostype/);
    await choose(app, "ostype", "Owner …");
    await field("Owner (number)").fill("1");
    await button("Change").click();
    await refused(/The owner could not be changed\. .*ostype/);
    await goTo(app, "/sys");
    await device.panel.getByRole("button", { name: "New …" }).click();
    await device.panel.getByRole("menuitem", { name: "New link …" }).click();
    await field("Name").fill("nothing");
    await field("Leads to").fill("a");
    await app.keyboard.press("Enter");
    await refused(/The link nothing could not be made\. .*nothing/);
  });

  test(`${on}properties tell where a link leads, and the hash when it is asked for`, async () => {
    await home();
    const { app, panel } = device;
    const facts = panel.locator("wa-dialog dl.facts");
    await choose(app, "shortcut", /^Properties/);
    await facts.getByText("Link to a folder").waitFor();
    await facts.getByText(at("folder/in")).waitFor();
    await button("Close").click();
    await choose(app, "dangling", /^Properties/);
    await facts.getByText("gone (nothing is there)").waitFor();
    await button("Close").click();
    await fileRow(app, "note.txt").click();
    await app.keyboard.press("Alt+Enter");
    await facts.getByText("6 B (6 bytes)").waitFor();
    await facts.getByText("-rwsr-x--- (4750)").waitFor();
    await facts.getByRole("button", { name: "Make it on the device" }).click();
    await facts.getByText(createHash("sha256").update("a note").digest("hex")).waitFor();
    await app.keyboard.press("Escape");
    await facts.waitFor({ state: "detached" });
  });

  test(`${on}“Download to …” writes where the person chose, and nothing when they chose nothing`, async () => {
    await home();
    const { app, panel } = device;
    const cancel = (yes: boolean) =>
      app.evaluate((value) => {
        (globalThis as unknown as { chosen: { cancel: boolean } }).chosen.cancel = value;
      }, yes);
    const transfers = panel.locator("[data-test=transfer]");
    const before = await transfers.count();
    await cancel(true);
    await choose(app, "note.txt", "Download to …");
    await cancel(false);
    await choose(app, "note.txt", "Download to …");
    await until("it is written", async () => (await stored(app, "note.txt")) === "a note", 20_000);
    assert.equal(await transfers.count(), before + 1, "a closed picker downloads nothing");
    writeFileSync(at("folder/in/deep"), "deep inside");
    await choose(app, "folder", "Download to …");
    const deep = "chosen/folder/in/deep";
    await until(
      "so is the folder",
      async () => (await stored(app, deep)) === "deep inside",
      20_000,
    );
    assert.equal(await problem().count(), 0);
  });

  test(`${on}a dropped folder arrives with all that is in it, odd names too`, async () => {
    await home();
    const { app, panel } = device;
    const local = mkdtempSync(join(tmpdir(), "porthole-drop-"));
    ends.push(() => {
      rmSync(local, { recursive: true, force: true });
      return Promise.resolve();
    });
    mkdirSync(join(local, "tree/a/b"), { recursive: true });
    mkdirSync(join(local, "tree/empty"));
    // A browser reads 100 entries of a folder at once.
    for (let i = 0; i < 130; i++) writeFileSync(join(local, `tree/a/${i}.dat`), String(i));
    writeFileSync(join(local, "tree/a/b/-rf it's\n"), "odd");
    writeFileSync(join(local, `tree/${"n".repeat(255)}`), "long");
    writeFileSync(join(local, "single.bin"), Buffer.alloc(300_000, 7));
    const target = await panel.getByRole("grid").boundingBox();
    assert.ok(target !== null);
    const data = {
      ...{ items: [], dragOperationsMask: 1 },
      files: [join(local, "tree"), join(local, "single.bin")],
    };
    const devtools = await app.context().newCDPSession(app);
    const [x, y] = [target.x + 60, target.y + target.height - 20];
    for (const type of ["dragEnter", "dragOver", "drop"] as const) {
      await devtools.send("Input.dispatchDragEvent", { type, x, y, data });
    }
    await devtools.detach();
    const done = panel.locator('[data-test=transfer][data-state="done"]');
    await until(
      "the folder is done",
      async () => {
        return (await done.filter({ hasText: "tree" }).count()) > 0;
      },
      120_000,
    );
    await fileRow(app, "tree").waitFor();
    await until("the single one, too", () => existsSync(at("single.bin")), 20_000);
    assert.deepEqual(tree(at("tree")), tree(join(local, "tree")));
    assert.ok(statSync(at("tree/empty")).isDirectory());
    assert.deepEqual(readFileSync(at("single.bin")), readFileSync(join(local, "single.bin")));
  });

  test(`${on}a row dragged onto a folder and onto a step of the path is moved there`, async () => {
    await home();
    const { app, panel } = device;
    await fileRow(app, "meanwhile").dragTo(fileRow(app, "folder"));
    await fileRow(app, "meanwhile").waitFor({ state: "detached" });
    assert.equal(readFileSync(at("folder/meanwhile"), "utf8"), "precious");
    await fileRow(app, "folder").locator(".open").click();
    await fileRow(app, "meanwhile").waitFor();
    const step = panel.locator(`porthole-path-bar [data-path="${device.root}"]`);
    await fileRow(app, "meanwhile").dragTo(step);
    await comes("it is above", () => existsSync(at("meanwhile")));
    assert.ok(!existsSync(at("folder/meanwhile")));
    assert.ok(lstatSync(at("dangling")).isSymbolicLink());
  });
}

/** Files of a folder with what they hold, by relative path. */
function tree(folder: string, under = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${under}${entry.name}`;
    const full = join(folder, entry.name);
    if (entry.isDirectory()) Object.assign(found, tree(full, `${path}/`));
    else found[path] = readFileSync(full, "utf8");
  }
  return found;
}

test("nothing threw, and nothing broke the page's policy", () => {
  assert.deepEqual(browser.faults, []);
});
