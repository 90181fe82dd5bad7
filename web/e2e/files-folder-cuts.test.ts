/** A folder there and back over a connection that breaks, and over a reload of the page. */

import { strict as assert } from "node:assert";
import { createHash, randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { endAll, type Ends } from "./support/ends.ts";
import { startCutWorld, type CutWorld } from "./support/file-cuts.ts";
import { choose, goTo, showFiles } from "./support/files-story.ts";
import { connect, connected, givePassword, prompt } from "./support/story.ts";

const MIB = 2 ** 20;
const LIMIT_MS = 90_000;
const SMALL_FILES = 120;
const BIG_BYTES = 24 * MIB;
const ALL_BYTES = BIG_BYTES + SMALL_FILES * 2048;
/** The one large file is cut in its middle. */
const CUT_AT = 12 * MIB;
/** Once over, and what a cut may lose: windows, and files that were on their way. */
const MOST_BYTES = 1.05 * ALL_BYTES + 4 * MIB;

let world: CutWorld;
const ends: Ends = [];
before(async () => {
  world = await startCutWorld(MIB, ends);
  const { app, folder } = world;
  plant(join(folder, "tree"));
  app.on("dialog", (dialog) => void dialog.accept().catch(() => undefined)); // leaving the page
  const stand = () => {
    // The folder dialog's stand-in: a folder of the browser's own storage.
    Object.assign(globalThis, {
      showDirectoryPicker: async () =>
        (await navigator.storage.getDirectory()).getDirectoryHandle(
          sessionStorage.getItem("folder") ?? "chosen",
          { create: true },
        ),
    });
  };
  await app.addInitScript(stand);
  await app.evaluate(stand);
  await goTo(app, folder); // it has the tree now
});
after(() => endAll(ends));

/** Small files in folders, and a large one that comes between them by name. */
function plant(root: string): void {
  for (let n = 0; n < SMALL_FILES; n++) {
    const dir = join(root, n < SMALL_FILES / 2 ? "a" : "z", `dir ${String(n % 7)}`);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, `file ${String(n)}`), randomBytes(2048));
  }
  writeFileSync(join(root, "m.bin"), randomBytes(BIG_BYTES));
}

function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

/** The row of the folder that is on its way. */
function row() {
  return world.app
    .locator("porthole-files [data-test=transfer]")
    .filter({ hasText: "tree" })
    .first();
}

async function state(wanted: string): Promise<void> {
  const there = row().and(world.app.locator(`[data-state="${wanted}"]`));
  await there.waitFor({ timeout: LIMIT_MS }).catch(async (cause: unknown) => {
    const shown = await row()
      .innerText({ timeout: 1000 })
      .catch(() => "there is no row");
    throw new Error(`it is not ${wanted}: ${shown}`, { cause });
  });
}

/** Begins, breaks the line on the way, and resolves when the transfer waits. */
async function cut(begin: () => Promise<void>): Promise<void> {
  const { line } = world;
  line.cutAfter(CUT_AT);
  await begin();
  await state("waiting");
}

async function reconnect(): Promise<void> {
  const { app, password } = world;
  await app.getByRole("button", { name: "Reconnect" }).click({ timeout: 60_000 });
  await givePassword(app, password);
  await connected(app);
}

/** The page is loaded again, and connects again; nothing of the page before is left. */
async function reload(): Promise<void> {
  const { app, user, password, folder } = world;
  await app.reload();
  await connect(app, { configuration: "line", user });
  await givePassword(app, password);
  await connected(app);
  await prompt(app);
  await showFiles(app);
  await goTo(app, folder);
}

async function clear(): Promise<void> {
  await world.app.locator("porthole-files [data-test=clear]").click();
}

/** Whether the folder of the browser's storage has the device's tree, to the byte. */
async function arrived(name: string): Promise<void> {
  const { app, folder } = world;
  const found = await app.evaluate(async (chosen) => {
    const sums: [path: string, sha256: string][] = [];
    const read = async (at: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const child of at.values()) {
        const below = path === "" ? child.name : `${path}/${child.name}`;
        if (child.kind === "directory") await read(child, below);
        else {
          const data = await (await child.getFile()).arrayBuffer();
          const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
          sums.push([below, Array.from(sum, (b) => b.toString(16).padStart(2, "0")).join("")]);
        }
      }
    };
    const root = await navigator.storage.getDirectory();
    await read(await root.getDirectoryHandle(chosen), "");
    return sums;
  }, name);
  const want = filesOf(join(folder, "tree")).map((path) => {
    const data = readFileSync(join(folder, "tree", path));
    return [`tree/${path}`, createHash("sha256").update(data).digest("hex")];
  });
  assert.deepEqual(found.sort(), want.sort());
}

function same(a: string, b: string): void {
  assert.deepEqual(filesOf(a), filesOf(b));
  for (const path of filesOf(a)) {
    assert.ok(readFileSync(join(a, path)).equals(readFileSync(join(b, path))), path);
  }
}

test("a folder that is fetched goes on after a cut, and little comes twice", async () => {
  const before = world.line.down;
  await cut(() => choose(world.app, "tree", "Download to …"));
  await reconnect();
  await state("done");
  const sent = world.line.down - before;
  console.log(`download: ${(sent / ALL_BYTES).toFixed(3)} × the folder was sent`);
  await arrived("chosen");
  assert.ok(sent <= MOST_BYTES, `${(sent / ALL_BYTES).toFixed(2)} × the folder was sent`);
  await clear();
});

test("a folder that is fetched goes on after a reload with one click", async () => {
  const before = world.line.down;
  await world.app.evaluate(() => {
    sessionStorage.setItem("folder", "again");
  });
  await cut(() => choose(world.app, "tree", "Download to …"));
  await reload();
  await row().locator("[data-test=go-on]").click();
  await state("done");
  const sent = world.line.down - before;
  await arrived("again");
  assert.ok(sent <= MOST_BYTES, `${(sent / ALL_BYTES).toFixed(2)} × the folder was sent`);
  await clear();
});

test("a folder that is put there goes on after a cut and a reload, when it is chosen again", async () => {
  const { app, folder, line } = world;
  const local = join(folder, "local");
  mkdirSync(local);
  cpSync(join(folder, "tree"), join(local, "tree"), { recursive: true, preserveTimestamps: true });
  const target = join(folder, "target");
  mkdirSync(target);
  await goTo(app, target);
  const before = line.up;
  const input = app.locator("porthole-files [data-test=folder-input]");
  await cut(() => input.setInputFiles(join(local, "tree")));
  await reconnect();
  await state("running");
  line.cutAfter(4 * MIB);
  await state("waiting");
  await reload();
  await row().locator("[data-test=same-files]").setInputFiles(join(local, "tree"));
  await state("done");
  const sent = line.up - before;
  console.log(`upload: ${(sent / ALL_BYTES).toFixed(3)} × the folder was sent`);
  same(join(local, "tree"), join(target, "tree"));
  assert.ok(
    sent <= MOST_BYTES + 20 * MIB,
    `${(sent / ALL_BYTES).toFixed(2)} × the folder was sent`,
  );
});
