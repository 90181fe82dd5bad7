/** The queue itself: order, pauses, cancels, questions, rates. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { RateMeter } from "../src/files/transfers/rate.ts";
import { contents, FakeFolder, until, World } from "./transfers-world.ts";

const MB = 1_000_000;

await test("three large files move at once, in the order they were given", async () => {
  const world = new World();
  let most = 0;
  const begun: string[] = [];
  world.device.before = (name, path) => {
    if (name === "download") begun.push(path);
    most = Math.max(most, world.queue.list.filter(({ state }) => state === "running").length);
  };
  const folder = new FakeFolder();
  const paths = ["1", "2", "3", "4", "5", "6"].map((name) => `/home/${name}`);
  for (const path of paths) world.device.file(path, contents(MB));
  const entries = paths.map((path) => ({ path, entry: world.device.entry(path, true) }));
  await world.queue.download(entries, folder.handle);
  await until("all done", () => world.queue.list.every(({ state }) => state === "done"));
  assert.equal(most, 3);
  assert.deepEqual([...begun.slice(0, 3)].sort(), paths.slice(0, 3));
  assert.deepEqual(
    world.queue.list.map(({ path }) => path),
    paths,
  );
});

await test("a pause keeps what arrived, and resuming goes on there", async () => {
  for (const direction of ["upload", "download"]) {
    const world = new World();
    const size = 20 * MB;
    const folder = new FakeFolder();
    if (direction === "upload") world.upload("/home/core", contents(size));
    else {
      world.device.file("/home/core", contents(size));
      await world.download("/home/core", folder);
    }
    await until("bytes", () => world.first.bytes > MB);
    world.queue.pause(world.first.id);
    const { state, bytes } = world.first;
    assert.equal(state, "paused");
    world.queue.resume(world.first.id);
    await world.reaches("done");
    assert.ok(
      world.device.moved < size + bytes / 2 + 8 * MB,
      `${direction}: most was not moved twice`,
    );
    const there =
      direction === "upload" ? world.device.data("/home/core") : folder.files.get("core")?.data;
    assert.deepEqual(there, contents(size));
  }
});

await test("what was paused stays paused when the connection goes and comes", async () => {
  const world = new World();
  world.upload("/home/core", contents(20 * MB));
  await until("bytes", () => world.first.bytes > 0);
  world.queue.pause(world.first.id);
  world.files.cut();
  world.reconnect();
  assert.equal(world.first.state, "paused");
  world.queue.resume(world.first.id);
  await world.reaches("done");
});

await test("a cancel ends it, removes the part, and is told once; a retry begins anew", async () => {
  const world = new World();
  world.upload("/home/core", contents(20 * MB));
  await until("bytes", () => world.first.bytes > 0);
  world.queue.cancel(world.first.id);
  assert.equal(world.first.state, "cancelled");
  await until("the part is gone", () => world.device.names().length === 0);
  assert.deepEqual(
    world.reports.map((each) => (each as { result: string }).result),
    ["cancelled"],
  );
  world.queue.retry(world.first.id);
  await world.reaches("done");
  assert.deepEqual(world.device.data("/home/core"), contents(20 * MB));
});

await test("a retry right after a cancel waits until the part is gone", async () => {
  const world = new World();
  world.device.hashes = false;
  world.reconnect();
  world.upload("/home/core", contents(12 * MB));
  await until("bytes", () => world.first.bytes > MB);
  let isFree = (): void => undefined;
  const held = new Promise<void>((resolve) => (isFree = resolve));
  world.device.before = (name) => (name === "remove" ? held : undefined);
  world.queue.cancel(world.first.id);
  world.queue.retry(world.first.id);
  await until("its part is being removed", () => world.device.count("remove") === 1);
  const calls = world.device.calls.length;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(world.device.calls.length, calls, "nothing is looked at before it is gone");
  isFree();
  await world.reaches("done");
  assert.deepEqual(world.device.data("/home/core"), contents(12 * MB));
});

await test("without a connection transfers wait, and begin with it", async () => {
  const world = new World();
  world.queue.setFiles(null);
  world.upload("/home/a", contents(10));
  assert.equal(world.first.state, "waiting");
  world.reconnect();
  await world.reaches("done");
});

await test("a stream that breaks while the connection stays is tried again by itself", async () => {
  const world = new World();
  world.device.cutAt = MB;
  const cut = world.files.cut.bind(world.files);
  world.files.cut = () => {
    world.files.gone = true;
  };
  world.upload("/home/core", contents(2 * MB));
  await world.reaches("waiting");
  world.files.gone = false;
  world.device.cutAt = Infinity;
  await world.reaches("done");
  cut();
});

await test("a question is withdrawn with the connection and asked again", async () => {
  const world = new World();
  world.device.file("/home/a", contents(5));
  world.upload("/home/a", contents(10));
  await world.reaches("asking");
  world.files.cut();
  await world.reaches("waiting");
  assert.equal(world.first.ask, null);
  world.reconnect();
  await world.reaches("asking");
});

await test("clear leaves what is on its way", async () => {
  const world = new World();
  world.upload("/home/a", contents(10));
  await world.reaches("done");
  world.queue.setFiles(null);
  world.upload("/home/b", contents(10));
  world.queue.clear();
  assert.deepEqual(
    world.queue.list.map(({ name }) => name),
    ["b"],
  );
  assert.equal(world.queue.busy, true);
});

await test("the rate is that of the last seconds, and falls when nothing comes", () => {
  const meter = new RateMeter();
  meter.restart(5000, 0);
  assert.equal(meter.rate(100), null, "too early to tell");
  for (let s = 1; s <= 20; s++) meter.add(5000 + s * 1000, s * 1000);
  assert.equal(meter.rate(20_000), 1000);
  for (let s = 21; s <= 26; s++) meter.add(25_000 + (s - 20) * 9000, s * 1000);
  assert.equal(meter.rate(26_000), 9000);
  assert.equal(Math.round(meter.rate(28_500) ?? 0) < 6000, true);
  assert.equal(meter.rate(60_000), 0);
});

await test("compressing pays on a slow line for what shrinks, and nowhere else", async () => {
  for (const [slow, text, expected] of [
    [true, true, true],
    [true, false, false],
    [false, true, false],
  ] as const) {
    const world = new World();
    world.files.info.gzip = true;
    const data = text ? new Uint8Array(2 * MB).fill(65) : contents(2 * MB);
    world.device.file("/home/x", data);
    world.device.before = async (name) => {
      // What is measured is the time that a read takes.
      if (name === "read" && slow) await new Promise((resolve) => setTimeout(resolve, 60));
    };
    await world.download("/home/x");
    await world.reaches("done");
    const call = world.device.calls.find(({ name }) => name === "download");
    assert.equal((call?.args[1] as { gzip: boolean }).gzip, expected);
  }
});
