/** Folders from the device: into a folder and as a zip, over cuts, pauses and reloads. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { stateWord } from "../src/files/transfers/words.ts";
import { FakeFile, type FakeFolder } from "./fake-disk.ts";
import { contents, FakeRecords, until } from "./transfers-world.ts";
import { TreeWorld } from "./tree-world.ts";

const KB = 1000;
const MB = 1_000_000;

/** Files of a folder by path, as they are here. */
function there(folder: FakeFolder, prefix = ""): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const [name, child] of folder.children) {
    if (child instanceof FakeFile) found.set(prefix + name, child.data);
    else for (const [path, data] of there(child, `${prefix}${name}/`)) found.set(path, data);
  }
  return found;
}

/** A tree of 30 small files and a large one in the middle; all its bytes. */
function plant(world: TreeWorld): Map<string, Uint8Array> {
  const all = new Map<string, Uint8Array>();
  world.device.dir("/home/d");
  for (let n = 0; n < 31; n++) {
    const name = `d/${String(n).padStart(2, "0")}`;
    const data = contents(n === 15 ? 2 * MB : 10 * KB, n + 1);
    all.set(name, data);
    world.device.file(`/home/${name}`, data);
  }
  return all;
}

const PLANTED = 2 * MB + 300 * KB;

function same(found: ReadonlyMap<string, Uint8Array>, want: ReadonlyMap<string, Uint8Array>): void {
  assert.deepEqual([...found.keys()].sort(), [...want.keys()].sort());
  for (const [path, data] of want) assert.deepEqual(found.get(path), data, path);
}

await test("folders go into a chosen folder with their names, faults listed, the rest there", async () => {
  const world = new TreeWorld();
  world.device.dir("/home/d");
  world.device.dir("/home/d/empty");
  world.device.file("/home/d/a", contents(10));
  world.device.file("/home/d/secret", contents(10), { mode: 0 });
  await world.tree("folder", "/home/d");
  const transfer = await world.reaches("done");
  same(there(world.folder), new Map([["d/a", contents(10)]]));
  assert.ok((world.folder.children.get("d") as FakeFolder).children.has("empty"));
  assert.deepEqual(
    transfer.faults.map(({ path }) => path),
    ["d/secret"],
  );
  assert.equal(transfer.note, "1 file, 1 left out; checked by size.");
  assert.equal(transfer.filesTotal, 1);
});

await test("a name that had to be changed is told, and nothing was left out", async () => {
  const world = new TreeWorld();
  world.device.dir("/home/d");
  world.device.file("/home/d/a:b", contents(10));
  await world.tree("folder", "/home/d");
  const transfer = await world.reaches("done");
  same(there(world.folder), new Map([["d/a_b", contents(10)]]));
  assert.match(transfer.faults[0]?.message ?? "", /saved as “a_b”/);
  assert.equal(transfer.note, "1 file; checked by size.");
  assert.equal(stateWord(transfer), "Done");
});

await test("several things without a folder picker become one zip", async () => {
  const world = new TreeWorld();
  world.device.dir("/home/d");
  world.device.file("/home/d/a", contents(10));
  world.device.file("/home/b", contents(10));
  await world.tree("zip", "/home/d", "/home/b");
  await world.reaches("done");
  assert.deepEqual(unzipped(world.downloads.all.get("files.zip")), ["b 10", "d/ 0", "d/a 10"]);
  assert.equal(world.queue.list.length, 1);
});

await test("a folder cut at every tenth goes on: what is whole is not fetched again, the cut file goes on inside", async () => {
  for (let tenth = 1; tenth < 10; tenth++) {
    const world = new TreeWorld();
    const all = plant(world);
    world.device.cutAt = (PLANTED * tenth) / 10;
    await world.tree("folder", "/home/d");
    await world.reaches("waiting");
    world.reconnect();
    const transfer = await world.reaches("done");
    same(there(world.folder), all);
    assert.deepEqual([transfer.files, transfer.bytes], [31, PLANTED], `cut at ${String(tenth)}0 %`);
    assert.deepEqual(transfer.faults, []);
    // What came of a file before it was seen to be large is held in memory, and lost.
    const most = PLANTED * 1.05 + 512 * 1024;
    assert.ok(
      world.moved <= most,
      `cut at ${String(tenth)}0 %: ${String(world.moved)} bytes moved`,
    );
  }
});

await test("a pause keeps what is there, and going on fetches the rest", async () => {
  const world = new TreeWorld();
  const all = plant(world);
  await world.tree("folder", "/home/d");
  await until("half of it", () => world.first.bytes > MB);
  world.queue.pause(world.first.id);
  await until("all is let go", () => there(world.folder).get("d/15")?.length !== 0);
  world.queue.resume(world.first.id);
  await world.reaches("done");
  same(there(world.folder), all);
  // A window was on its way when it was paused.
  assert.ok(world.moved <= PLANTED + 1.5 * MB, `${String(world.moved)} bytes moved`);
});

await test("what changed on the device between two goes is fetched as it is by then", async () => {
  const world = new TreeWorld();
  const all = plant(world);
  world.device.cutAt = 1.5 * MB; // within 15
  await world.tree("folder", "/home/d");
  await world.reaches("waiting");
  for (const [n, size] of [
    ["03", 9 * KB],
    ["15", 2 * MB],
  ] as const) {
    const data = contents(size, 99);
    world.device.file(`/home/d/${n}`, data, { modifiedMs: 1.1e12 });
    all.set(`d/${n}`, data);
  }
  world.reconnect();
  await world.reaches("done");
  same(there(world.folder), all);
});

await test("keeping both is decided once: a cut makes no second copy", async () => {
  const world = new TreeWorld();
  const all = plant(world);
  const mine = (await world.folder.getDirectoryHandle("d", { create: true })) as FakeFolder;
  for (const name of ["02", "15", "20"]) mine.put(name, "mine");
  world.device.cutAt = 1.5 * MB;
  await world.tree("folder", "/home/d");
  const asking = await world.reaches("asking");
  world.queue.resolve(asking.id, "rename", true);
  await world.reaches("waiting");
  world.reconnect();
  await world.reaches("done");
  for (const n of ["02", "15", "20"]) {
    all.set(`d/${n} (2)`, all.get(`d/${n}`) ?? new Uint8Array());
    all.set(`d/${n}`, new TextEncoder().encode("mine"));
  }
  same(there(world.folder), all);
});

await test("a folder that the person removed between two goes is fetched whole", async () => {
  const world = new TreeWorld();
  const all = plant(world);
  world.device.cutAt = MB;
  await world.tree("folder", "/home/d");
  await world.reaches("waiting");
  world.folder.children.clear();
  world.reconnect();
  await world.reaches("done");
  same(there(world.folder), all);
});

await test("a cancelled folder leaves no half file under the name of a whole one", async () => {
  const world = new TreeWorld();
  plant(world);
  world.device.cutAt = 1.5 * MB;
  await world.tree("folder", "/home/d");
  await world.reaches("waiting");
  assert.ok(there(world.folder).has("d/15"));
  world.queue.cancel(world.first.id);
  await until("it is gone", () => !there(world.folder).has("d/15"));
  assert.equal(there(world.folder).get("d/14")?.length, 10 * KB);
});

await test("after a reload a folder goes on with one click, where it was", async () => {
  const records = new FakeRecords();
  const before = new TreeWorld({ records });
  const all = plant(before);
  before.device.cutAt = 1.5 * MB;
  await before.tree("folder", "/home/d");
  await before.reaches("waiting");
  const partial = () => [...records.ledgers.values()].flat().at(-1)?.partial?.path;
  await until("it is kept", () => partial() === "d/15");
  before.queue.close();
  records.alive.clear();
  const after = new TreeWorld({ records }, before.folder);
  plant(after);
  const asking = await after.reaches("asking");
  assert.deepEqual([asking.kind, asking.name, asking.ask?.kind], ["tree", "d", "permission"]);
  after.queue.resume(asking.id);
  const transfer = await after.reaches("done");
  same(there(after.folder), all);
  assert.deepEqual([transfer.files, transfer.bytes], [31, PLANTED]);
  assert.ok(after.moved < 1.1 * MB, `${String(after.moved)} bytes moved after the reload`);
  await until("the records are gone", () => records.kept.size + records.ledgers.size === 0);
});

await test("a reload before anything was kept makes no second copies", async () => {
  const records = new FakeRecords();
  const before = new TreeWorld({ records });
  const all = plant(before);
  before.device.cutAt = MB;
  await before.tree("folder", "/home/d");
  await before.reaches("waiting");
  records.ledgers.clear();
  before.queue.close();
  records.alive.clear();
  const after = new TreeWorld({ records }, before.folder);
  plant(after);
  after.queue.resume((await after.reaches("asking")).id);
  await after.reaches("done");
  same(there(after.folder), all);
});

await test("after a reload without the person's permission it says so, and can be asked again", async () => {
  const records = new FakeRecords();
  const before = new TreeWorld({ records });
  plant(before);
  before.device.cutAt = MB;
  await before.tree("folder", "/home/d");
  await before.reaches("waiting");
  before.queue.close();
  records.alive.clear();
  before.folder.permission = "denied";
  const after = new TreeWorld({ records }, before.folder);
  const asking = await after.reaches("asking");
  after.queue.resume(asking.id);
  await until("it says so", () => after.first.note.includes("does not allow"));
  assert.equal(after.first.state, "asking");
});

await test("what is kept of a tree is small, whatever its names: eight bytes a file", async () => {
  const records = new FakeRecords();
  const world = new TreeWorld({ records });
  const files = 5000;
  world.device.dir("/home/d");
  for (let n = 0; n < files; n++) {
    world.device.file(`/home/d/${"a long name ".repeat(10)}${String(n)}`, contents(10, n));
  }
  world.device.cutAt = (files * 10) / 2;
  await world.tree("folder", "/home/d");
  await world.reaches("waiting");
  const pieces = () => [...records.ledgers.values()].flat();
  const marks = () => pieces().reduce((sum, piece) => sum + piece.marks.byteLength, 0);
  await until("what had come is kept", () => marks() >= 8 * (files / 2 - 1));
  assert.ok(marks() <= (8 * files) / 2, `${String(marks())} bytes`);
  const rest = JSON.stringify([...records.kept.values(), ...pieces().map(({ names }) => names)]);
  assert.ok(rest.length < 4000, `${String(rest.length)} characters`);
  world.reconnect();
  await world.reaches("done");
  assert.equal(there(world.folder).size, files);
  assert.ok(world.moved <= files * 10 * 1.05, `${String(world.moved)} bytes moved`);
});

await test("a zip goes on over connections: one download, each file whole and once", async () => {
  for (const tenth of [1, 3, 5, 7, 9]) {
    const world = new TreeWorld();
    const all = plant(world);
    world.device.cutAt = (PLANTED * tenth) / 10;
    await world.tree("zip", "/home/d");
    await world.reaches("waiting");
    assert.equal(world.downloads.all.size, 0, "it is still on its way");
    world.reconnect();
    const transfer = await world.reaches("done");
    assert.deepEqual(transfer.faults, []);
    assert.deepEqual(unzipped(world.downloads.all.get("d.zip")), [
      "d/ 0",
      ...[...all].map(([path, data]) => `${path} ${String(data.length)}`),
    ]);
    assert.ok(world.moved <= PLANTED * 1.05, `${String(world.moved)} bytes moved`);
  }
});

await test("a zip whose file changed while the connection was away says so, and has it whole beside", async () => {
  const world = new TreeWorld();
  plant(world);
  world.device.cutAt = 1.5 * MB;
  await world.tree("zip", "/home/d");
  await world.reaches("waiting");
  world.device.file("/home/d/15", contents(MB, 5), { modifiedMs: 1.1e12 });
  world.reconnect();
  const transfer = await world.reaches("done");
  const names = unzipped(world.downloads.all.get("d.zip"));
  assert.ok(names.includes(`d/15 (2) ${String(MB)}`), names.join());
  assert.match(
    transfer.faults.find(({ code }) => code === "changed")?.message ?? "",
    /Only its first/,
  );
});

await test("a cancelled zip is a download that failed", async () => {
  const world = new TreeWorld();
  plant(world);
  world.device.cutAt = MB;
  await world.tree("zip", "/home/d");
  await world.reaches("waiting");
  world.queue.cancel(world.first.id);
  await until("it failed", () => world.downloads.all.get("d.zip") === "failed");
});

/** "name size" of all in a zip, checked by unzip itself. */
function unzipped(zip: Uint8Array | "failed" | undefined): string[] {
  assert.ok(zip instanceof Uint8Array, "there is no zip");
  const dir = mkdtempSync(join(tmpdir(), "porthole-zip-"));
  try {
    writeFileSync(join(dir, "a.zip"), zip);
    const script =
      "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nfor i in z.infolist(): print(i.filename, i.file_size)";
    const listed = execFileSync("python3", ["-c", script, join(dir, "a.zip")], {
      encoding: "utf8",
    });
    return listed.trim().split("\n").sort();
  } finally {
    rmSync(dir, { recursive: true });
  }
}
