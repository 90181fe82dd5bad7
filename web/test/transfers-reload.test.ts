/** What a reload interrupted: listed by the next page, and gone on with by one click or the same file. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { contents, FakeHandle, FakeRecords, localFile, until, World } from "./transfers-world.ts";

const MB = 1_000_000;

await test("after a reload a download into a handle goes on with one click", async () => {
  const records = new FakeRecords();
  const before = new World({ records });
  const size = 3 * MB;
  before.device.file("/home/core", contents(size));
  before.device.cutAt = 2 * MB;
  const folder = await before.download("/home/core");
  await until("recorded", () => records.kept.size === 1);
  await before.reaches("waiting");
  before.queue.close();
  records.alive.clear();

  const world = new World({ records });
  world.device.file("/home/core", contents(size));
  const asking = await world.reaches("asking");
  assert.deepEqual([asking.name, asking.ask], ["core", { kind: "permission" }]);
  assert.equal(world.queue.busy, false, "leaving loses nothing");
  const handle = folder.files.get("core");
  assert.ok(handle !== undefined);
  handle.permission = "denied";
  world.queue.resume(asking.id);
  await until("refused", () => world.first.note.includes("does not allow"));
  handle.permission = "granted";
  world.queue.resume(asking.id);
  await world.reaches("done");
  assert.deepEqual(handle.data, contents(size));
  assert.ok(world.device.moved <= size - 1.8 * MB, "what was there is not fetched again");
  assert.equal(records.kept.size, 0);
});

await test("after a reload an upload without a handle asks for the same file, and takes no other", async () => {
  const records = new FakeRecords();
  const before = new World({ records });
  before.device.cutAt = 2 * MB;
  before.upload("/home/core", contents(3 * MB), 1e12);
  await before.reaches("waiting");
  before.queue.close();
  records.alive.clear();

  const world = new World({ records });
  for (const [path, node] of before.device.nodes) world.device.nodes.set(path, node);
  const asking = await world.reaches("asking");
  assert.deepEqual(asking.ask, { kind: "file", size: 3 * MB });
  const other = localFile("core", contents(3 * MB), 1.1e12);
  await assert.rejects(
    world.queue.chooseFile(asking.id, other),
    /not the file that was on its way/,
  );
  assert.match(world.first.note, /not the file/);
  await world.queue.chooseFile(asking.id, localFile("core", contents(3 * MB), 1e12));
  await world.reaches("done");
  assert.deepEqual(world.device.data("/home/core"), contents(3 * MB));
  assert.ok(world.device.moved <= 1.2 * MB, `${String(world.device.moved)} moved`);
});

await test("after a reload an upload from a handle goes on with one click", async () => {
  const records = new FakeRecords();
  const before = new World({ records });
  const handle = new FakeHandle("core", contents(3 * MB));
  before.device.cutAt = 2 * MB;
  const file = await handle.getFile();
  before.queue.upload([{ path: "core", file, handle: handle.handle }], "/home");
  await before.reaches("waiting");
  before.queue.close();
  records.alive.clear();

  const world = new World({ records });
  const asking = await world.reaches("asking");
  world.queue.resume(asking.id);
  await world.reaches("done");
  assert.deepEqual(world.device.data("/home/core"), contents(3 * MB));
});

await test("what another tab moves is not listed as interrupted", async () => {
  const records = new FakeRecords();
  const one = new World({ records });
  one.device.cutAt = MB;
  one.upload("/home/core", contents(3 * MB));
  await one.reaches("waiting");
  const other = new World({ records });
  other.upload("/home/b", contents(1));
  await until("it is looked up", () => records.alive.size === 2);
  await other.reaches("done");
  assert.deepEqual(
    other.queue.list.map(({ name }) => name),
    ["b"],
  );
});

await test("what a closed queue left is listed by the next of the same page", async () => {
  const records = new FakeRecords();
  const one = new World({ records });
  one.device.cutAt = MB;
  one.upload("/home/core", contents(3 * MB));
  await one.reaches("waiting");
  one.queue.close();
  await until("its mark is given back", () => records.alive.size === 0);
  const next = new World({ records });
  assert.equal((await next.reaches("asking")).name, "core");
});
