/** Folders to the device that go on after a cut and after a reload, and names decided once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LocalItem } from "../src/files/transfers/types.ts";
import { FakeFolder } from "./fake-disk.ts";
import { contents, FakeRecords, localFile, until, World } from "./transfers-world.ts";

const MB = 1_000_000;
const SMALL = 40;

/** Small files, and one that takes a while. */
function brought(changed: Partial<Record<string, number>> = {}): LocalItem[] {
  const names = Array.from({ length: SMALL }, (_, i) => `d/f${String(i)}`);
  return [
    ...names.map((path) => ({
      path,
      file: localFile(path.slice(2), contents(100, path.length), changed[path] ?? 1e12),
    })),
    { path: "d/big", file: localFile("big", contents(3 * MB)) },
  ];
}

/** A page that goes while a folder is on its way, when so much of the large file is there. */
async function interrupted(items: readonly LocalItem[], records: FakeRecords): Promise<World> {
  const world = new World({ records });
  world.device.cutAt = 2 * MB;
  world.device.before = async (name) => {
    const put = (): boolean => world.device.count("put's answer") === SMALL;
    if (name === "upload") await until("the small files are there", put);
  };
  world.queue.upload(items, "/home");
  await until("small files are recorded, and the large one is cut", () => {
    const marks = [...records.ledgers.values()].flat().flatMap(({ marks: some }) => [...some]);
    return marks.length === SMALL && world.first.state === "waiting";
  });
  world.queue.close();
  records.alive.clear();
  return world;
}

/** The next page, on the same device. */
function reloaded(before: World, records: FakeRecords): World {
  const world = new World({ records });
  for (const [path, node] of before.device.nodes) world.device.nodes.set(path, node);
  return world;
}

function arrived(world: World): void {
  for (const { path, file } of brought()) {
    assert.equal(world.device.data(`/home/${path}`)?.length, file?.size, path);
  }
  assert.deepEqual(world.device.data("/home/d/big"), contents(3 * MB));
  assert.equal(world.device.names().length, SMALL + 2, "no part is left, no copy");
}

await test("a folder that was cut goes on after a reload when the same is chosen again, and takes no other", async () => {
  const records = new FakeRecords();
  const world = reloaded(await interrupted(brought(), records), records);
  const asking = await world.reaches("asking");
  assert.deepEqual(
    [asking.kind, asking.name, asking.ask],
    [...["tree", "d"], { kind: "files", folder: true }],
  );
  assert.deepEqual([asking.filesTotal, asking.total], [SMALL + 1, 3 * MB + SMALL * 100]);
  const named = brought().map((item) => ({ ...item, path: item.path.replace("d/", "e/") }));
  await assert.rejects(world.queue.chooseFiles(asking.id, named), /its name is not “d”/);
  const fewer = brought().slice(1);
  await assert.rejects(world.queue.chooseFiles(asking.id, fewer), /41 files .* then, 40 files/);
  await world.queue.chooseFiles(asking.id, brought());
  const transfer = await world.reaches("done");
  arrived(world);
  assert.equal(world.device.count("put"), 0, "small files are not sent again");
  assert.ok(world.device.moved < 1.2 * MB, `${String(world.device.moved)} bytes moved`);
  assert.deepEqual([transfer.files, transfer.bytes], [SMALL + 1, 3 * MB + SMALL * 100]);
  await until("records are gone", () => records.kept.size + records.ledgers.size === 0);
});

await test("after a reload a dropped folder goes on by its handle, with what changed in it since", async () => {
  const records = new FakeRecords();
  const folder = new FakeFolder("d");
  const root = folder.handle;
  for (const { path, file } of brought()) {
    if (file === null) continue;
    const data = new Uint8Array(await file.arrayBuffer());
    Object.assign(folder.put(path.slice(2), "", file.lastModified), { data });
  }
  const items = brought().map((item) => ({ ...item, root }));
  const world = reloaded(await interrupted(items, records), records);
  folder.put("f7", "changed", 1.1e12);
  const asking = await world.reaches("asking");
  assert.equal(asking.ask?.kind, "permission");
  world.queue.resume(asking.id);
  await world.reaches("asking"); // f7 is there already, as it was
  await until("it asks about it", () => world.first.ask?.kind === "conflict");
  world.queue.resolve(asking.id, "overwrite", false);
  await world.reaches("done");
  assert.equal(world.device.data("/home/d/f7")?.length, "changed".length);
  assert.deepEqual(world.device.data("/home/d/big"), contents(3 * MB));
});

await test("files that arrived but were not recorded any more are found, not asked about", async () => {
  const records = new FakeRecords();
  const before = await interrupted(brought(), records);
  for (const id of records.ledgers.keys()) records.ledgers.set(id, []);
  const world = reloaded(before, records);
  const asking = await world.reaches("asking");
  await world.queue.chooseFiles(asking.id, brought());
  await world.reaches("done");
  arrived(world);
});

/** The page goes in the middle of a large file; the next one has a device that cannot hash. */
async function withoutHash(change: (before: World) => void): Promise<World> {
  const records = new FakeRecords();
  const before = new World({ records });
  before.device.cutAt = 20 * MB;
  before.upload("/home/core", contents(24 * MB), 1e12);
  await before.reaches("waiting");
  before.queue.close();
  records.alive.clear();
  change(before);
  const world = reloaded(before, records);
  world.device.hashes = false;
  world.reconnect();
  const asking = await world.reaches("asking");
  await world.queue.chooseFile(asking.id, localFile("core", contents(24 * MB), 1e12));
  return world;
}

await test("without a hash, holes that a cut left in a part are filled after a reload", async () => {
  const world = await withoutHash((before) => {
    const [part = ""] = before.device.names();
    before.device.data(part)?.fill(0, 10 * MB, 11 * MB);
  });
  await world.reaches("done");
  assert.deepEqual(world.device.data("/home/core"), contents(24 * MB));
  assert.ok(world.device.moved < 24 * MB, "what must be whole is not sent again");
});

await test("without a hash, another file of the same size and end is not taken for what was sent", async () => {
  const old = contents(24 * MB).fill(0, 0, 20 * MB);
  const world = await withoutHash((before) => {
    before.device.nodes.clear();
    before.device.dir("/home");
    before.device.file("/home/core", old);
  });
  const asking = await world.reaches("asking");
  assert.equal(asking.ask?.kind, "conflict");
  world.queue.resolve(asking.id, "overwrite", false);
  await world.reaches("done");
  assert.deepEqual(world.device.data("/home/core"), contents(24 * MB));
});

await test("many files without a folder are asked for as files", async () => {
  const records = new FakeRecords();
  const items = brought().map((item) => ({ ...item, path: item.path.slice(2) }));
  const before = await interrupted(items, records);
  const world = reloaded(before, records);
  const asking = await world.reaches("asking");
  assert.deepEqual(asking.ask, { kind: "files", folder: false });
  await world.queue.chooseFiles(asking.id, items);
  await world.reaches("done");
  assert.deepEqual(world.device.data("/home/big"), contents(3 * MB));
});

await test("keeping both is decided once: after a cut and a reload there is no third copy", async () => {
  const records = new FakeRecords();
  const before = new World({ records });
  before.device.file("/home/core", contents(10));
  before.device.cutAt = 2 * MB;
  before.upload("/home/core", contents(3 * MB), 1e12);
  before.queue.resolve((await before.reaches("asking")).id, "rename", false);
  await before.reaches("waiting");
  await until("the place is recorded", () => {
    const [record] = records.kept.values();
    return record?.what.kind === "upload" && record.what.place !== null;
  });
  before.queue.close();
  records.alive.clear();
  const world = reloaded(before, records);
  // Another takes the name that comes after it meanwhile.
  const asking = await world.reaches("asking");
  await world.queue.chooseFile(asking.id, localFile("core", contents(3 * MB), 1e12));
  await world.reaches("done");
  assert.deepEqual(world.device.names(), ["/home/core", "/home/core (2)"]);
  assert.deepEqual(world.device.data("/home/core (2)"), contents(3 * MB));
  assert.ok(world.device.moved <= 1.2 * MB, `${String(world.device.moved)} bytes moved`);
});

await test("keeping both in a folder is decided once, by the answer for all", async () => {
  const records = new FakeRecords();
  const before = new World({ records });
  before.device.dir("/home/d");
  before.device.file("/home/d/big", contents(10));
  before.device.file("/home/d/f3", contents(10));
  before.device.cutAt = 2 * MB;
  before.queue.upload(brought(), "/home");
  before.queue.resolve((await before.reaches("asking")).id, "rename", true);
  await before.reaches("waiting");
  await until("what was chosen is recorded", () => {
    const names = [...records.ledgers.values()].flat().flatMap(({ names: some }) => some);
    return names.length === 2;
  });
  before.queue.close();
  records.alive.clear();
  const world = reloaded(before, records);
  const asking = await world.reaches("asking");
  await world.queue.chooseFiles(asking.id, brought());
  await world.reaches("done");
  const copies = world.device.names().filter((path) => path.includes("("));
  assert.deepEqual(copies, ["/home/d/big (2)", "/home/d/f3 (2)"]);
});
