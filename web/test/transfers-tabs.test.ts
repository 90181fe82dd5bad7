/** Two tabs that list one interrupted transfer: one alone goes on with it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { contents, FakeRecords, localFile, until, World } from "./transfers-world.ts";

const MB = 1_000_000;

/** A cut upload, and two tabs that list it; a third went with it. */
async function twoTabs(): Promise<{ one: World; two: World; records: FakeRecords; again: File }> {
  const records = new FakeRecords();
  const gone = new World({ records });
  gone.device.cutAt = 2 * MB;
  gone.upload("/home/core", contents(3 * MB), 1e12);
  await gone.reaches("waiting");
  gone.queue.close();
  await until("its tab is gone", () => records.alive.size === 0);
  const [one, two] = [new World({ records }), new World({ records })];
  for (const world of [one, two]) {
    for (const [path, node] of gone.device.nodes) world.device.nodes.set(path, node);
    await world.reaches("asking");
  }
  return { one, two, records, again: localFile("core", contents(3 * MB), 1e12) };
}

await test("while one tab goes on with a transfer the other says so, and leaves it alone", async () => {
  const { one, two, records, again } = await twoTabs();
  one.device.cutAt = 0.5 * MB;
  await one.queue.chooseFile(one.first.id, again);
  await one.reaches("waiting");
  await assert.rejects(two.queue.chooseFile(two.first.id, again), /Another tab/);
  assert.deepEqual([two.first.state, two.device.moved], ["asking", 0]);
  assert.match(two.first.note, /Another tab of this browser goes on with it/);
  two.queue.cancel(two.first.id);
  await until("it says so", () => two.device.count("remove") === 0 && records.kept.size === 1);
  assert.equal(two.queue.list.length, 1, "the row stays");
  one.reconnect();
  await one.reaches("done");
});

await test("when the tab that went on is closed the other goes on where that one was", async () => {
  const { one, two, records, again } = await twoTabs();
  one.device.cutAt = 0.5 * MB;
  await one.queue.chooseFile(one.first.id, again);
  await one.reaches("waiting");
  for (const [path, node] of one.device.nodes) two.device.nodes.set(path, node);
  one.queue.close();
  await until("its tab is gone", () => records.claimed.size === 0);
  await two.queue.chooseFile(two.first.id, again);
  await two.reaches("done");
  assert.deepEqual(two.device.data("/home/core"), contents(3 * MB));
  assert.ok(two.device.moved < 0.8 * MB, `${String(two.device.moved)} bytes moved`);
  await until("nothing is left", () => records.kept.size + records.claimed.size === 0);
});

await test("what another tab finished is told as that, and not begun once more", async () => {
  const { one, two, records, again } = await twoTabs();
  await one.queue.chooseFile(one.first.id, again);
  await one.reaches("done");
  await until("it is let go", () => records.claimed.size === 0);
  await assert.rejects(two.queue.chooseFile(two.first.id, again), /in another tab/);
  assert.deepEqual([two.first.state, two.first.ask], ["cancelled", null]);
  assert.equal(two.device.moved, 0);
  await until("it is let go", () => records.claimed.size === 0);
});

await test("a file that is refused leaves the transfer to the other tab", async () => {
  const { one, two, again } = await twoTabs();
  await assert.rejects(one.queue.chooseFile(one.first.id, localFile("other", contents(1))));
  await two.queue.chooseFile(two.first.id, again);
  await two.reaches("done");
});
