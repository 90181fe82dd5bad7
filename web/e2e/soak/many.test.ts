/** `make soak`: a folder of 100,000 tiny files there and back in the app. */

import { strict as assert } from "node:assert";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { endAll, type Ends } from "../support/ends.ts";
import { startCutWorld, type CutWorld } from "../support/file-cuts.ts";
import { choose, goTo } from "../support/files-story.ts";

const DIRECTORIES = 100;
const FILES = 1000;
const LIMIT_MS = 1_500_000;

let world: CutWorld;
const ends: Ends = [];
before(async () => {
  world = await startCutWorld(1, ends);
  const { app, folder } = world;
  plant(join(folder, "tiny"));
  await app.evaluate(() => {
    // The folder dialog's stand-in: a folder of the browser's own storage.
    Object.assign(globalThis, {
      showDirectoryPicker: async () =>
        (await navigator.storage.getDirectory()).getDirectoryHandle("chosen", { create: true }),
    });
  });
  await goTo(app, folder); // it has the folder now
});
after(() => endAll(ends));

/** Each file holds its own place in the folder. */
function plant(root: string): void {
  for (let d = 0; d < DIRECTORIES; d++) {
    mkdirSync(join(root, `d${String(d)}`), { recursive: true });
    for (let f = 0; f < FILES; f++) {
      const path = `d${String(d)}/f${String(f)}`;
      writeFileSync(join(root, path), path);
    }
  }
}

async function done(): Promise<void> {
  const row = world.app.locator("porthole-files [data-test=transfer]").first();
  const end = row.and(world.app.locator("[data-state=done], [data-state=failed]"));
  await end.waitFor({ timeout: LIMIT_MS });
  assert.equal(await row.getAttribute("data-state"), "done", await row.innerText());
}

/** The files of the browser's storage that do not hold their place, and how many there are. */
function arrived(): Promise<{ count: number; wrong: string[] }> {
  return world.app.evaluate(async () => {
    const found = { count: 0, wrong: [] as string[] };
    const root = await navigator.storage.getDirectory();
    const chosen = await root.getDirectoryHandle("chosen");
    for await (const directory of (await chosen.getDirectoryHandle("tiny")).values()) {
      if (directory.kind !== "directory") continue;
      for await (const file of directory.values()) {
        if (file.kind !== "file") continue;
        const path = `${directory.name}/${file.name}`;
        found.count++;
        if ((await (await file.getFile()).text()) !== path) found.wrong.push(path);
      }
    }
    return found;
  });
}

test("100,000 tiny files are fetched, each with its own content", async () => {
  await choose(world.app, "tiny", "Download to …");
  await done();
  assert.deepEqual(await arrived(), { count: DIRECTORIES * FILES, wrong: [] });
  await world.app.locator("porthole-files [data-test=clear]").click();
});

test("100,000 tiny files are put there, each with its own content", async () => {
  const { app, folder } = world;
  const target = join(folder, "target");
  mkdirSync(target);
  await goTo(app, target);
  const input = app.locator("porthole-files [data-test=folder-input]");
  await input.setInputFiles(join(folder, "tiny"), { timeout: LIMIT_MS });
  await done();
  let count = 0;
  for (const directory of readdirSync(join(target, "tiny")))
    for (const name of readdirSync(join(target, "tiny", directory))) {
      const path = `${directory}/${name}`;
      assert.equal(readFileSync(join(target, "tiny", path), "utf8"), path);
      count++;
    }
  assert.equal(count, DIRECTORIES * FILES);
});
