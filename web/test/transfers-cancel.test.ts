/** What a cancelled transfer leaves: nothing, or it says what and where. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeFolder } from "./fake-disk.ts";
import { contents, FakeHandle, FakeRecords, localFile, until, World } from "./transfers-world.ts";
import { TreeWorld } from "./tree-world.ts";

const MB = 1_000_000;

await test("a cancelled download takes its half away, and a retry fetches it anew", async () => {
  const world = new World();
  world.device.file("/home/core", contents(8 * MB));
  const goOn = world.device.slowAt(4 * MB);
  const folder = await world.download("/home/core");
  await until("bytes", () => world.first.bytes > MB);
  const handle = folder.files.get("core");
  world.queue.cancel(world.first.id);
  goOn();
  await until("it is removed", () => handle?.removed === true);
  assert.deepEqual([world.first.state, world.first.note], ["cancelled", ""]);
  folder.files.delete("core");
  world.queue.retry(world.first.id);
  await world.reaches("done");
  assert.deepEqual(folder.files.get("core")?.data, contents(8 * MB));
});

await test("a half that cannot be removed is told by name", async () => {
  const world = new World();
  world.device.file("/home/core", contents(8 * MB));
  const goOn = world.device.slowAt(4 * MB);
  const folder = await world.download("/home/core");
  await until("bytes", () => world.first.bytes > MB);
  const handle = folder.files.get("core");
  assert.ok(handle !== undefined);
  handle.remove = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  world.queue.cancel(world.first.id);
  goOn();
  await until("it says so", () =>
    world.first.note.includes("“core” on this computer is not complete"),
  );
});

await test("a cancelled download that was to replace a file leaves the file as it was", async () => {
  const world = new TreeWorld();
  const before = world.folder.put("core", "mine", 9e11);
  world.device.file("/home/core", contents(50 * MB));
  await world.tree("folder", "/home/core");
  world.queue.resolve((await world.reaches("asking")).id, "overwrite", false);
  await until("bytes", () => world.first.bytes > 0);
  world.queue.cancel(world.first.id);
  await until("it is let go", () => before.aborted === 1);
  // It asks anew once the cancel is through.
  world.queue.retry(world.first.id);
  await world.reaches("asking");
  assert.equal(before.text, "mine");
  assert.equal(world.folder.children.get("core"), before);
});

await test("a cancelled folder leaves a file that it was to replace as it was, and no new half", async () => {
  for (const taken of [true, false]) {
    const world = new TreeWorld();
    world.device.dir("/home/d");
    world.device.file("/home/d/core", contents(30 * MB));
    const folder = (await world.folder.getDirectoryHandle("d", { create: true })) as FakeFolder;
    if (taken) folder.put("core", "mine", 9e11);
    const goOn = world.device.slowAt(4 * MB);
    await world.tree("folder", "/home/d");
    if (taken) world.queue.resolve((await world.reaches("asking")).id, "overwrite", false);
    await until("bytes", () => world.first.bytes > MB);
    world.queue.cancel(world.first.id);
    goOn();
    if (taken) {
      // It asks anew once the cancel is through.
      world.queue.retry(world.first.id);
      await world.reaches("asking");
      assert.deepEqual(folder.files(), { core: "mine" });
    } else await until("it is removed", () => folder.children.size === 0);
    world.queue.close();
  }
});

await test("a cancelled download that never had its turn takes away what the picker made", async () => {
  const world = new World();
  world.device.file("/home/core", contents(8 * MB));
  world.queue.setFiles(null);
  const handle = new FakeHandle("core");
  const pickers = globalThis as { showSaveFilePicker?: () => Promise<unknown> };
  pickers.showSaveFilePicker = () => Promise.resolve(handle);
  const entry = world.device.entry("/home/core", true);
  await world.queue.download([{ path: "/home/core", entry }], "ask");
  delete pickers.showSaveFilePicker;
  world.queue.cancel(world.first.id);
  await until("it is removed", () => handle.removed);
});

await test("without a connection a cancelled upload says what stays on the device", async () => {
  const world = new World();
  world.device.cutAt = 2 * MB;
  world.upload("/home/core", contents(8 * MB));
  await world.reaches("waiting");
  world.queue.setFiles(null);
  world.queue.cancel(world.first.id);
  await until("it says so", () => world.first.note !== "");
  const [part = ""] = world.device.names();
  assert.ok(world.first.note.includes(part), world.first.note);
  assert.match(world.first.note, /stays on the device .* There is no connection/);
});

await test("what was cancelled before anything was sent leaves nothing to tell", async () => {
  const world = new World();
  world.device.file("/home/core", contents(1));
  world.upload("/home/core", contents(8 * MB));
  await world.reaches("asking");
  world.queue.setFiles(null);
  world.queue.cancel(world.first.id);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([world.first.state, world.first.note], ["cancelled", ""]);
});

await test("what is cancelled leaves a folder alone that has the name of a part", async () => {
  const world = new World();
  world.device.cutAt = 2 * MB;
  world.upload("/home/core", contents(8 * MB));
  await world.reaches("waiting");
  const [part = ""] = world.device.names();
  world.device.dir(part);
  world.queue.cancel(world.first.id);
  world.reconnect();
  await until("it was looked at", () => world.device.calls.at(-1)?.name === "stat");
  assert.deepEqual(world.device.names(), [part]);
});

/** An upload that a reload interrupted, listed by the next page. */
async function interrupted(): Promise<{ world: World; records: FakeRecords; part: string }> {
  const records = new FakeRecords();
  const before = new World({ records });
  before.device.cutAt = 2 * MB;
  before.upload("/home/core", contents(3 * MB), 1e12);
  await before.reaches("waiting");
  before.queue.close();
  await until("its tab is gone", () => records.alive.size === 0);
  const world = new World({ records });
  for (const [path, node] of before.device.nodes) world.device.nodes.set(path, node);
  await world.reaches("asking");
  return { world, records, part: world.device.names()[0] ?? "" };
}

await test("an interrupted upload that is cancelled removes its part from the device", async () => {
  const { world, records } = await interrupted();
  world.queue.cancel(world.first.id);
  await until("the part is gone", () => world.device.names().length === 0);
  await until("the row is gone", () => world.queue.list.length === 0);
  await until("nothing is kept", () => records.kept.size + records.claimed.size === 0);
});

await test("an interrupted upload that is cancelled without a connection says where its part is", async () => {
  const { world, records, part } = await interrupted();
  world.queue.setFiles(null);
  world.queue.cancel(world.first.id);
  await until("it says so", () => world.first.note.includes(part));
  assert.equal(world.first.state, "cancelled");
  await until("nothing is kept", () => records.kept.size === 0);
  world.queue.clear();
  assert.equal(world.queue.list.length, 0);
});

await test("an upload that is taken up and cancelled before its turn leaves no part, or says where", async () => {
  for (const isConnected of [true, false]) {
    const { world, part } = await interrupted();
    const { files } = world;
    world.queue.setFiles(null);
    await world.queue.chooseFile(world.first.id, localFile("core", contents(3 * MB), 1e12));
    if (isConnected) world.queue.setFiles(files);
    world.queue.cancel(world.first.id);
    if (isConnected) await until("the part is gone", () => world.device.names().length === 0);
    else await until("it says so", () => world.first.note.includes(part));
  }
});

await test("a download that is taken up and cancelled before its turn leaves no half", async () => {
  const records = new FakeRecords();
  const before = new World({ records });
  before.device.file("/home/core", contents(3 * MB));
  before.device.cutAt = 2 * MB;
  const folder = await before.download("/home/core");
  await before.reaches("waiting");
  before.queue.close();
  await until("its tab is gone", () => records.alive.size === 0);
  const world = new World({ records });
  const { id } = await world.reaches("asking");
  world.queue.setFiles(null);
  world.queue.resume(id);
  await world.reaches("waiting");
  world.queue.cancel(id);
  await until("it is removed", () => folder.files.get("core")?.removed === true);
});

/** A folder whose upload was cut and then reloaded, listed by the next page. */
async function interruptedFolder(): Promise<{ world: World; records: FakeRecords; file: File }> {
  const records = new FakeRecords();
  const before = new World({ records });
  before.device.cutAt = 2 * MB;
  const file = localFile("core", contents(3 * MB));
  before.queue.upload([{ path: "d/core", file }], "/home");
  await before.reaches("waiting");
  const parts = () => [...records.ledgers.values()].flat().at(-1)?.parts ?? [];
  await until("its part is recorded", () => parts().length === 1);
  before.queue.close();
  await until("its tab is gone", () => records.alive.size === 0);
  const world = new World({ records });
  for (const [path, node] of before.device.nodes) world.device.nodes.set(path, node);
  await world.reaches("asking");
  return { world, records, file };
}

await test("an interrupted folder that is cancelled removes the parts of its files", async () => {
  const { world } = await interruptedFolder();
  world.queue.cancel(world.first.id);
  await until("the part is gone", () => world.device.names().join() === "/home/d");
});

await test("a folder that is taken up and not begun knows its parts still", async () => {
  const { world, records, file } = await interruptedFolder();
  const { files } = world;
  world.queue.setFiles(null);
  await world.queue.chooseFiles(world.first.id, [{ path: "d/core", file }]);
  await world.reaches("waiting");
  assert.equal([...records.ledgers.values()].flat().at(-1)?.parts?.length, 1);
  world.queue.setFiles(files);
  world.queue.cancel(world.first.id);
  await until("the part is gone", () => world.device.names().join() === "/home/d");
});

await test("a folder's file that is skipped after a reload leaves no part", async () => {
  const { world, file } = await interruptedFolder();
  world.device.file("/home/d/core", contents(5));
  await world.queue.chooseFiles(world.first.id, [{ path: "d/core", file }]);
  world.queue.resolve((await world.reaches("asking")).id, "skip", false);
  await world.reaches("done");
  assert.deepEqual(world.device.names(), ["/home/d", "/home/d/core"]);
});

await test("an interrupted download that is cancelled removes its half, where the browser lets it", async () => {
  for (const permission of ["granted", "prompt"] as const) {
    const records = new FakeRecords();
    const before = new World({ records });
    before.device.file("/home/core", contents(3 * MB));
    before.device.cutAt = 2 * MB;
    const folder = await before.download("/home/core");
    await before.reaches("waiting");
    before.queue.close();
    await until("its tab is gone", () => records.alive.size === 0);
    const handle = folder.files.get("core");
    assert.ok(handle !== undefined);
    handle.permission = permission;
    const world = new World({ records });
    world.queue.cancel((await world.reaches("asking")).id);
    if (permission === "granted") await until("it is removed", () => handle.removed);
    else await until("it says so", () => world.first.note.includes("may not be complete"));
    assert.equal(handle.removed, permission === "granted");
  }
});
