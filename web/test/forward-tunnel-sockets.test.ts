/** Capability ports: websockets of the page. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Page, bytes, openSocket, setUp, settle, until } from "./tunnel-world.ts";

test("a lost connection ends everything at once, and later requests hear of it", async () => {
  const { go, forward, page } = setUp();
  go.script = () => new Promise(() => undefined);
  page.request(1);
  const socket = openSocket(page);
  await until("open", () => socket.got.length === 1);
  go.end.resolve({ code: "lost", message: "The connection to the device was lost." });
  const error = await page.first("error", 1);
  assert.deepEqual(
    [error.code, error.message],
    ["closed", "The connection to the device was lost."],
  );
  await until("close", () => socket.got.length === 2);
  assert.deepEqual(socket.got[1], { type: "close", code: 1006, reason: "", clean: false });
  assert.equal((await forward.closed).code, "lost");
  page.request(2);
  assert.equal((await page.first("error", 2)).code, "closed");
  const late = openSocket(page);
  await until("close", () => late.got.length === 1);
  assert.equal(late.got[0]?.type, "close");
});

test("a websocket carries text and bytes both ways, in order, and tells what left", async () => {
  const { go, page, log } = setUp();
  const socket = openSocket(page);
  await until("open", () => socket.got.length === 1);
  assert.deepEqual(socket.got[0], { type: "open", protocol: "mqtt", epoch: "epoch" });
  assert.deepEqual(go.calls, ["socket /ws mqtt a=b"]);
  socket.post({ type: "send", data: "gr\u00fc\u00df \ud83d\ude00" });
  socket.post({ type: "send", data: bytes(1, 2, 3) });
  const fake = go.sockets[0] ?? assert.fail();
  await until("sent", () => socket.got.length === 2);
  assert.deepEqual(fake.sent, ["gr\u00fc\u00df \ud83d\ude00", Uint8Array.of(1, 2, 3)]);
  assert.deepEqual(socket.got[1], { type: "sent", bytes: 14 });
  fake.push("hello");
  fake.push(Uint8Array.of(9));
  await until("messages", () => socket.got.length === 4);
  assert.deepEqual(socket.got[2], { type: "message", data: "hello", sent: 0 });
  const last = socket.got[3];
  assert.ok(last?.type === "message" && last.data instanceof ArrayBuffer);
  await until("log", () => log().get(1)?.bytesIn === 6);
  assert.deepEqual([log().get(1)?.bytesOut, log().get(1)?.status], [14, 101]);
});

test("an echo carries what left along: one message each way", async () => {
  const { go, page } = setUp();
  const socket = openSocket(page);
  await until("open", () => go.sockets.length === 1);
  const fake = go.sockets[0] ?? assert.fail();
  fake.onSend = (data) => {
    fake.push(data);
  };
  socket.post({ type: "send", data: "ping" });
  await until("echo", () => socket.got.length === 2);
  assert.deepEqual(socket.got[1], { type: "message", data: "ping", sent: 4 });
});

test("10,000 numbered frames keep their order both ways", async () => {
  const { go, page } = setUp();
  const socket = openSocket(page);
  await until("open", () => go.sockets.length === 1);
  const fake = go.sockets[0] ?? assert.fail();
  for (let i = 0; i < 10_000; i++) {
    socket.post({ type: "send", data: String(i) });
    fake.push(String(i));
  }
  const numbers = Array.from({ length: 10_000 }, (_, i) => String(i));
  await until("all sent", () => fake.sent.length === 10_000);
  assert.deepEqual(fake.sent, numbers);
  const messages = (): string[] =>
    socket.got.flatMap((message) =>
      message.type === "message" && typeof message.data === "string" ? [message.data] : [],
    );
  await until("all came", () => messages().length === 10_000);
  assert.deepEqual(messages(), numbers);
});

test("a page that takes no messages holds the device back", async () => {
  const { go, page } = setUp();
  const socket = openSocket(page);
  await until("open", () => go.sockets.length === 1);
  const fake = go.sockets[0] ?? assert.fail();
  for (let i = 0; i < 40; i++) {
    fake.push(new Uint8Array(100_000));
  }
  await settle();
  const held = fake.reads;
  assert.ok(held <= 11, `${String(held)} messages were read`);
  socket.post({ type: "taken", bytes: 500_000 });
  await until("more", () => fake.reads >= held + 5);
});

test("a close waits for nothing the page will never take, and tells how it ended", async () => {
  const { go, page } = setUp();
  const socket = openSocket(page);
  await until("open", () => go.sockets.length === 1);
  const fake = go.sockets[0] ?? assert.fail();
  for (let i = 0; i < 40; i++) {
    fake.push(new Uint8Array(100_000));
  }
  await settle();
  socket.post({ type: "close", code: 4000, reason: "enough" });
  await until("closed", () => socket.got.at(-1)?.type === "close");
  assert.deepEqual(socket.got.at(-1), {
    type: "close",
    code: 4000,
    reason: "enough",
    clean: true,
  });
  assert.deepEqual(fake.closes, [[4000, "enough"]]);
});

test("a close with a code that no page may use has none", async () => {
  const { go, page } = setUp();
  for (const [i, code] of [1002, 999, 5000, "1000", undefined].entries()) {
    const socket = openSocket(page);
    await until("open", () => go.sockets.length === i + 1 && socket.got.length === 1);
    socket.post({ type: "close", code, reason: "x" });
    await until("closed", () => socket.got.at(-1)?.type === "close");
    assert.deepEqual(go.sockets[i]?.closes, [[1005, ""]]);
  }
});

test("a close before the device answered ends the attempt", async () => {
  const { go, page } = setUp();
  let aborted = false;
  go.socket = (_path, _protocols, _cookies, signal) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => {
        aborted = true;
        reject(Object.assign(new Error("Cancelled."), { code: "cancelled" }));
      });
    });
  const socket = openSocket(page);
  socket.post({ type: "close", code: 1001, reason: "" });
  await until("closed", () => socket.got.length === 1);
  assert.ok(aborted);
  assert.deepEqual(socket.got[0], { type: "close", code: 1006, reason: "", clean: false });
});

test("a websocket that the device refuses is closed with 1006, and the log says why", async () => {
  const { go, page, log } = setUp();
  go.socketFailure = Object.assign(new Error("No websocket there."), { code: "forward_garbage" });
  const socket = openSocket(page);
  await until("closed", () => socket.got.length === 1);
  assert.deepEqual(socket.got[0], { type: "close", code: 1006, reason: "", clean: false });
  await until("log", () => log().get(1)?.error === "No websocket there.");
});

test("what cannot be a websocket is closed without asking Go", async () => {
  const { go, page } = setUp();
  for (const changes of [
    { path: "ws://other.example/" },
    { path: "/\r\n" },
    { protocols: "mqtt" },
    { protocols: ["a b"] },
    { protocols: Object.assign(["a b"], { every: 1 }) },
    { cookies: 5 },
    { page: undefined },
    { protocols: Array.from({ length: 100 }, (_, i) => `p${String(i)}`) },
  ]) {
    const socket = openSocket(page, changes);
    await until("closed", () => socket.got.length === 1);
    assert.equal(socket.got[0]?.type, "close");
  }
  assert.equal(go.sockets.length, 0);
});

test("1,000 websockets are open at once, and the next is refused until one closes", async () => {
  const { go, page } = setUp();
  const sockets = Array.from({ length: 1000 }, () => openSocket(page));
  await until("open", () => sockets.every(({ got }) => got.length === 1));
  const refused = openSocket(page);
  await until("refused", () => refused.got[0]?.type === "close");
  sockets[0]?.post({ type: "close", code: 1000, reason: "" });
  await until("closed", () => sockets[0]?.got.at(-1)?.type === "close");
  const next = openSocket(page);
  await until("open", () => next.got[0]?.type === "open");
  assert.equal(go.sockets.length, 1001);
});

test("the websockets of a page that is gone end at the device, whichever port says so", async () => {
  const { go, forward, page } = setUp();
  const sockets = ["p1", "p2", "p1"].map((id) => openSocket(page, { page: id }));
  await until("open", () => sockets.every(({ got }) => got.length === 1));
  const next = new Page(forward, "epoch 2");
  next.post({ type: "page-gone", page: 5 });
  next.post({ type: "page-gone", page: "p1" });
  await until("closed", () => go.sockets[2]?.closes.length === 1);
  assert.deepEqual(
    go.sockets.map(({ closes }) => closes),
    [[[1001, ""]], [], [[1001, ""]]],
  );
  sockets[1]?.post({ type: "send", data: "alive" });
  await until("sent", () => go.sockets[1]?.sent.length === 1);
});

test("a websocket lives on when the service worker gets a new port", async () => {
  const { go, forward, page } = setUp();
  const socket = openSocket(page);
  await until("open", () => socket.got.length === 1);
  const next = new Page(forward, "epoch 2");
  next.request(1);
  await next.first("head");
  go.sockets[0]?.push("still here");
  await until("message", () => socket.got.length === 2);
});
