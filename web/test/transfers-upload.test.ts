/** Uploads of the queue, over a device and a disk in memory. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { BridgeFailure } from "../src/bridge/failure.ts";
import { contents, localFile, sha256, until, World } from "./transfers-world.ts";

const MB = 1_000_000;

await test("a small file arrives in one step, verified, with its time", async () => {
  const world = new World();
  world.upload("/home/a.txt", contents(1000), 1_234_567_890_000);
  const transfer = await world.reaches("done");
  assert.deepEqual(world.device.data("/home/a.txt"), contents(1000));
  assert.equal(world.device.entry("/home/a.txt", false).modifiedMs, 1_234_567_890_000);
  assert.equal(transfer.verified, true);
  assert.equal(world.device.count("upload"), 0, "no stream for it");
  assert.deepEqual(world.reports, [
    {
      ...{ direction: "upload", bytes: 1000, files: 1, result: "done", path: "/home/a.txt" },
      sha256: sha256(contents(1000)),
    },
  ]);
});

await test("a large file arrives by a part that takes the name at the end", async () => {
  const world = new World();
  world.device.before = (name, path) => {
    if (name === "rename") {
      assert.match(path, /^\/home\/core\.part-[0-9a-f]{8}$/);
      assert.equal(world.device.data("/home/core"), null, "the name is not taken before");
    }
  };
  world.upload("/home/core", contents(2 * MB));
  const transfer = await world.reaches("done");
  assert.deepEqual(world.device.data("/home/core"), contents(2 * MB));
  assert.deepEqual(world.device.names(), ["/home/core"]);
  assert.equal(transfer.note, "Verified by SHA-256.");
  assert.equal(transfer.bytes, 2 * MB);
});

await test("an empty file arrives", async () => {
  const world = new World();
  world.upload("/home/empty", new Uint8Array(0));
  const transfer = await world.reaches("done");
  assert.equal(world.device.data("/home/empty")?.length, 0);
  assert.equal(transfer.verified, true);
});

await test("an upload cut at every tenth goes on where it was, and sends little twice", async () => {
  const size = 3 * MB;
  for (let tenth = 1; tenth < 10; tenth++) {
    const world = new World();
    world.device.cutAt = (size * tenth) / 10;
    world.upload("/home/core", contents(size));
    await world.reaches("waiting");
    world.reconnect();
    const transfer = await world.reaches("done");
    assert.deepEqual(world.device.data("/home/core"), contents(size), `cut at ${String(tenth)}0 %`);
    assert.equal(transfer.verified, true);
    assert.ok(world.device.moved <= size * 1.05, `${String(world.device.moved)} bytes moved`);
  }
});

await test("where the limits let a person write and not read, uploads arrive and go on", async () => {
  const world = new World();
  world.device.before = (name, path) => {
    const tells = name === "read" || name === "hash" || name === "digest";
    if (tells && !(name === "digest" && path.includes(".part-"))) {
      throw new BridgeFailure("not_allowed", `The limits do not allow reading “${path}”.`);
    }
  };
  world.upload("/home/small", contents(1000));
  await world.reaches("done");
  world.device.cutAt = MB;
  world.upload("/home/core", contents(2 * MB));
  await world.reaches("waiting", 1);
  world.reconnect();
  const transfer = await world.reaches("done", 1);
  assert.equal(transfer.verified, true);
  assert.deepEqual(world.device.data("/home/core"), contents(2 * MB));
  assert.ok(world.device.moved <= 2.1 * MB, `${String(world.device.moved)} bytes moved`);
});

await test("a part that is not ours begins again", async () => {
  const world = new World();
  world.device.cutAt = 1.5 * MB;
  world.upload("/home/core", contents(2 * MB));
  await world.reaches("waiting");
  const [part = ""] = world.device.names();
  world.device.file(part, contents(1.4 * MB, 99));
  world.reconnect();
  await world.reaches("done");
  assert.deepEqual(world.device.data("/home/core"), contents(2 * MB));
});

await test("without a hash on the device a part goes on by its last bytes, where it confirmed them", async () => {
  const world = new World();
  world.device.hashes = false;
  world.reconnect();
  world.upload("/home/core", contents(30 * MB));
  await until("most of it is confirmed", () => world.first.bytes > 20 * MB);
  world.files.cut();
  await world.reaches("waiting");
  world.reconnect();
  const transfer = await world.reaches("done");
  assert.deepEqual(world.device.data("/home/core"), contents(30 * MB));
  assert.equal(transfer.verified, false);
  assert.match(transfer.note, /by size/);
  const window = 4.2 * MB; // on its way, and not confirmed yet
  assert.ok(world.device.moved <= 30 * MB + window, `${String(world.device.moved)} bytes moved`);
});

await test("a rename whose answer was lost is found to have worked", async () => {
  const world = new World();
  world.device.before = (name) => {
    if (name !== "rename") return;
    const [part = ""] = world.device.names();
    const node = world.device.nodes.get(part);
    if (node === undefined) return;
    world.device.nodes.delete(part);
    world.device.nodes.set("/home/core", node);
    world.files.cut();
  };
  world.upload("/home/core", contents(MB));
  await world.reaches("waiting");
  world.device.before = () => undefined;
  world.reconnect();
  const transfer = await world.reaches("done");
  assert.deepEqual(world.device.names(), ["/home/core"]);
  assert.equal(transfer.verified, true);
});

await test("a small file whose answer was lost is not taken for another's", async () => {
  const world = new World();
  world.device.before = (name) => {
    if (name === "put's answer") world.files.cut();
  };
  world.upload("/home/a.txt", contents(100));
  await world.reaches("waiting");
  world.device.before = () => undefined;
  world.reconnect();
  await world.reaches("done");
  assert.deepEqual(world.device.names(), ["/home/a.txt"]);
});

await test("what arrived wrong fails by name, and its part is gone", async () => {
  const world = new World();
  world.disk.spoil = () => "0".repeat(64);
  world.upload("/home/core", contents(MB));
  const transfer = await world.reaches("failed");
  assert.match(transfer.note, /“core”.*SHA-256/);
  await until("the part is gone", () => world.device.names().length === 0);
});

await test("a device's disk that is full keeps the part, and a retry goes on", async () => {
  const world = new World();
  world.device.space = 1.2 * MB;
  world.upload("/home/core", contents(2 * MB));
  const failed = await world.reaches("failed");
  assert.match(failed.note, /disk is full.*core\.part-.*Retry/);
  world.device.space = Infinity;
  world.queue.retry(failed.id);
  await world.reaches("done");
  assert.deepEqual(world.device.data("/home/core"), contents(2 * MB));
  assert.ok(world.device.moved <= 2.2 * MB);
});

await test("what replaces a file has its mode and owner, and is private before it has its name", async () => {
  const world = new World();
  world.device.file("/home/core", contents(10), { mode: 0o600, uid: 1000 });
  world.upload("/home/core", contents(MB));
  const asking = await world.reaches("asking");
  world.queue.resolve(asking.id, "overwrite", false);
  await world.reaches("done");
  const { mode, uid, size } = world.device.entry("/home/core", false);
  assert.deepEqual({ mode, uid, size }, { mode: 0o600, uid: 1000, size: MB });
  const upload = world.device.calls.find(({ name }) => name === "upload");
  assert.equal((upload?.args[1] as { mode: number }).mode, 0o600);
});

await test("a link to a file stays a link: what it leads to is replaced", async () => {
  const world = new World();
  world.device.file("/home/real", contents(10));
  world.device.file("/home/link", new Uint8Array(0), { type: "link", target: "/home/real" });
  world.upload("/home/link", contents(500));
  const asking = await world.reaches("asking");
  world.queue.resolve(asking.id, "overwrite", false);
  await world.reaches("done");
  assert.equal(world.device.entry("/home/link", false).type, "link");
  assert.deepEqual(world.device.data("/home/real"), contents(500));
});

await test("a folder of that name is never replaced by a file", async () => {
  const world = new World();
  world.device.dir("/home/x");
  world.upload("/home/x", contents(500));
  const asking = await world.reaches("asking");
  world.queue.resolve(asking.id, "overwrite", false);
  const failed = await world.reaches("failed");
  assert.match(failed.note, /“x” is a folder/);
});

await test("a conflict is asked before bytes move, with what is there and what comes", async () => {
  const world = new World();
  world.device.file("/home/core", contents(10), { modifiedMs: 5e11 });
  world.upload("/home/core", contents(MB), 1e12);
  const { ask } = await world.reaches("asking");
  assert.deepEqual(ask, {
    kind: "conflict",
    name: "core",
    existing: { size: 10, modifiedMs: 5e11 },
    offered: { size: MB, modifiedMs: 1e12 },
  });
  assert.equal(world.device.moved, 0);
});

await test("the answers: skip, rename, newer only", async () => {
  for (const size of [100, MB]) {
    for (const [rule, modifiedMs, names, replaced] of [
      ["skip", 1e12, ["/home/a.txt"], false],
      ["rename", 1e12, ["/home/a (2).txt", "/home/a.txt"], false],
      ["newer", 2e12, ["/home/a.txt"], false],
      ["newer", 5e11, ["/home/a.txt"], true],
    ] as const) {
      const world = new World();
      world.device.file("/home/a.txt", contents(7), { modifiedMs });
      world.upload("/home/a.txt", contents(size), 1e12);
      const asking = await world.reaches("asking");
      world.queue.resolve(asking.id, rule, false);
      const transfer = await world.reaches("done");
      const what = `${rule}, ${String(size)} bytes`;
      assert.deepEqual(world.device.names(), names, what);
      assert.equal(world.device.data("/home/a.txt")?.length, replaced ? size : 7, what);
      if (rule === "skip") {
        assert.match(transfer.note, /^Skipped/);
        assert.deepEqual(world.reports, [], "nothing moved");
      }
      if (rule === "rename") {
        assert.match(transfer.note, /^Saved as “a \(2\)\.txt”\. /);
        const [told] = world.reports as { path: string }[];
        assert.equal(told?.path, "/home/a (2).txt", "the new file's own path is told");
      }
    }
  }
});

await test("newer only does not trust a clock that is ahead, and says so", async () => {
  const world = new World();
  world.device.file("/home/a.txt", contents(7), { modifiedMs: Date.now() + 86_400_000 });
  world.upload("/home/a.txt", contents(100), Date.now());
  const asking = await world.reaches("asking");
  world.queue.resolve(asking.id, "newer", false);
  const transfer = await world.reaches("done");
  assert.match(transfer.note, /in the future.*clock/);
  assert.equal(world.device.data("/home/a.txt")?.length, 7);
});

await test("an answer for all holds for the others of the batch only", async () => {
  const world = new World();
  const items = ["a", "b", "c"].map((name) => {
    world.device.file(`/home/${name}`, contents(7));
    return { path: name, file: localFile(name, contents(100)) };
  });
  world.queue.upload(items, "/home");
  const asking = await world.reaches("asking");
  world.queue.resolve(asking.id, "overwrite", true);
  await until("all are done", () => world.queue.list.every(({ state }) => state === "done"));
  assert.equal(world.device.data("/home/c")?.length, 100);
  world.upload("/home/a", contents(50));
  await world.reaches("asking", 3);
});

await test("two uploads to one name: the second finds the first's and asks", async () => {
  for (const size of [100, MB]) {
    const world = new World();
    world.upload("/home/x", contents(size, 1), 1e12);
    world.upload("/home/x", contents(size, 2), 1.1e12);
    await world.reaches("done", 0);
    const asking = await world.reaches("asking", 1);
    assert.deepEqual(world.device.data("/home/x"), contents(size, 1));
    world.queue.resolve(asking.id, "overwrite", false);
    await world.reaches("done", 1);
    assert.deepEqual(world.device.data("/home/x"), contents(size, 2));
  }
});

await test("a name of 255 bytes has a part that is no longer", async () => {
  const world = new World();
  const name = "ü".repeat(127) + "x";
  world.device.before = (call, path) => {
    const bytes = Buffer.byteLength(path.slice("/home/".length));
    if (call === "upload") assert.ok(bytes <= 255, `${String(bytes)} bytes`);
  };
  world.upload(`/home/${name}`, contents(MB));
  await world.reaches("done");
  assert.deepEqual(world.device.names(), [`/home/${name}`]);
});

await test("what is too large is refused before bytes move", async () => {
  const limits = {
    readOnly: false,
    maxBytes: 1000,
    readPaths: [],
    writePaths: [],
    readNothing: false,
  };
  const world = new World({ limits });
  world.upload("/home/x", contents(1001));
  const failed = await world.reaches("failed");
  assert.match(failed.note, /“x” has 1.0 kB; the largest/);
  assert.deepEqual(world.device.names(), []);
});

await test("a file that vanished from the person's disk says so", async () => {
  const world = new World();
  const file = localFile("gone", contents(10));
  file.arrayBuffer = () => Promise.reject(new DOMException("no", "NotReadableError"));
  world.queue.upload([{ path: "gone", file }], "/home");
  const failed = await world.reaches("failed");
  assert.match(failed.note, /“gone” cannot be read.*Choose it again/);
});

await test("a planted link in the part's place is not written through", async () => {
  const world = new World();
  world.device.cutAt = MB / 2;
  world.upload("/home/core", contents(MB));
  await world.reaches("waiting");
  const [part = ""] = world.device.names();
  world.device.file("/etc/passwd", contents(10));
  world.device.file(part, new Uint8Array(0), { type: "link", target: "/etc/passwd" });
  world.reconnect();
  const failed = await world.reaches("failed");
  assert.match(failed.note, /in the way/);
  assert.deepEqual(world.device.data("/etc/passwd"), contents(10));
});
