/** The queue itself: order, pauses, trees of uploads, what goes on after a reload. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { BridgeFailure } from "../src/bridge/failure.ts";
import { RateMeter } from "../src/files/transfers/rate.ts";
import { contents, FakeFolder, FakeHandle, FakeRecords } from "./transfers-world.ts";
import { localFile, until, World } from "./transfers-world.ts";

const MB = 1_000_000;

function items(n: number, size: number, folder = "d"): { path: string; file: File }[] {
  return Array.from({ length: n }, (_, i) => {
    const name = `f${String(i)}`;
    return {
      path: folder === "" ? name : `${folder}/${name}`,
      file: localFile(name, contents(size)),
    };
  });
}

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

await test("a dropped folder arrives with its folders, the empty ones too", async () => {
  const world = new World();
  world.queue.upload(
    [
      { path: "d/empty", file: null },
      { path: "d/x/y/a", file: localFile("a", contents(10)) },
      { path: "d/big", file: localFile("big", contents(MB)) },
    ],
    "/home",
  );
  const transfer = await world.reaches("done");
  assert.deepEqual(world.device.names(), [
    ...["/home/d", "/home/d/big", "/home/d/empty", "/home/d/x", "/home/d/x/y", "/home/d/x/y/a"],
  ]);
  assert.equal(transfer.note, "2 files uploaded; small files checked by size.");
  assert.deepEqual([transfer.files, transfer.filesTotal, transfer.bytes], [2, 2, MB + 10]);
});

await test("a file of a folder that fails is listed, the rest arrives, and a retry moves that one", async () => {
  const world = new World();
  world.device.before = (name, path) => {
    if (name === "put" && path === "/home/d/f3") {
      throw Object.assign(new Error("You may not write “f3”."), { code: "permission_denied" });
    }
  };
  world.queue.upload(items(10, 10), "/home");
  const transfer = await world.reaches("done");
  assert.deepEqual(transfer.faults, [
    { path: "d/f3", code: "permission_denied", message: "You may not write “f3”." },
  ]);
  assert.match(transfer.note, /9 files uploaded, 1 failed/);
  world.device.before = () => undefined;
  const puts = world.device.count("put");
  world.queue.retry(transfer.id);
  await until("the file is there", () => world.device.data("/home/d/f3") !== null);
  await world.reaches("done");
  assert.equal(world.device.count("put"), puts + 1);
});

await test("a folder cut on its way goes on with what is missing", async () => {
  const world = new World();
  world.device.before = (name) => {
    if (name === "put" && world.device.count("put") === 30) world.files.cut();
  };
  world.queue.upload(items(60, 10), "/home");
  await world.reaches("waiting");
  world.device.before = () => undefined;
  world.reconnect();
  const transfer = await world.reaches("done");
  assert.deepEqual(transfer.faults, []);
  assert.equal(world.device.names().length, 61);
  assert.ok(world.device.count("put") < 60 + 20, `${String(world.device.count("put"))} puts`);
});

await test("an answer for all in a folder is asked for once", async () => {
  const world = new World();
  world.device.dir("/home/d");
  for (let i = 0; i < 40; i++) world.device.file(`/home/d/f${String(i)}`, contents(3));
  world.queue.upload(items(40, 10), "/home");
  const asking = await world.reaches("asking");
  assert.match(asking.ask?.kind === "conflict" ? asking.ask.name : "", /^d\/f\d+$/);
  world.queue.resolve(asking.id, "skip", true);
  const transfer = await world.reaches("done");
  assert.match(transfer.note, /40 skipped/);
  assert.equal(world.device.data("/home/d/f7")?.length, 3);
});

await test("a device that is full ends a folder, and a retry goes on", async () => {
  const world = new World();
  world.device.space = 100;
  world.queue.upload(items(30, 10), "/home");
  const failed = await world.reaches("failed");
  assert.match(failed.note, /full/);
  world.device.space = Infinity;
  for (const [path, { type, data }] of world.device.nodes) {
    if (type === "file" && data.length === 0) world.device.nodes.delete(path); // put leaves none
  }
  world.queue.retry(failed.id);
  await world.reaches("done");
  assert.equal(world.device.names().length, 31);
});

await test("a folder that failed moves nothing behind its row", async () => {
  const world = new World();
  world.device.before = (name) => {
    if (name === "put") throw new BridgeFailure("no_space", "The disk is full.");
  };
  const large = [1, 2, 3].map((i) => `big${String(i)}`);
  world.queue.upload(
    [
      ...items(1, 10),
      ...large.map((name) => ({ path: `d/${name}`, file: localFile(name, contents(3 * MB)) })),
    ],
    "/home",
  );
  await world.reaches("failed");
  assert.equal(world.device.count("upload"), 2, "what was begun came to its end");
  assert.equal(world.device.moved, 6 * MB);
  assert.deepEqual(world.device.names(), ["/home/d", "/home/d/big1", "/home/d/big2"]);
});

await test("names that would leave the folder are refused, the rest arrives", async () => {
  const world = new World();
  world.queue.upload(
    [
      { path: "d/../../etc/passwd", file: localFile("passwd", contents(10)) },
      { path: "d/ok", file: localFile("ok", contents(10)) },
    ],
    "/home",
  );
  await world.reaches("done");
  assert.deepEqual(
    world.device.names().filter((path) => world.device.data(path)?.length === 10),
    ["/home/d/ok"],
  );
  assert.ok(
    !world.device.calls.some(({ name, args }) => name !== "stat" && String(args[0]).includes("..")),
  );
});

await test("100,000 tiny files are one row, and changes are told a few times a second", async () => {
  const world = new World();
  const file = localFile("x", contents(1));
  const many = Array.from({ length: 100_000 }, (_, i) => ({ path: `f${String(i)}`, file }));
  const started = performance.now();
  world.queue.upload(many, "/home");
  assert.ok(performance.now() - started < 5000, "the page is not held up");
  let changes = 0;
  world.queue.addEventListener("change", () => changes++);
  assert.deepEqual(
    world.queue.list.map(({ name }) => name),
    ["100,000 files"],
  );
  const from = performance.now();
  await until("some arrived", () => world.first.files > 300);
  const seconds = (performance.now() - from) / 1000;
  assert.ok(changes <= 3 + seconds * 6, `${String(changes)} changes in ${seconds.toFixed(1)} s`);
  world.queue.cancel(world.first.id);
  await until("it stopped", () => world.device.count("put") > 0);
});

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
      if (name === "read" && slow) await new Promise((resolve) => setTimeout(resolve, 60));
    };
    await world.download("/home/x");
    await world.reaches("done");
    const call = world.device.calls.find(({ name }) => name === "download");
    assert.equal((call?.args[1] as { gzip: boolean }).gzip, expected);
  }
});
