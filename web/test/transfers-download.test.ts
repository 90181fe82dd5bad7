/** Downloads of the queue, over a device and a disk in memory. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { contents, FakeFolder, FakeHandle, sha256, until, World } from "./transfers-world.ts";

const MB = 1_000_000;

/** What the browser would show a person: their choice in a picker. */
function pickers(file: () => unknown, folder: () => unknown = file): void {
  Object.assign(globalThis, {
    showSaveFilePicker: () => Promise.resolve().then(file),
    showDirectoryPicker: () => Promise.resolve().then(folder),
  });
}

afterEach(() => {
  Reflect.deleteProperty(globalThis, "showSaveFilePicker");
  Reflect.deleteProperty(globalThis, "showDirectoryPicker");
});

/** A file of the device, downloaded as a person without pickers does. */
async function toBrowser(world: World, path: string): Promise<void> {
  await world.queue.download([{ path, entry: world.device.entry(path, true) }], "ask");
}

await test("a file goes where the person chose, and is verified", async () => {
  const world = new World();
  const handle = new FakeHandle("mine.log");
  pickers(() => handle);
  world.device.file("/home/a.log", contents(3 * MB));
  await toBrowser(world, "/home/a.log");
  const transfer = await world.reaches("done");
  assert.deepEqual(handle.data, contents(3 * MB));
  assert.equal(transfer.note, "Verified by SHA-256.");
  assert.deepEqual(world.reports, [
    {
      ...{ direction: "download", bytes: 3 * MB, files: 1, result: "done", path: "/home/a.log" },
      sha256: sha256(contents(3 * MB)),
    },
  ]);
});

await test("closing the picker downloads nothing", async () => {
  const world = new World();
  pickers(() => {
    throw new DOMException("closed", "AbortError");
  });
  world.device.file("/home/a.log", contents(10));
  await toBrowser(world, "/home/a.log");
  assert.deepEqual(world.queue.list, []);
});

await test("without a picker it is the browser's download, under a name that every system takes", async () => {
  const world = new World();
  world.device.file('/home/a:"b"\n.log', contents(10));
  await toBrowser(world, '/home/a:"b"\n.log');
  await world.reaches("done");
  assert.deepEqual([...world.disk.downloads], [["a__b__.log", contents(10)]]);
});

await test("an empty file arrives", async () => {
  const world = new World();
  world.device.file("/home/empty", new Uint8Array(0));
  const folder = await world.download("/home/empty");
  const transfer = await world.reaches("done");
  assert.equal(folder.files.get("empty")?.data.length, 0);
  assert.equal(transfer.verified, true);
});

await test("a download cut at every tenth goes on after comparing, and fetches little twice", async () => {
  const size = 3 * MB;
  for (let tenth = 1; tenth < 10; tenth++) {
    const world = new World();
    world.device.file("/home/core", contents(size));
    world.device.cutAt = (size * tenth) / 10;
    const folder = await world.download("/home/core");
    await world.reaches("waiting");
    world.reconnect();
    const transfer = await world.reaches("done");
    assert.deepEqual(folder.files.get("core")?.data, contents(size), `cut at ${String(tenth)}0 %`);
    assert.equal(transfer.verified, true);
    assert.ok(world.device.moved <= size * 1.05, `${String(world.device.moved)} bytes moved`);
  }
});

await test("the browser's own download goes on over connections: one file, no byte twice", async () => {
  const size = 12 * MB; // several windows
  for (const tenth of [1, 5, 9]) {
    const world = new World();
    world.device.file("/home/core", contents(size));
    world.device.cutAt = (size * tenth) / 10;
    await toBrowser(world, "/home/core");
    await world.reaches("waiting");
    assert.equal(world.disk.downloads.get("core"), null, "it is still on its way");
    world.reconnect();
    await world.reaches("done");
    assert.deepEqual(world.disk.downloads.get("core"), contents(size));
    assert.ok(world.device.moved <= size * 1.05);
  }
});

await test("a file that changed between two goes begins again", async () => {
  const world = new World();
  world.device.file("/home/core", contents(2 * MB));
  world.device.cutAt = MB;
  const folder = await world.download("/home/core");
  await world.reaches("waiting");
  world.device.file("/home/core", contents(2 * MB, 7), { modifiedMs: 1.1e12 });
  world.reconnect();
  await world.reaches("done");
  assert.deepEqual(folder.files.get("core")?.data, contents(2 * MB, 7));
});

await test("without a hash on the device, size, time and last bytes decide how to go on", async () => {
  for (const changes of [false, true]) {
    const world = new World();
    world.device.hashes = false;
    world.reconnect();
    world.device.file("/home/core", contents(2 * MB));
    world.device.cutAt = MB;
    const folder = await world.download("/home/core");
    await world.reaches("waiting");
    if (changes) world.device.file("/home/core", contents(2 * MB, 7), { modifiedMs: 1.1e12 });
    world.reconnect();
    const transfer = await world.reaches("done");
    assert.deepEqual(folder.files.get("core")?.data, contents(2 * MB, changes ? 7 : 1));
    assert.match(transfer.note, /by size/);
    assert.equal(transfer.verified, false);
  }
});

await test("a log that grows while it is read: its first part is verified, and that is said", async () => {
  const world = new World();
  world.device.file("/home/log", contents(2 * MB));
  world.device.before = (name) => {
    if (name === "download") world.device.write("/home/log", 2 * MB, contents(1000, 5));
  };
  const folder = await world.download("/home/log");
  const transfer = await world.reaches("done");
  assert.deepEqual(folder.files.get("log")?.data, contents(2 * MB));
  assert.match(transfer.note, /grew while it was read/);
});

await test("a file that changes or shrinks while it is read is never done", async () => {
  for (const [now, says] of [
    [contents(2 * MB, 7), /changed on the device while/],
    [contents(MB), /became shorter/],
  ] as const) {
    for (const hashes of [true, false]) {
      const world = new World();
      world.device.hashes = hashes;
      world.reconnect();
      world.device.file("/home/x", contents(2 * MB));
      let reads = 0;
      world.device.before = (name) => {
        if (name === "stat" && ++reads === 2 && now.length === 2 * MB) {
          world.device.file("/home/x", now, { modifiedMs: 1.1e12 });
        }
        if (name === "download" && now.length < 2 * MB) {
          world.device.file("/home/x", now, { modifiedMs: 1.1e12 });
        }
      };
      await world.download("/home/x");
      const transfer = await world.reaches("failed");
      assert.match(transfer.note, says);
      assert.match(transfer.note, /“x”/);
    }
  }
});

await test("after a file changed while it was read, a retry fetches it as it is by then", async () => {
  for (const way of ["folder", "browser"] as const) {
    for (const [now, hashes] of [
      [contents(2 * MB, 7), true],
      [contents(2 * MB, 7), false],
      [contents(MB, 3), true],
    ] as const) {
      const world = new World();
      world.device.hashes = hashes;
      world.reconnect();
      world.device.file("/home/x", contents(2 * MB));
      let reads = 0;
      world.device.before = (name) => {
        if (name === "stat" && ++reads === 2) world.device.file("/home/x", now, { modifiedMs: 1 });
      };
      const folder = new FakeFolder();
      if (way === "folder") await world.download("/home/x", folder);
      else await toBrowser(world, "/home/x");
      const failed = await world.reaches("failed");
      world.queue.retry(failed.id);
      await world.reaches("running");
      await world.reaches("done");
      const got = way === "folder" ? folder.files.get("x")?.data : world.disk.downloads.get("x");
      assert.deepEqual(got, now);
    }
  }
});

await test("bytes that arrived wrong fail by name", async () => {
  const world = new World();
  world.disk.spoil = () => "0".repeat(64);
  world.device.file("/home/x", contents(1000));
  await world.download("/home/x");
  const transfer = await world.reaches("failed");
  assert.match(transfer.note, /“x”.*SHA-256/);
  world.disk.spoil = (hash) => hash;
  world.queue.retry(transfer.id);
  await world.reaches("running");
  assert.equal((await world.reaches("done")).verified, true);
});

await test("a file of /proc, which says that it is empty, arrives whole", async () => {
  const world = new World();
  world.device.file("/home/cpuinfo", contents(500));
  const entry = { ...world.device.entry("/home/cpuinfo", true), size: 0 };
  world.device.entry = () => entry;
  const folder = new FakeFolder();
  await world.queue.download([{ path: "/home/cpuinfo", entry }], folder.handle);
  const transfer = await world.reaches("done");
  assert.equal(folder.files.get("cpuinfo")?.data.length, 500);
  assert.equal(transfer.verified, false);
  assert.match(transfer.note, /makes this file while it is read/);
});

await test("what has no end is not begun", async () => {
  const world = new World();
  world.device.file("/home/zero", new Uint8Array(0), { type: "char" });
  const entry = { ...world.device.entry("/home/zero", true), type: "file" as const };
  await world.queue.download([{ path: "/home/zero", entry }], new FakeFolder().handle);
  const transfer = await world.reaches("failed");
  assert.match(transfer.note, /“zero” is no ordinary file/);
  assert.equal(world.device.count("download"), 0);
});

await test("a person's disk that is full says so, and a retry goes on", async () => {
  const world = new World();
  world.disk.space = MB;
  world.device.file("/home/core", contents(2 * MB));
  const folder = await world.download("/home/core");
  const failed = await world.reaches("failed");
  assert.match(failed.note, /no room left/);
  world.disk.space = Infinity;
  world.queue.retry(failed.id);
  await world.reaches("done");
  assert.deepEqual(folder.files.get("core")?.data, contents(2 * MB));
  assert.ok(world.device.moved < 3.5 * MB);
});

await test("a name that is taken in the folder is asked about: skip, keep both, replace, newer", async () => {
  for (const [rule, modifiedMs, names, replaced] of [
    ["skip", 1, ["a.txt"], false],
    ["rename", 1, ["a.txt", "a (2).txt"], false],
    ["overwrite", 1, ["a.txt"], true],
    ["newer", 1.5e12, ["a.txt"], false],
    ["newer", 0.5e12, ["a.txt"], true],
  ] as const) {
    const world = new World();
    world.device.file("/home/a.txt", contents(50));
    const folder = new FakeFolder();
    const there = new FakeHandle("a.txt", contents(3));
    there.modifiedMs = modifiedMs;
    folder.files.set("a.txt", there);
    await world.download("/home/a.txt", folder);
    const asking = await world.reaches("asking");
    world.queue.resolve(asking.id, rule, false);
    const { note } = await world.reaches("done");
    assert.equal(note.includes("Saved as “a (2).txt”."), rule === "rename", note);
    assert.deepEqual([...folder.files.keys()], names, rule);
    assert.equal(folder.files.get("a.txt")?.data.length, replaced ? 50 : 3, rule);
  }
});

await test("a name that the browser does not write is said by name", async () => {
  const world = new World();
  world.device.file("/home/a.lnk", contents(50));
  const folder = new FakeFolder();
  const find = folder.getFileHandle.bind(folder);
  folder.getFileHandle = (name, options) =>
    options?.create === true ? Promise.reject(new TypeError("Name is not allowed.")) : find(name);
  await world.download("/home/a.lnk", folder);
  const failed = await world.reaches("failed");
  assert.match(failed.note, /^“a\.lnk” could not be written on this computer/);
});

await test("what the device refuses is said, and so is what the limits refuse", async () => {
  const limits = {
    readOnly: false,
    maxBytes: 100,
    readPaths: [],
    writePaths: [],
    readNothing: false,
  };
  const world = new World({ limits });
  world.device.file("/home/big", contents(101));
  await world.download("/home/big");
  assert.match((await world.reaches("failed")).note, /“big” has 101 B; the largest/);
  assert.equal(world.device.moved, 0);
});

await test("a download that the person ends in the browser is cancelled here too", async () => {
  const world = new World();
  world.device.file("/home/core", contents(30 * MB));
  await toBrowser(world, "/home/core");
  await until("bytes", () => world.first.bytes > 0);
  world.disk.endDownload();
  const transfer = await world.reaches("cancelled");
  assert.match(transfer.note, /in the browser/);
  assert.ok(world.device.moved < 30 * MB);
});
