/** Folders to the device: what arrives, what is listed as a fault, and what a retry moves. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { BridgeFailure } from "../src/bridge/failure.ts";
import { contents, localFile, until, World } from "./transfers-world.ts";

const MB = 1_000_000;

/** Files of a folder "d". */
function items(n: number, size: number): { path: string; file: File }[] {
  return Array.from({ length: n }, (_, i) => {
    const name = `f${String(i)}`;
    return { path: `d/${name}`, file: localFile(name, contents(size)) };
  });
}

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

await test("where the device cannot hash a large file of a folder is not called compared by more than its size", async () => {
  const world = new World();
  world.device.hashes = false;
  world.reconnect();
  world.queue.upload([{ path: "d/core", file: localFile("core", contents(MB)) }], "/home");
  const { note, verified } = await world.reaches("done");
  assert.equal(verified, false);
  assert.match(note, /^1 file uploaded; checked by size\.$/);
});
