/** Names that are taken in folders, either way: each file is asked about, or all at once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LocalItem } from "../src/files/transfers/types.ts";
import type { FakeFolder } from "./fake-disk.ts";
import { contents, FakeRecords, localFile, until, World } from "./transfers-world.ts";
import { TreeWorld } from "./tree-world.ts";

const KB = 1000;
const MB = 1_000_000;

/** What is asked now. */
function asked(world: World): string {
  const { ask } = world.first;
  return ask?.kind === "conflict" ? ask.name : "";
}

/** Answers the question about a path, once it is asked. */
async function answer(
  world: World,
  path: string,
  rule: "overwrite" | "skip" | "rename" | "newer",
  all = false,
): Promise<void> {
  await until(`it asks about ${path}`, () => asked(world) === path);
  world.queue.resolve(world.first.id, rule, all);
}

/** 40 files of the person, of which those below 20 have names that are taken on the device. */
function halfTaken(world: World): LocalItem[] {
  world.device.dir("/home/d");
  return Array.from({ length: 40 }, (_, i) => {
    const name = String(i).padStart(2, "0");
    if (i < 20) world.device.file(`/home/d/${name}`, contents(5), { modifiedMs: 1e12 });
    return { path: `d/${name}`, file: localFile(name, contents(100, i + 1), 1.1e12) };
  });
}

await test("an upload that asks about a file goes on with all others meanwhile", async () => {
  const world = new World();
  const items = halfTaken(world);
  world.queue.upload(items, "/home");
  await until("the others are there", () => world.first.files === 20);
  assert.equal(world.first.state, "asking");
  const first = asked(world);
  assert.match(first, /^d\/[01]\d$/);
  // Answers one by one, each for its own file.
  const rules = ["skip", "overwrite", "rename", "newer"] as const;
  const taken: string[] = [];
  for (const rule of rules) {
    await until(
      "the next question",
      () => asked(world) !== (taken.at(-1) ?? "") && asked(world) !== "",
    );
    taken.push(asked(world));
    world.queue.resolve(world.first.id, rule, false);
  }
  await until("one more", () => asked(world) !== taken.at(-1) && asked(world) !== "");
  world.queue.resolve(world.first.id, "skip", true);
  const transfer = await world.reaches("done");
  const size = (path: string): number | undefined => world.device.data(`/home/${path}`)?.length;
  assert.deepEqual(
    taken.map((path) => size(path)),
    [5, 100, 5, 100],
  );
  assert.equal(size(`${taken[2] ?? ""} (2)`), 100);
  assert.equal(world.device.names().length, 1 + 40 + 1);
  assert.match(transfer.note, /23 files uploaded, 17 skipped/);
});

await test("an upload that was cut while it asked asks again, and loses no file", async () => {
  const world = new World();
  const items = halfTaken(world);
  world.queue.upload(items, "/home");
  await until("the others are there", () => world.first.files === 20);
  world.files.cut();
  await until("it waits", () => world.first.state === "waiting");
  assert.equal(world.first.ask, null);
  world.reconnect();
  await until("it asks", () => asked(world) !== "");
  world.queue.resolve(world.first.id, "overwrite", true);
  await world.reaches("done");
  for (const { path, file } of items) {
    assert.equal(world.device.data(`/home/${path}`)?.length, file?.size, path);
  }
});

await test("a device that is full while a question is open ends an upload, and nothing is asked on", async () => {
  const world = new World();
  const items = halfTaken(world);
  world.device.space = 500;
  world.queue.upload(items, "/home");
  await world.reaches("failed");
  assert.equal(world.first.ask, null);
  world.device.space = Infinity;
  world.queue.retry(world.first.id);
  await until("it asks", () => asked(world) !== "");
  world.queue.resolve(world.first.id, "skip", true);
  await world.reaches("done");
});

/** A tree of ten files; the person has the first four, older than those. */
async function mine(world: TreeWorld): Promise<FakeFolder> {
  world.device.dir("/home/d");
  const folder = (await world.folder.getDirectoryHandle("d", { create: true })) as FakeFolder;
  for (let n = 0; n < 10; n++) {
    world.device.file(`/home/d/${String(n)}`, contents(100 * KB, n + 1));
    if (n < 4) folder.put(String(n), "mine", 9e11);
  }
  return folder;
}

function text(folder: FakeFolder, name: string): string {
  const data = folder.files()[name];
  if (data === undefined) return "none";
  return data === "mine" ? "mine" : String(data.length > 1000);
}

await test("a download that asks about a file goes on with all others meanwhile, and fetches none in vain", async () => {
  const world = new TreeWorld();
  const folder = await mine(world);
  await world.tree("folder", "/home/d");
  await until("the others are there", () => world.first.files === 6);
  assert.equal(world.first.state, "asking");
  const { ask } = world.first;
  assert.ok(ask?.kind === "conflict");
  assert.deepEqual(
    [ask.name, ask.existing, ask.offered],
    ["d/0", { size: 4, modifiedMs: 9e11 }, { size: 100 * KB, modifiedMs: 1e12 }],
  );
  await answer(world, "d/0", "skip");
  await answer(world, "d/1", "overwrite");
  await answer(world, "d/2", "rename");
  await answer(world, "d/3", "newer");
  const transfer = await world.reaches("done");
  assert.deepEqual(
    ["0", "1", "2", "2 (2)", "3"].map((name) => text(folder, name)),
    ["mine", "true", "mine", "true", "true"],
  );
  assert.equal(folder.children.size, 11);
  assert.match(transfer.note, /^9 files, 1 skipped/);
  assert.equal(world.device.moved, 900 * KB, "each file that is wanted came once");
});

await test("an answer for all in a download holds for what is left of it", async () => {
  for (const rule of ["skip", "overwrite", "newer"] as const) {
    const world = new TreeWorld();
    const folder = await mine(world);
    folder.put("3", "", 9e11);
    await world.tree("folder", "/home/d");
    await answer(world, "d/0", "skip");
    await answer(world, "d/1", rule, true);
    await world.reaches("done");
    const kept = rule === "skip";
    assert.equal(text(folder, "0"), "mine", rule);
    assert.equal(text(folder, "1") === "mine", kept, rule);
    // What is empty is the person's too.
    assert.equal(folder.files()["3"] === "", kept, rule);
    assert.equal(folder.children.size, 10, rule);
    // What stays away is not fetched only to be thrown away.
    assert.equal(world.device.moved, (kept ? 6 : 9) * 100 * KB, rule);
  }
});

await test("a name that had to be changed is asked about, too", async () => {
  const world = new TreeWorld();
  world.device.dir("/home/d");
  const folder = (await world.folder.getDirectoryHandle("d", { create: true })) as FakeFolder;
  for (const [name, size] of [
    ["a:b", 10],
    ["c:d", MB],
  ] as const) {
    world.device.file(`/home/d/${name}`, contents(size));
    folder.put(name.replace(":", "_"), "mine");
  }
  await world.tree("folder", "/home/d");
  await answer(world, "d/a:b", "overwrite");
  await answer(world, "d/c:d", "rename");
  await world.reaches("done");
  const sizes = Object.entries(folder.files()).map(([name, data]) => [name, data === "mine"]);
  assert.deepEqual(Object.fromEntries(sizes), { a_b: false, c_d: true, "c_d (2)": false });
});

/** The person has an "a_b" already; the device's "a:b" becomes that. */
async function changedName(): Promise<{ world: TreeWorld; folder: FakeFolder }> {
  const world = new TreeWorld();
  world.device.dir("/home/d");
  const folder = (await world.folder.getDirectoryHandle("d", { create: true })) as FakeFolder;
  for (const name of ["0", "a:b"]) world.device.file(`/home/d/${name}`, contents(10));
  for (const name of ["0", "a_b"]) folder.put(name, "mine", 9e11);
  await world.tree("folder", "/home/d");
  return { world, folder };
}

await test("a name that had to be changed takes nothing from the person before they said so", async () => {
  const cut = await changedName();
  await until("it asks", () => asked(cut.world) !== "");
  cut.world.files.cut();
  await cut.world.reaches("waiting");
  cut.world.reconnect();
  await answer(cut.world, "d/0", "skip");
  await answer(cut.world, "d/a:b", "skip");
  await cut.world.reaches("done");
  assert.deepEqual(cut.folder.files(), { 0: "mine", a_b: "mine" });

  for (const rule of ["skip", "rename"] as const) {
    const { world, folder } = await changedName();
    await answer(world, "d/0", rule, true);
    await world.reaches("done");
    assert.equal(folder.files()["a_b"], "mine", rule);
    assert.equal(folder.children.size, rule === "skip" ? 2 : 4, rule);
  }
});

await test("the root of a device asks about what is in a folder of that name", async () => {
  const world = new TreeWorld();
  world.device.file("/a", contents(10));
  const folder = (await world.folder.getDirectoryHandle("root", { create: true })) as FakeFolder;
  folder.put("a", "mine");
  await world.tree("folder", "/");
  await answer(world, "root/a", "skip");
  await world.reaches("done");
  assert.equal(folder.files()["a"], "mine");
});

await test("a download that was cut while it asked asks again, and keeps what was answered", async () => {
  const world = new TreeWorld();
  const folder = await mine(world);
  await world.tree("folder", "/home/d");
  await until("the others are there", () => world.first.files === 6);
  await answer(world, "d/0", "skip");
  await answer(world, "d/1", "rename");
  await answer(world, "d/2", "overwrite");
  await until("it asks", () => asked(world) === "d/3");
  world.files.cut();
  await world.reaches("waiting");
  world.reconnect();
  await answer(world, "d/3", "skip");
  await world.reaches("done");
  assert.deepEqual(
    ["0", "1", "1 (2)", "2", "3"].map((name) => text(folder, name)),
    ["mine", "mine", "true", "true", "mine"],
  );
  assert.equal(folder.children.size, 11);
});

await test("after a reload what was answered is not asked again", async () => {
  const records = new FakeRecords();
  const before = new TreeWorld({ records });
  const folder = await mine(before);
  await before.tree("folder", "/home/d");
  await answer(before, "d/0", "skip");
  await answer(before, "d/1", "overwrite");
  await until("it asks", () => asked(before) === "d/2");
  before.files.cut();
  await before.reaches("waiting");
  await until("it is recorded", () => records.ledgers.size === 1);
  before.queue.close();
  await until("it is let go", () => records.alive.size === 0);
  const world = new TreeWorld({ records }, before.folder);
  for (const [path, node] of before.device.nodes) world.device.nodes.set(path, node);
  world.queue.resume((await world.reaches("asking")).id);
  await answer(world, "d/2", "skip");
  await answer(world, "d/3", "skip");
  await world.reaches("done");
  assert.deepEqual(
    ["0", "1", "2", "3"].map((name) => text(folder, name)),
    ["mine", "true", "mine", "mine"],
  );
});
