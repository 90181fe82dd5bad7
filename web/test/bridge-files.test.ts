import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileEntry, FileLimits } from "../src/bridge/bridge.d.ts";
import { parseEntries, parseEntry } from "../src/bridge/files-entry.ts";
import { DOWNLOAD_WINDOW_BYTES, ITEM_BYTES, NO_LIMITS } from "../src/bridge/files.ts";
import type { FromDevice, StreamItem, WriterWord } from "../src/bridge/files.ts";
import { config, fails, ports, setUp, silent, until } from "./bridge-world.ts";
import { defer } from "./defer.ts";
import { DoneFiles, markOf } from "../src/bridge/done-files.ts";
import { entryText } from "./fake-files.ts";

async function openFiles(limits: FileLimits = NO_LIMITS) {
  const world = setUp();
  const connection = await world.bridge.open(config, silent);
  const files = await connection.files(limits);
  const go = world.program.connections[0]?.files_[0];
  assert.ok(go !== undefined);
  return { ...world, connection, files, go };
}

/** A port for a stream, and all that came over its other end into heard. */
function listen<T>(heard: T[]): { port: MessagePort; end: MessagePort; heard: T[] } {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  port1.onmessage = (event: MessageEvent<T>): void => {
    heard.push(event.data);
  };
  return { port: port2, end: port1, heard };
}

function bytesOf(heard: readonly FromDevice[]): number {
  return heard.reduce((sum, word) => sum + (word.type === "data" ? word.data.byteLength : 0), 0);
}

const entry: FileEntry = {
  ...{ name: "a.log", type: "file", size: 3, modifiedMs: 1_700_000_000_000, mode: 0o644 },
  ...{ uid: 0, gid: null, owner: "root", group: "", target: "", targetType: "unknown" },
};

test("limits reach Go and the backend reaches the page", async () => {
  const limits = { ...NO_LIMITS, readOnly: true, maxBytes: 5, readPaths: ["/var"] };
  const { files, go } = await openFiles(limits);
  assert.deepEqual(go.limits, limits);
  assert.deepEqual(files.info, go.info);
});

test("calls arrive as they were made, and answers come back", async () => {
  const { files, go } = await openFiles();
  assert.deepEqual(await files.stat("/a.log", true), entry);
  assert.equal(await files.realPath("x"), "/real/x");
  assert.equal(await files.readLink("l"), "there");
  await files.mkdir("d");
  await files.mkdir("e", 0o700);
  await files.rename("a", "b", false);
  await files.chmod("a", 0o600, true);
  await files.chown("a", -1, 5, false);
  await files.setModified("a", 7);
  await files.symlink("t", "l");
  assert.deepEqual(await files.space("/"), { total: 2, free: 1 });
  assert.equal(await files.hash("a", -1), "ab12");
  assert.deepEqual(await files.read("a", 1, 2), Uint8Array.of(2, 3));
  const put = { replace: true, mode: null, modifiedMs: 1 };
  assert.equal((await files.put("a", Uint8Array.of(9), put)).name, "put");
  const saved = await files.save("a", Uint8Array.of(9));
  assert.deepEqual([saved.entry.name, saved.note], ["saved", "In place."]);
  assert.deepEqual(await files.shellState(), { directory: "/tmp", atPrompt: true });
  assert.deepEqual(go.calls, [
    ...["stat /a.log true", "realPath x", "readLink l", "mkdir d 0", "mkdir e 448"],
    ...["rename a b false", "chmod a 384 true", "chown a -1 5 false", "setModified a 7"],
    ...["symlink t l", "space /", "hash a -1", "read a 1 2"],
    ...['put a 9 {"replace":true,"mode":null,"modifiedMs":1}', "save a 9", "shellState"],
  ]);
});

test("a refusal keeps its code and its sentence", async () => {
  const { files, go } = await openFiles();
  go.failure = Object.assign(new Error("You may not read /root."), { code: "permission_denied" });
  const failure = await fails(files.stat("/root", false), "permission_denied");
  assert.equal(failure.message, "You may not read /root.");
});

test("a listing comes in batches, each taken before the next is read", async () => {
  const { files, go } = await openFiles();
  go.batches = [entryText("a") + entryText("b"), entryText("c")];
  const names: string[] = [];
  await files.list("/var", (batch) => names.push(batch.map((one) => one.name).join()));
  assert.deepEqual(names, ["a,b", "c"]);
});

for (const call of ["list", "remove", "count", "hash", "read"] as const) {
  test(`an abort ends ${call} in Go and rejects with cancelled`, async () => {
    const { files, go } = await openFiles();
    go.hangs = true;
    const abort = new AbortController();
    const none = (): void => undefined;
    const running = {
      list: () => files.list("/p", none, abort.signal),
      remove: () => files.remove("/p", none, abort.signal),
      count: () => files.count("/p", none, abort.signal),
      hash: () => files.hash("/p", 1, abort.signal),
      read: () => files.read("/p", 0, 1, abort.signal),
    }[call]();
    await until("the call is in Go", () => go.calls.length === 1);
    abort.abort();
    await fails(running, "cancelled");
    await until("Go heard of it", () => go.calls.some((one) => one.startsWith(`aborted ${call}`)));
  });
}

test("removing and counting tell how far they are", async () => {
  const { files } = await openFiles();
  const told: unknown[] = [];
  assert.equal(await files.remove("/d", (removed) => told.push(removed)), 2);
  const count = await files.count("/d", (found) => told.push(found.files));
  assert.deepEqual(count, { files: 2, folders: 1, others: 0, bytes: 9 });
  await until("progress", () => told.length === 2);
  assert.deepEqual(told, [1, 1]);
});

test("a download sends no more than its window until credit comes, and then all", async () => {
  const { files, go } = await openFiles();
  const piece = 256 * 1024;
  const pieces = (2 * DOWNLOAD_WINDOW_BYTES) / piece;
  for (let i = 0; i < pieces; i++) go.download_.push(new Uint8Array(piece).fill(i));
  go.download_.push(null);
  const { port, end, heard } = listen<FromDevice>([]);
  const options = { offset: 5, length: -1, gzip: false };
  assert.deepEqual(await files.download("/a.log", options, port), entry);
  assert.deepEqual(go.calls, [`download /a.log ${JSON.stringify(options)}`]);
  await until("a window", () => bytesOf(heard) === DOWNLOAD_WINDOW_BYTES);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(bytesOf(heard), DOWNLOAD_WINDOW_BYTES);
  assert.equal(go.download_.reads, DOWNLOAD_WINDOW_BYTES / piece);
  end.postMessage({ type: "credit", bytes: 2 * DOWNLOAD_WINDOW_BYTES });
  await until("the end", () => heard.at(-1)?.type === "end");
  assert.equal(bytesOf(heard), 2 * DOWNLOAD_WINDOW_BYTES);
  const data = heard.flatMap((word) => (word.type === "data" ? [new Uint8Array(word.data)] : []));
  assert.deepEqual(
    data.map((one) => one[0]),
    Array.from({ length: pieces }, (_, i) => i),
  );
});

test("a reader that cancels ends the download in Go and hears cancelled", async () => {
  const { files, go } = await openFiles();
  const { port, end, heard } = listen<FromDevice>([]);
  await files.download("/a.log", { offset: 0, length: -1, gzip: false }, port);
  end.postMessage({ type: "cancel" });
  await until("the end", () => heard.length > 0);
  assert.equal(heard[0]?.type === "failed" && heard[0].code, "cancelled");
  assert.equal(go.download_.cancelled, 1);
});

test("a reader that cancels before the download is open ends it as well", async () => {
  const { files, go } = await openFiles();
  go.hangs = true;
  const { port, end, heard } = listen<FromDevice>([]);
  const opening = files.download("/a.log", { offset: 0, length: -1, gzip: false }, port);
  await until("the call is in Go", () => go.calls.length === 1);
  end.postMessage({ type: "cancel" });
  await fails(opening, "cancelled");
  await until("the end", () => heard.length > 0);
  assert.equal(heard[0]?.type === "failed" && heard[0].code, "cancelled");
});

test("a download that breaks off says so after its last byte", async () => {
  const { files, go } = await openFiles();
  const { port, heard } = listen<FromDevice>([]);
  const lost = Object.assign(new Error("The connection broke."), { code: "lost" });
  go.download_.push(Uint8Array.of(1), lost);
  await files.download("/a.log", { offset: 0, length: -1, gzip: false }, port);
  await until("the end", () => heard.length === 2);
  assert.deepEqual(heard[1], { type: "failed", code: "lost", message: "The connection broke." });
});

test("a download that cannot begin fails on both ways", async () => {
  const { files, go } = await openFiles();
  go.failure = Object.assign(new Error("Not there."), { code: "not_found" });
  const { port, heard } = listen<FromDevice>([]);
  await fails(files.download("/n", { offset: 0, length: -1, gzip: false }, port), "not_found");
  await until("the end", () => heard.length === 1);
  assert.deepEqual(heard[0], { type: "failed", code: "not_found", message: "Not there." });
});

/** The items of a tree, however they came. */
function steps(heard: readonly FromDevice[]): StreamItem[] {
  return heard.flatMap((word) => (word.type === "items" ? word.items : []));
}

test("data of a tree belongs to its entry, whatever batch it comes in", async () => {
  const { files, go } = await openFiles();
  const { port, heard } = listen<FromDevice>([]);
  go.tree_.push({ kind: "entry", path: "d/a", entry: entryText("a"), done: false });
  go.tree_.push(
    { kind: "data", data: Uint8Array.of(1, 2) },
    { kind: "data", data: Uint8Array.of() },
    { kind: "entry", path: "d/bad", entry: entryText("bad", { mode: "x" }), done: false },
  );
  go.tree_.push({ kind: "data", data: Uint8Array.of(7) }, null);
  await files.tree(["/d"], null, port);
  await until("the end", () => heard.at(-1)?.type === "end");
  assert.deepEqual(
    steps(heard).map((item) =>
      item.type === "data" ? [...new Uint8Array(item.data)] : `${item.type} ${item.path}`,
    ),
    ["entry d/a", [1, 2], [], "fault d/bad"],
  );
});

test("a batch that says something else than it has ends the tree, and Go hears of it", async () => {
  for (const text of ["data\x005\0", "data\0-1\0", "entry\0d", "folder\0d\0"]) {
    const { files, go } = await openFiles();
    const { port, heard } = listen<FromDevice>([]);
    go.tree_.pushBatch({ text, data: Uint8Array.of(1) });
    await files.tree(["/d"], null, port);
    await until("the end", () => heard.length > 0);
    const [word] = heard;
    assert.equal(word?.type === "failed" && word.code, "internal");
    await until("Go's end", () => go.tree_.cancelled === 1);
  }
});

test("a tree comes as entries, data and faults, without what cannot be read", async () => {
  const { files, go } = await openFiles();
  const { port, end, heard } = listen<FromDevice>([]);
  go.tree_.push(
    { kind: "entry", path: "d", entry: entryText("d", { type: "dir" }), done: false },
    { kind: "entry", path: "d/a.log", entry: entryText("a.log"), done: false },
    { kind: "data", data: Uint8Array.of(1, 2, 3) },
    { kind: "entry", path: "d/b", entry: entryText("b", { size: "many" }), done: false },
    { kind: "data", data: Uint8Array.of(4) },
    { kind: "fault", path: "d/c", code: "permission_denied", message: "No." },
    null,
  );
  await files.tree(["/d"], null, port);
  await until("the end", () => heard.at(-1)?.type === "end");
  assert.deepEqual(
    steps(heard).map((item) => ("path" in item ? `${item.type} ${item.path}` : item.type)),
    ["entry d", "entry d/a.log", "data", "fault d/b", "fault d/c"],
  );
  assert.equal(heard.length, 2, "what came together goes together");
  end.postMessage({ type: "credit", bytes: 1 });
});

test("a tree that goes on: Go is told which files are there, by path, size and time", async () => {
  const { files, go } = await openFiles();
  const { port, heard } = listen<FromDevice>([]);
  const done = new DoneFiles();
  for (const path of ["d/a", "d/b"]) done.add(markOf(done.seed, path, 3, 5));
  go.tree_.push({ kind: "entry", path: "d/a", entry: entryText("a"), done: true }, null);
  await files.tree(["/d"], done.marks, port);
  await until("the end", () => heard.at(-1)?.type === "end");
  assert.deepEqual(
    steps(heard).map((item) => (item.type === "entry" ? [item.path, item.done] : item.type)),
    [["d/a", true]],
  );
  const { has } = go.tree_;
  const asked = [has?.("d/a", 3, 5), has?.("d/b", 3, 5), has?.("d/a", 4, 5), has?.("d/a", 3, null)];
  assert.deepEqual(asked, [true, true, false, false]);
});

test("after files ended by loss, what is asked of them says lost; closed by the person, closed", async () => {
  for (const code of ["lost", "closed"]) {
    const { files, go } = await openFiles();
    go.end.resolve({ code, message: "It ended." });
    assert.deepEqual(await files.closed, { code, message: "It ended." });
    await fails(files.stat("/a", false), code);
    await fails(files.mkdir("/b"), code);
    await fails(files.tree(["/d"], null, listen<FromDevice>([]).port), code);
  }
});

test("entries without data count in the window, too: an endless tree is held back", async () => {
  const { files, go } = await openFiles();
  const { port, heard } = listen<FromDevice>([]);
  const most = DOWNLOAD_WINDOW_BYTES / ITEM_BYTES;
  for (let i = 0; i < most + 100; i++) {
    const entry = entryText(String(i));
    go.tree_.push({ kind: "entry", path: `d/${String(i)}`, entry, done: false });
  }
  await files.tree(["/d"], null, port);
  await until("a window", () => steps(heard).length === most);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(steps(heard).length, most);
});

test("an upload reaches Go in order, gives credit for what is taken, and says done", async () => {
  const { files, go } = await openFiles();
  const { port, end, heard } = listen<WriterWord>([]);
  const options = { offset: 10, fresh: true, mode: 0o600, gzip: false };
  go.upload_.at = 10;
  const gate = defer<undefined>();
  go.upload_.gate = gate.promise;
  await files.upload("/b", options, port);
  for (const data of [Uint8Array.of(1, 2), Uint8Array.of(3)]) {
    end.postMessage({ type: "data", data: data.buffer }, [data.buffer]);
  }
  end.postMessage({ type: "end" });
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(heard.length, 0, "nothing is credited before Go took it");
  gate.resolve(undefined);
  await until("the end", () => heard.at(-1)?.type === "done");
  assert.deepEqual(heard, [
    { type: "credit", bytes: 2 },
    { type: "credit", bytes: 1 },
    { type: "confirmed", offset: 13 },
    { type: "done" },
  ]);
  assert.deepEqual(go.upload_.written, [Uint8Array.of(1, 2), Uint8Array.of(3)]);
  assert.equal(go.upload_.finished, 1);
});

test("a writer that cancels ends the upload in Go without finishing it", async () => {
  const { files, go } = await openFiles();
  const { port, end, heard } = listen<WriterWord>([]);
  await files.upload("/b", { offset: 0, fresh: false, mode: null, gzip: false }, port);
  end.postMessage({ type: "cancel" });
  await until("the end", () => heard.length > 0);
  assert.equal(heard[0]?.type === "failed" && heard[0].code, "cancelled");
  assert.equal(go.upload_.cancelled, 1);
  assert.equal(go.upload_.finished, 0);
});

test("an upload that Go refuses midway tells the writer why", async () => {
  const { files, go } = await openFiles();
  const { port, end, heard } = listen<WriterWord>([]);
  const full = Object.assign(new Error("The disk is full."), { code: "no_space" });
  go.upload_.gate = Promise.reject(full);
  go.upload_.gate.catch(() => undefined);
  await files.upload("/b", { offset: 0, fresh: false, mode: null, gzip: false }, port);
  end.postMessage({ type: "data", data: new ArrayBuffer(4) });
  await until("the end", () => heard.length === 1);
  assert.deepEqual(heard, [{ type: "failed", code: "no_space", message: "The disk is full." }]);
});

test("a followed log is a session", async () => {
  const { files, go } = await openFiles();
  const session = await files.follow("/var/log/x", 10);
  const text: string[] = [];
  session.attach((chunk, done) => {
    text.push(new TextDecoder().decode(chunk));
    done();
  });
  await go.sessions[0]?.sink.write(new TextEncoder().encode("line\n"), 0);
  await until("the line", () => text.join("") === "line\n");
  await session.close();
  assert.deepEqual(go.calls, ["follow /var/log/x 10"]);
});

test("after the files ended calls say so, and so do those of a lost worker", async () => {
  const { files, exit, go } = await openFiles();
  await files.close();
  assert.equal((await files.closed).code, "closed");
  await until("it is forgotten", () => go.calls.length === 0);
  await fails(files.stat("/", false), "closed");
  const other = await openFiles();
  other.exit.resolve("trap");
  await fails(other.files.stat("/", false), "internal");
  assert.equal((await other.files.closed).code, "internal");
  exit.resolve("over");
});

test("bookmarks of a device's files are kept in the profile", async () => {
  const { bridge, program } = setUp();
  await fails(bridge.profile(), "internal"); // the fake's first attempt
  const profile = await bridge.profile();
  const scope = { tenant: "t", principal: "p", deviceId: "1" };
  const settings = { bookmarks: ["/var/log"], keepModified: false, keepMode: true };
  await profile.saveFilesSettings(scope, settings);
  assert.deepEqual(await profile.filesSettings(scope), settings);
  assert.deepEqual(program.rememberedFiles, settings);
});

test("an entry with a field that makes no sense is left out, its neighbours are not", () => {
  for (const [what, fields] of Object.entries({
    "a negative size": { size: "-1" },
    "a size beyond numbers": { size: "99999999999999999999" },
    "a size that is none": { size: "1e3" },
    "a foreign type": { type: "door" },
    "a foreign type of the target": { targetType: "" },
    "a mode beyond its bits": { mode: "4096" },
    "no mode": { mode: "" },
    "a time that is none": { modifiedMs: "NaN" },
    "an owner's number that is none": { uid: "root" },
  })) {
    const batch = entryText("before") + entryText("x", fields) + entryText("after");
    const names = parseEntries(batch).map((one) => one.name);
    assert.deepEqual(names, ["before", "after"], what);
    assert.equal(parseEntry(entryText("x", fields)), null, what);
  }
});

test("names that could leave their directory are left out", () => {
  for (const name of ["", ".", "..", "/", "../x", "a/b", "/etc/passwd"]) {
    assert.deepEqual(parseEntries(entryText(name)), [], name);
  }
  assert.equal(parseEntry(entryText("/", { type: "dir" }))?.name, "/");
  assert.equal(parseEntry(entryText("a/b")), null);
});

test("names of any other characters come through as they are", () => {
  for (const name of ["a b", "-rf", "new\nline", "grüß", "\uef80", "…", "a\u202eb", "<b>"]) {
    assert.equal(parseEntries(entryText(name))[0]?.name, name);
  }
});

test("no text makes the reader of entries throw or invent a type", () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  const parts = [...["\0", "\0\0", "file", "dir", "link", "0", "-1", "420", "..", "/", "a", "\n"]];
  const whole = entryText("ok").split("\0");
  for (let round = 0; round < 5000; round++) {
    const fields = [...whole];
    for (let change = random(4); change >= 0; change--) {
      fields.splice(random(fields.length), random(2), parts[random(parts.length)] ?? "");
    }
    const text = fields.join("\0");
    for (const one of [...parseEntries(text), parseEntry(text)]) {
      if (one === null) continue;
      assert.ok(Number.isSafeInteger(one.size) && one.size >= 0, text);
      assert.ok(one.mode >= 0 && one.mode <= 0o7777, text);
      assert.ok(one.name === "/" || !one.name.includes("/"), text);
      assert.match(one.type, /^(file|dir|link|fifo|socket|char|block|unknown)$/);
    }
  }
});
