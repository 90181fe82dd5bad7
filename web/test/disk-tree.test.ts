import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { markOf } from "../src/bridge/done-files.ts";
import type { FileEntry, FromDevice } from "../src/bridge/files.ts";
import type { TreeEnd } from "../src/files/disk/messages.ts";
import { TreeNames } from "../src/files/disk/tree-names.ts";
import type { ConflictRule, TreeGo } from "../src/files/disk/types.ts";
import { until } from "./bridge-world.ts";
import { entry } from "./entries.ts";
import { FakeFile, FakeFolder, bytes, deviceEnd, run } from "./fake-disk.ts";

const open: { close: () => void }[] = [];
const folders: string[] = [];
after(() => {
  for (const one of open) one.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function device(words: readonly FromDevice[]) {
  const end = deviceEnd(words);
  open.push(end);
  return end;
}

function item(at: string, fields: Partial<FileEntry> = {}): FromDevice {
  return { type: "entry", path: at, entry: entry(at.split("/").at(-1) ?? "", fields), done: false };
}

function folder(at: string): FromDevice {
  return item(at, { type: "dir" });
}

function data(text: string): FromDevice {
  return { type: "data", data: bytes(text) };
}

const end: FromDevice = { type: "end" };
const first: TreeGo = { rule: "overwrite", seed: 1, earlier: null };

/** Saves a tree and gives its end. */
async function into(
  words: readonly FromDevice[],
  root = new FakeFolder(),
  rule: ConflictRule = "overwrite",
  earlier: TreeGo["earlier"] = null,
): Promise<TreeEnd & { root: FakeFolder }> {
  const target = { kind: "folder", handle: root.handle } as const;
  const last = await run({
    type: "tree",
    port: device(words).port,
    target,
    go: { ...first, rule, earlier },
  }).end;
  assert.ok(last.type === "done", JSON.stringify(last));
  return { ...(last.end as TreeEnd), root };
}

test("a tree arrives with its files, empty ones and empty folders", async () => {
  const saved = await into([
    ...[folder("d"), item("d/a"), data("one "), data("two"), item("d/empty"), folder("d/e")],
    ...[folder("d/f"), item("d/f/b"), data("three"), end],
  ]);
  assert.deepEqual(saved.root.files(), { "d/a": "one two", "d/empty": "", "d/f/b": "three" });
  assert.ok((saved.root.children.get("d") as FakeFolder).children.get("e") instanceof FakeFolder);
  assert.deepEqual([saved.files, saved.bytes, saved.faults], [3, 12, []]);
});

test("nothing of a hostile tree is written outside the chosen folder", async () => {
  const evil = ["../evil", "d/../../evil", "/etc/passwd", "d//x", "..", ".", "", "d/./x", "d/\0"];
  const saved = await into([...evil.flatMap((at) => [item(at), data("x")]), folder("d/.."), end]);
  assert.deepEqual(saved.root.files(), {});
  assert.deepEqual(saved.root.asked, []);
  assert.equal(saved.faults.length, evil.length + 1);
});

test("names that Windows forbids are changed, told, and collide with nothing", async () => {
  const saved = await into([
    ...[folder("d"), item("d/a:b"), data("1"), item("d/a_b"), data("2"), item("d/a*b"), data("3")],
    ...[
      item("d/con.txt"),
      data("4"),
      item("d/x."),
      data("5"),
      item("d/back\\slash"),
      data("6"),
      end,
    ],
  ]);
  assert.deepEqual(saved.root.files(), {
    ...{ "d/a_b": "1", "d/a_b (2)": "2", "d/a_b (3)": "3" },
    ...{ "d/_con.txt": "4", "d/x_": "5", "d/back_slash": "6" },
  });
  assert.deepEqual(
    saved.faults.map((fault) => fault.code),
    Array.from({ length: 6 }, () => "renamed"),
  );
});

test("files that differ in case alone are two where the system takes them for one", () => {
  const names = new TreeNames(true);
  assert.deepEqual(names.place("d/README", false)?.local, ["d", "README"]);
  assert.deepEqual(names.place("d/readme", false)?.local, ["d", "readme (2)"]);
  const other = new TreeNames(false);
  assert.deepEqual(other.place("README", false)?.local, ["README"]);
  assert.deepEqual(other.place("readme", false)?.local, ["readme"]);
});

test("one name a hundred thousand times costs no more each time", () => {
  const names = new TreeNames(false);
  const began = performance.now();
  for (let i = 0; i < 100_000; i++) names.place("d/?", false);
  assert.deepEqual(names.place("d/?", false)?.local, ["d", "_ (100001)"]);
  assert.ok(performance.now() - began < 5000);
});

test("a tree deeper than paths can be is left out from there on", async () => {
  const deep = Array.from({ length: 100 }, () => "d").join("/");
  const saved = await into([item(deep), data("x"), item("ok"), data("y"), end]);
  assert.deepEqual(saved.root.files(), { ok: "y" });
  assert.equal(saved.faults[0]?.code, "invalid");
});

test("what is there is overwritten, skipped, kept beside, or replaced when older", async () => {
  const words = [item("a", { modifiedMs: 9000 }), data("new"), end];
  const there = (): FakeFolder => {
    const root = new FakeFolder();
    root.put("a", "old", 4000);
    return root;
  };
  assert.deepEqual((await into(words, there(), "overwrite")).root.files(), { a: "new" });
  const skipped = await into([item("a"), data("new"), end], there(), "skip");
  assert.deepEqual([skipped.root.files(), skipped.skipped, skipped.files], [{ a: "old" }, 1, 0]);
  const beside = await into([item("a"), data("new"), end], there(), "rename");
  assert.deepEqual(beside.root.files(), { a: "old", "a (2)": "new" });
  const older = [item("a", { modifiedMs: 4000 }), data("new"), end];
  assert.deepEqual((await into(older, there(), "newer")).root.files(), { a: "old" });
  const newer = [item("a", { modifiedMs: 9000 }), data("new"), end];
  assert.deepEqual((await into(newer, there(), "newer")).root.files(), { a: "new" });
});

test("a folder where a file shall go is left alone", async () => {
  const root = new FakeFolder();
  root.children.set("a", new FakeFolder());
  const saved = await into([item("a"), data("x"), end], root);
  assert.deepEqual(saved.root.files(), { "a (2)": "x" });
});

test("a name that the browser forbids gets another", async () => {
  const root = new FakeFolder();
  root.forbidden = /\.lnk$/;
  const saved = await into([item("a.lnk"), data("x"), end], root);
  assert.deepEqual(saved.root.files(), { "a.lnk_": "x" });
  assert.equal(saved.faults[0]?.code, "renamed");
});

test("links and special files are left out and said so", async () => {
  const saved = await into([
    ...[item("l", { type: "link", target: "/etc" }), item("f", { type: "fifo" })],
    ...[item("ok"), data("x"), end],
  ]);
  assert.deepEqual(saved.root.files(), { ok: "x" });
  assert.deepEqual(
    saved.faults.map((fault) => fault.path),
    ["l", "f"],
  );
});

test("a file that could not be read to its end is not left as if it were whole", async () => {
  const big = "x".repeat(600 * 1024);
  const broken = { type: "fault", code: "file_failed", message: "Broke." } as const;
  const root = new FakeFolder();
  root.put("old", "kept");
  const saved = await into(
    [
      ...[item("small"), data("x"), { ...broken, path: "small" }],
      ...[item("old"), data(big), { ...broken, path: "old" }],
      ...[item("ok"), data("y"), { ...broken, path: "elsewhere" }, end],
    ],
    root,
  );
  assert.deepEqual(saved.root.files(), { old: "kept", ok: "y" });
  assert.deepEqual([saved.files, saved.faults.length], [1, 3]);
});

test("a large file streams to the disk and the device is never ahead of its window", async () => {
  const pieces = 64;
  const root = new FakeFolder();
  const source = device([item("big")]);
  const target = { kind: "folder", handle: root.handle } as const;
  const job = run({ type: "tree", port: source.port, target, go: first });
  const piece = 256 * 1024;
  for (let i = 0; i < pieces; i++) {
    source.say({ type: "data", data: new ArrayBuffer(piece) });
    await until("credit", () => source.credit() >= (i - 12) * piece);
  }
  source.say(end);
  assert.equal((await job.end).type, "done");
  assert.equal((root.children.get("big") as FakeFile).data.byteLength, pieces * piece);
});

test("a full disk ends the tree: what follows has no room either", async () => {
  const root = new FakeFolder();
  root.put("a", "").room = 0;
  const target = { kind: "folder", handle: root.handle } as const;
  const words = [item("a"), data("x"), item("b"), data("y"), end];
  const last = await run({ type: "tree", port: device(words).port, target, go: first }).end;
  assert.equal(last.type === "failed" && last.code, "local_full");
});

test("a tree that ends early keeps what is whole and the part of a large file, and tells of both", async () => {
  const root = new FakeFolder();
  const big = "x".repeat(600 * 1024);
  const source = device([item("done"), data("x"), item("half"), data(big)]);
  const target = { kind: "folder", handle: root.handle } as const;
  const job = run({ type: "tree", port: source.port, target, go: first });
  await until("the first is there", () => root.files()["done"] === "x");
  await until("the second is begun", () => "half" in root.files());
  job.cancel();
  const last = await job.end;
  assert.equal(last.type === "failed" && last.code, "cancelled");
  assert.deepEqual(root.files(), { done: "x", half: big });
  const told = job.told.flatMap((word) =>
    word.type === "progress" && typeof word.progress === "object" ? [word.progress] : [],
  );
  assert.deepEqual(
    told.flatMap(({ marks }) => [...marks]),
    [markOf(1, "done", 0, 1_700_000_000_000)],
  );
  const { path: at, local, bytes: part } = told.at(-1)?.partial ?? {};
  assert.deepEqual([at, local, part], ["half", ["half"], big.length]);
  await until("the device hears of it", () => source.cancelled() === 1);
});

test("a tree that goes on leaves alone what is done, and gives the rest the names it would have had", async () => {
  const root = new FakeFolder();
  root.put("a_b", "earlier");
  const chosen = new Map([["a:b", "a_b"]]);
  const done = { ...item("a:b"), done: true } as FromDevice;
  const rest = [item("a*b"), data("2"), item("a?b"), data("3")];
  const saved = await into([done, ...rest, end], root, "rename", chosen);
  assert.deepEqual(saved.root.files(), { a_b: "earlier", "a_b (2)": "2", "a_b (3)": "3" });
});

test("names that an earlier go chose are written again, whatever the rule; so are files begun and empty", async () => {
  for (const rule of ["skip", "rename", "newer"] as const) {
    const root = new FakeFolder();
    const put = { own: "half", begun: "", theirs: "mine" };
    for (const [name, text] of Object.entries(put)) root.put(name, text, 2e12);
    const words = ["own", "begun", "theirs"].flatMap((name) => [item(name), data("new")]);
    const saved = await into([...words, end], root, rule, new Map([["own", "own"]]));
    const beside = rule === "rename" ? { "theirs (2)": "new" } : {};
    const want = { own: "new", begun: "new", theirs: "mine", ...beside };
    assert.deepEqual(saved.root.files(), want, rule);
  }
});

test("a file that became shorter while it was read is told, and is not taken for done", async () => {
  const source = device([
    item("a", { size: 10 }),
    data("short"),
    item("b", { size: 1 }),
    data("ok"),
    end,
  ]);
  const root = new FakeFolder();
  const target = { kind: "folder", handle: root.handle } as const;
  const job = run({ type: "tree", port: source.port, target, go: first });
  const last = await job.end;
  const faults = last.type === "done" ? (last.end as TreeEnd).faults : [];
  assert.deepEqual(
    faults.map(({ path: at, code }) => [at, code]),
    [["a", "changed"]],
  );
  const marks = job.told.flatMap((word) =>
    word.type === "progress" && typeof word.progress === "object" ? [...word.progress.marks] : [],
  );
  assert.deepEqual(marks, [markOf(1, "b", 1, 1_700_000_000_000)]);
});

test("10,000 small files are written several at once", async () => {
  const words: FromDevice[] = [folder("d")];
  for (let i = 0; i < 10_000; i++) words.push(item(`d/${String(i)}`), data("x"));
  const saved = await into([...words, end]);
  assert.equal(saved.files, 10_000);
  assert.equal(Object.keys(saved.root.files()).length, 10_000);
});

/** Saves a tree as a zip file and unpacks it with Info-ZIP's unzip or Python's. */
async function zipped(words: readonly FromDevice[]) {
  const file = new FakeFile("tree.zip");
  const target = { kind: "zip", to: { kind: "handle", handle: file.handle } } as const;
  const { port } = device(words);
  const last = await run({ type: "tree", port, target, go: first }).end;
  assert.ok(last.type === "done", JSON.stringify(last));
  const out = mkdtempSync(path.join(tmpdir(), "porthole-zip-"));
  folders.push(out);
  writeFileSync(path.join(out, "tree.zip"), file.data);
  const script =
    "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2]); print('\\n'.join(repr((i.filename, i.date_time[:3], oct(i.external_attr >> 16))) for i in z.infolist()))";
  const args = ["-c", script, path.join(out, "tree.zip"), path.join(out, "x")];
  const listing = execFileSync("python3", args, { env: { ...process.env, PYTHONUTF8: "1" } });
  return { ...(last.end as TreeEnd), out: path.join(out, "x"), listing: listing.toString() };
}

test("a zip holds the tree: bytes, names in UTF-8, times, modes, empty folders; links are told", async () => {
  const big = "0123456789".repeat(60_000);
  const saved = await zipped([
    ...[folder("d"), item("d/grüß.txt", { mode: 0o640 }), data("hello "), data("you")],
    ...[item("d/big"), data(big), item("d/empty"), folder("d/nothing")],
    ...[
      item("d/l", { type: "link" }),
      item("d/../../evil"),
      data("x"),
      item("d/a\\..\\b"),
      data("y"),
    ],
    ...[item("d/ancient", { modifiedMs: -5e12 }), item("d/future", { modifiedMs: 9e15 }), end],
  ]);
  const read = (name: string): string => readFileSync(path.join(saved.out, name), "utf8");
  assert.equal(read("d/grüß.txt"), "hello you");
  assert.equal(read("d/big"), big);
  assert.equal(read("d/empty"), "");
  assert.equal(read("d/a_.._b"), "y");
  assert.ok(statSync(path.join(saved.out, "d/nothing")).isDirectory());
  assert.deepEqual(readdirSync(saved.out), ["d"]);
  assert.match(saved.listing, /'d\/grüß\.txt', \(2023, 11, 1[45]\), '0o100640'/);
  assert.deepEqual(
    saved.faults.map((fault) => fault.path),
    ["d/l", "d/../../evil", "d/a\\..\\b"],
  );
  assert.equal(saved.files, 6);
});

test("a file that broke off in a zip is told with what is there of it", async () => {
  const saved = await zipped([
    ...[item("a"), data("half")],
    { type: "fault", path: "a", code: "file_failed", message: "Broke." },
    ...[item("b"), data("whole"), end],
  ]);
  assert.equal(readFileSync(path.join(saved.out, "b"), "utf8"), "whole");
  assert.match(saved.faults[0]?.message ?? "", /first 4 bytes/);
});

test("a zip that breaks off is not left as if it were whole", async () => {
  const file = new FakeFile("tree.zip");
  const target = { kind: "zip", to: { kind: "handle", handle: file.handle } } as const;
  const lost = { type: "failed", code: "lost", message: "The connection broke." } as const;
  const { port } = device([item("a"), data("x"), lost]);
  const last = await run({ type: "tree", port, target, go: first }).end;
  assert.equal(last.type === "failed" && last.code, "lost");
  assert.equal(file.data.byteLength, 0);
});

test("10,000 small files become one zip", async () => {
  const words: FromDevice[] = [folder("d")];
  for (let i = 0; i < 10_000; i++) words.push(item(`d/${String(i)}`), data("x"));
  const saved = await zipped([...words, end]);
  assert.equal(readdirSync(path.join(saved.out, "d")).length, 10_000);
});
