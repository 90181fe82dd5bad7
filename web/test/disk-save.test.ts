import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DOWNLOAD_WINDOW_BYTES, UPLOAD_WINDOW_BYTES } from "../src/bridge/files.ts";
import type { FromDevice, ToDevice, WriterWord } from "../src/bridge/files.ts";
import type { FromServiceWorker, ToStream } from "../src/files/disk/dl/protocol.ts";
import { attachment } from "../src/files/disk/dl/disposition.ts";
import { download, nothing } from "../src/files/disk/dl/answer.ts";
import { numbered, safeName } from "../src/files/disk/names.ts";
import { until } from "./bridge-world.ts";
import { FakeFile, bytes, deviceEnd, run } from "./fake-disk.ts";
import { digest } from "./digest.ts";

const open: { close: () => void }[] = [];
after(() => {
  for (const one of open) one.close();
});

function device(words: readonly FromDevice[] = []) {
  const end = deviceEnd(words);
  open.push(end);
  return end;
}

function save(file: FakeFile, port: MessagePort, at = 0) {
  return run({ type: "save", port, target: { kind: "handle", handle: file.handle }, at });
}

test("a download is written whole, and its hash is that of the file", async () => {
  const file = new FakeFile("a.log");
  const end = device([
    ...[bytes("one "), bytes("two")].map((data): FromDevice => ({ type: "data", data })),
    { type: "end" },
  ]);
  const job = save(file, end.port);
  assert.deepEqual(await job.end, {
    ...{ type: "done", job: 1, end: { bytes: 7, digest: digest("one two") } },
  });
  assert.equal(file.text, "one two");
});

test("an empty file is made empty", async () => {
  const file = new FakeFile("empty");
  file.data = new Uint8Array(3);
  await save(file, device([{ type: "end" }]).port).end;
  assert.equal(file.data.byteLength, 0);
});

test("a download goes on after what was verified, and the hash covers that too", async () => {
  const file = new FakeFile("a.log");
  file.data = new TextEncoder().encode("kept, then rubbish");
  const end = device([{ type: "data", data: bytes(" more") }, { type: "end" }]);
  const last = await save(file, end.port, 4).end;
  assert.equal(file.text, "kept more");
  assert.deepEqual(last, {
    ...{ type: "done", job: 1, end: { bytes: 5, digest: digest("kept more") } },
  });
});

test("a part that is shorter than it was is not gone on from", async () => {
  const file = new FakeFile("a.log");
  const end = device();
  const last = await save(file, end.port, 4).end;
  assert.equal(last.type === "failed" && last.code, "changed");
  await until("the device hears of it", () => end.cancelled() === 1);
});

test("a download that breaks off leaves what came, to go on from", async () => {
  const file = new FakeFile("a.log");
  const end = device([
    { type: "data", data: bytes("first") },
    { type: "failed", code: "lost", message: "The connection broke." },
  ]);
  const last = await save(file, end.port).end;
  assert.deepEqual(last, {
    ...{ type: "failed", job: 1, code: "lost", message: "The connection broke." },
  });
  assert.equal(file.text, "first");
});

test("a cancelled download leaves what came and ends the device's side", async () => {
  const file = new FakeFile("a.log");
  const end = device([{ type: "data", data: bytes("first") }]);
  const job = save(file, end.port);
  await until("it was opened", () => file.opened === 1);
  job.cancel();
  const last = await job.end;
  assert.equal(last.type === "failed" && last.code, "cancelled");
  await until("the device hears of it", () => end.cancelled() === 1);
});

test("a full disk says so by name, and keeps the last checkpoint", async () => {
  const file = new FakeFile("core.dump");
  file.room = 70 * 2 ** 20;
  const piece = 2 ** 20;
  const end = device();
  const job = save(file, end.port);
  for (let i = 0; i < 80; i++) end.say({ type: "data", data: new ArrayBuffer(piece) });
  const last = await job.end;
  assert.ok(last.type === "failed");
  assert.equal(last.code, "local_full");
  assert.match(last.message, /core\.dump/);
  assert.ok(file.data.byteLength >= 64 * piece, `kept ${String(file.data.byteLength)} bytes`);
});

test("checkpoints copy no more than twice the file altogether", async () => {
  const file = new FakeFile("big");
  const end = device();
  const job = save(file, end.port);
  const pieces = 150;
  const piece = 2 ** 20;
  for (let i = 0; i < pieces; i++) {
    end.say({ type: "data", data: new ArrayBuffer(piece) });
    if (i % 4 === 0) await until("credit", () => end.credit() >= (i - 8) * piece);
  }
  end.say({ type: "end" });
  const last = await job.end;
  assert.equal(last.type, "done");
  assert.equal(file.data.byteLength, pieces * piece);
  assert.ok(file.opened > 2, "there were checkpoints");
  assert.ok(file.copied <= 2 * pieces * piece, `copied ${String(file.copied)}`);
});

test("a browser's download is pulled: what nobody asks for holds the device back", async () => {
  const end = device();
  const target = { kind: "stream", name: "a.bin", size: null } as const;
  const job = run({ type: "save", port: end.port, target, at: 0 });
  await until("a stream", () => job.told.some((one) => one.type === "stream"));
  const stream = job.told.find((one) => one.type === "stream");
  assert.ok(stream?.type === "stream");
  open.push(stream.port);
  const heard: ToStream[] = [];
  stream.port.onmessage = (event: MessageEvent<ToStream>): void => {
    heard.push(event.data);
  };
  const say = (word: FromServiceWorker): void => {
    stream.port.postMessage(word);
  };
  const piece = 256 * 1024;
  for (let i = 0; i < DOWNLOAD_WINDOW_BYTES / piece; i++) {
    end.say({ type: "data", data: new ArrayBuffer(piece) });
  }
  say({ type: "started" });
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(heard.length, 0);
  assert.ok(end.credit() <= 1024 * 1024, `credit of ${String(end.credit())}`);
  const got = (): number =>
    heard
      .flatMap((word) => (word.type === "data" ? word.data : []))
      .reduce((sum, data) => sum + data.byteLength, 0);
  end.say({ type: "end" });
  for (let asked = 0; heard.at(-1)?.type !== "end"; asked++) {
    assert.ok(asked < 100, "it never ended");
    const before = heard.length;
    say({ type: "pull" });
    await until("an answer", () => heard.length > before);
  }
  assert.equal(got(), DOWNLOAD_WINDOW_BYTES);
  assert.equal((await job.end).type, "done");
});

test("a download that the person cancels in the browser ends as cancelled on both sides", async () => {
  const end = device();
  const target = { kind: "stream", name: "a.bin", size: null } as const;
  const job = run({ type: "save", port: end.port, target, at: 0 });
  await until("a stream", () => job.told.some((one) => one.type === "stream"));
  const stream = job.told.find((one) => one.type === "stream");
  assert.ok(stream?.type === "stream");
  open.push(stream.port);
  stream.port.postMessage({ type: "cancelled" } satisfies FromServiceWorker);
  const last = await job.end;
  assert.equal(last.type === "failed" && last.code, "cancelled");
  await until("the device hears of it", () => end.cancelled() === 1);
});

test("a browser's download that breaks off is told, so that no half of it is kept", async () => {
  const end = device([{ type: "failed", code: "lost", message: "Broke." }]);
  const target = { kind: "stream", name: "a.bin", size: 5 } as const;
  const job = run({ type: "save", port: end.port, target, at: 0 });
  await until("a stream", () => job.told.some((one) => one.type === "stream"));
  const stream = job.told.find((one) => one.type === "stream");
  assert.ok(stream?.type === "stream");
  open.push(stream.port);
  const heard: string[] = [];
  stream.port.onmessage = (event: MessageEvent<ToStream>): void => {
    heard.push(event.data.type);
  };
  await job.end;
  await until("it is told", () => heard.includes("failed"));
});

/** The device's side of an upload: takes what comes, at its pace. */
function taker() {
  const { port1, port2 } = new MessageChannel();
  open.push(port1);
  const heard: ToDevice[] = [];
  let taken = 0;
  port1.onmessage = (event: MessageEvent<ToDevice>): void => {
    heard.push(event.data);
    if (event.data.type === "data") taken += event.data.data.byteLength;
  };
  return {
    port: port2,
    heard,
    taken: () => taken,
    say: (word: WriterWord) => {
      port1.postMessage(word);
    },
  };
}

test("a file is sent within the window, and its hash is that of the whole", async () => {
  const data = Buffer.alloc(2 * UPLOAD_WINDOW_BYTES + 77, "abc");
  const { port, heard, taken, say } = taker();
  const job = run({ type: "send", blob: new File([data], "fw.bin"), port, at: 5 });
  await until("a window", () => taken() === UPLOAD_WINDOW_BYTES);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(taken(), UPLOAD_WINDOW_BYTES);
  say({ type: "credit", bytes: 2 * UPLOAD_WINDOW_BYTES });
  await until("the end", () => heard.at(-1)?.type === "end");
  assert.equal(taken(), data.byteLength - 5);
  say({ type: "confirmed", offset: data.byteLength });
  say({ type: "done" });
  assert.deepEqual(await job.end, {
    ...{ type: "done", job: 1, end: { bytes: data.byteLength - 5, digest: digest(data) } },
  });
  const progress = job.told.filter((one) => one.type === "progress");
  assert.deepEqual(progress.at(-1), { type: "progress", job: 1, progress: data.byteLength });
});

test("a file that vanished while it was sent says so by name", async () => {
  const blob = new File(["x"], "gone.txt");
  blob.slice = () => {
    throw new DOMException("gone", "NotReadableError");
  };
  const { port, heard } = taker();
  const last = await run({ type: "send", blob, port, at: 0 }).end;
  assert.ok(last.type === "failed");
  assert.equal(last.code, "changed");
  assert.match(last.message, /gone\.txt/);
  await until("the device hears of it", () => heard.at(-1)?.type === "cancel");
});

test("an upload that the device refuses keeps its code and sentence", async () => {
  const { port, say } = taker();
  const job = run({ type: "send", blob: new Blob(["x"]), port, at: 0 });
  say({ type: "failed", code: "no_space", message: "The disk of the device is full." });
  assert.deepEqual(await job.end, {
    ...{ type: "failed", job: 1, code: "no_space", message: "The disk of the device is full." },
  });
});

test("the hash of the first bytes of a file is SHA-256's, by its known vectors", async () => {
  const vectors: [text: string, length: number, sha: string][] = [
    ["", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    ["abcdef", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "a".repeat(10 ** 6),
      10 ** 6,
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    ],
  ];
  for (const [text, length, sha] of vectors) {
    const last = await run({ type: "hash", blob: new Blob([text]), length }).end;
    assert.deepEqual(last, { type: "done", job: 1, end: sha });
  }
});

test("names become ones that every system takes for one file in this folder", () => {
  for (const [name, want] of [
    ["a.log", "a.log"],
    ["grüß gott.txt", "grüß gott.txt"],
    ["..", "__"],
    [".", "_"],
    ["", "_"],
    [".profile", ".profile"],
    ["a/b", "a_b"],
    ["..\\..\\evil", ".._.._evil"],
    ["con", "_con"],
    ["COM1.txt", "_COM1.txt"],
    ["nul.", "nul_"],
    ["nul", "_nul"],
    ["console", "console"],
    ["x. ", "x__"],
    ['a<b>:"|?*', "a_b______"],
    ["new\nline\r\n", "new_line__"],
    ["gpj.\u202etxt", "gpj._txt"],
    ["raw\uefff", "raw%FF"],
    ["half\ud800", "half_"],
  ]) {
    assert.equal(safeName(name ?? ""), want, JSON.stringify(name));
  }
  const long = safeName(`${"ä".repeat(200)}.tar.gz`);
  assert.ok(new TextEncoder().encode(long).byteLength <= 240);
  assert.ok(long.endsWith("ä.gz"));
  assert.equal(numbered("a.log", 2), "a (2).log");
  assert.equal(numbered(".bashrc", 3), ".bashrc (3)");
});

test("a download's answer is an attachment that nothing shows or runs", () => {
  const body = new ReadableStream<Uint8Array>();
  const answer = download(body, '"><script>\r\nX: y\u202e.svg', 5);
  const disposition = answer.headers.get("Content-Disposition") ?? "";
  assert.match(
    disposition,
    /^attachment; filename="[A-Za-z0-9 ._-]*"; filename\*=UTF-8''[\w.%~-]*$/,
  );
  assert.equal(answer.headers.get("Content-Type"), "application/octet-stream");
  assert.equal(answer.headers.get("X-Content-Type-Options"), "nosniff");
  assert.equal(answer.headers.get("Content-Security-Policy"), "sandbox; default-src 'none'");
  assert.equal(answer.headers.get("Content-Length"), "5");
  assert.equal(download(body, "x", null).headers.get("Content-Length"), null);
  assert.equal(nothing().status, 404);
  assert.equal(
    attachment("grüß 'x'.txt"),
    "attachment; filename=\"gr__ _x_.txt\"; filename*=UTF-8''gr%C3%BC%C3%9F%20%27x%27.txt",
  );
});
