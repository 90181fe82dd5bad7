/** Large files of folders from the device are compared by SHA-256 with what the device has. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { contents } from "./transfers-world.ts";
import { TreeWorld } from "./tree-world.ts";

const MB = 1_000_000;

/** A folder with a small file and two large ones. */
function plant(world: TreeWorld, small = true): void {
  world.device.dir("/home/d");
  if (small) world.device.file("/home/d/a", contents(10));
  world.device.file("/home/d/b", contents(MB, 2));
  world.device.file("/home/d/c", contents(5 * MB, 3));
}

await test("large files of a folder are verified by SHA-256, and the row says which", async () => {
  const world = new TreeWorld();
  plant(world);
  await world.tree("folder", "/home/d");
  const { note, verified } = await world.reaches("done");
  const said = "3 files; large files verified by SHA-256, small ones checked by size.";
  assert.deepEqual([note, verified], [said, false]);
  assert.equal(world.device.count("digest"), 2);
});

await test("a folder of large files alone is verified as a whole", async () => {
  const world = new TreeWorld();
  plant(world, false);
  await world.tree("folder", "/home/d");
  const { note, verified } = await world.reaches("done");
  assert.deepEqual([note, verified], ["2 files; verified by SHA-256.", true]);
});

await test("where the device cannot hash, or has the file no more, its size counts", async () => {
  const without = new TreeWorld();
  without.device.hashes = false;
  without.reconnect();
  const deleted = new TreeWorld();
  deleted.device.before = (name, path) => {
    if (name === "digest") deleted.device.nodes.delete(path);
  };
  for (const world of [without, deleted]) {
    plant(world);
    await world.tree("folder", "/home/d");
    const { note, faults } = await world.reaches("done");
    assert.deepEqual([note, faults], ["3 files; checked by size.", []]);
  }
});

await test("a file that changed unseen while it was read is a fault, and a retry fetches it as it is", async () => {
  const world = new TreeWorld();
  plant(world);
  let changes = 1;
  world.device.before = (name, path) => {
    // Its size and its time are what they were.
    if (name === "digest" && path === "/home/d/b" && changes-- > 0) {
      world.device.file(path, contents(MB, 9));
    }
  };
  await world.tree("folder", "/home/d");
  const first = await world.reaches("done");
  assert.deepEqual(
    first.faults.map(({ path, code }) => [path, code]),
    [["d/b", "changed"]],
  );
  assert.match(first.note, /^2 files, 1 left out/);
  const before = world.moved;
  world.queue.retry(first.id);
  await world.reaches("running");
  const { faults, files, bytes } = await world.reaches("done");
  assert.deepEqual([faults, files, bytes], [[], 3, 6 * MB + 10]);
  assert.equal(world.moved - before, MB, "nothing else is fetched again");
  const folder = world.folder.files();
  assert.equal(Object.keys(folder).length, 3);
});

await test("what came and was not compared before a cut is compared after it, not fetched again", async () => {
  const world = new TreeWorld();
  plant(world);
  let cuts = 1;
  world.device.before = (name) => {
    if (name === "digest" && cuts-- > 0) world.files.cut();
  };
  await world.tree("folder", "/home/d");
  await world.reaches("waiting");
  world.reconnect();
  const { verified, files, note } = await world.reaches("done");
  assert.deepEqual([verified, files], [false, 3]);
  assert.match(note, /large files verified/);
  assert.ok(world.moved < 6.7 * MB, `${String(world.moved)} bytes moved`);
});

await test("what was found wrong before a cut is fetched once more after it, and is no fault", async () => {
  const world = new TreeWorld();
  plant(world);
  let changes = 1;
  world.device.before = (name, path) => {
    if (name === "digest" && path === "/home/d/b" && changes-- > 0) {
      world.device.file(path, contents(MB, 9));
    }
  };
  world.device.cutAt = 5 * MB; // within c
  await world.tree("folder", "/home/d");
  await world.reaches("waiting");
  world.reconnect();
  const { faults, files, bytes } = await world.reaches("done");
  assert.deepEqual([faults, files, bytes], [[], 3, 6 * MB + 10]);
  const b = world.folder.files()["d/b"] ?? "";
  assert.equal(b, new TextDecoder().decode(contents(MB, 9)));
});
