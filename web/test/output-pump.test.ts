import assert from "node:assert/strict";
import { test } from "node:test";
import { OutputPump } from "../src/bridge/output-pump.ts";
import type { ToPage } from "../src/bridge/messages.ts";

const limits = { coalesce: 32, high: 512, low: 128 };

function setUp(): { pump: OutputPump; posted: number[]; bytes: () => number[] } {
  const posted: number[] = [];
  const all: number[] = [];
  const pump = new OutputPump((message: ToPage, transfers) => {
    if (message.type === "output") {
      assert.deepEqual(transfers, [message.data], "the buffer is transferred");
      posted.push(message.data.byteLength);
      all.push(...new Uint8Array(message.data));
    }
  }, limits);
  return { pump, posted, bytes: () => all };
}

function chunk(length: number, value = 0): Uint8Array {
  return new Uint8Array(length).fill(value);
}

async function isPending(promise: Promise<void> | undefined): Promise<boolean> {
  const mark = {};
  return (await Promise.race([promise, Promise.resolve(mark)])) === mark;
}

test("a small chunk goes at once while the screen is idle", () => {
  const { pump, posted } = setUp();
  assert.equal(pump.write(chunk(1), 0), undefined);
  assert.equal(pump.write(chunk(3), 0), undefined);
  assert.deepEqual(posted, [1, 3]);
});

test("small chunks are joined while the screen is busy", () => {
  const { pump, posted } = setUp();
  void pump.write(chunk(40), 0);
  for (let i = 0; i < 10; i++) {
    void pump.write(chunk(8), 0);
  }
  assert.deepEqual(posted, [40, 32, 32], "joined to 32, the last 16 wait");
  pump.credit(104);
  assert.deepEqual(posted, [40, 32, 32, 16], "what waits goes when the screen is idle again");
});

test("the writer waits from the high watermark to the low one", async () => {
  const { pump } = setUp();
  assert.equal(pump.write(chunk(511), 0), undefined);
  const held = pump.write(chunk(1), 0);
  assert.ok(held instanceof Promise);
  pump.credit(383); // 129 left
  assert.ok(await isPending(held));
  pump.credit(1); // 128 left
  await held;
});

test("no byte is lost, reordered or doubled, whatever the sizes and credits", () => {
  const { pump, posted, bytes } = setUp();
  let sent = 0;
  let credited = 0;
  for (let i = 0; i < 300; i++) {
    const part = new Uint8Array((i * 7) % 61).map(() => sent++ % 251);
    void pump.write(part, 0);
    if (i % 3 === 0) {
      const flying = posted.reduce((a, b) => a + b, 0) - credited;
      const credit = Math.min(flying, (i * 13) % 97);
      credited += credit;
      pump.credit(credit);
    }
  }
  pump.close();
  assert.equal(bytes().length, sent);
  assert.ok(bytes().every((byte, i) => byte === i % 251));
});

test("stdout and stderr are never joined", () => {
  const streams: number[] = [];
  const pump = new OutputPump((message) => {
    if (message.type === "output") {
      streams.push(message.stream);
    }
  }, limits);
  void pump.write(chunk(40), 0);
  void pump.write(chunk(4), 0);
  void pump.write(chunk(4), 1);
  pump.close();
  assert.deepEqual(streams, [0, 0, 1]);
});

test("a chunk that is a part of its buffer takes no other bytes along", () => {
  const { pump, bytes } = setUp();
  void pump.write(Uint8Array.of(1, 2, 3, 4).subarray(1, 3), 0);
  assert.deepEqual(bytes(), [2, 3]);
});

test("nonsense credits neither release the writer nor go below zero", async () => {
  const { pump } = setUp();
  const held = pump.write(chunk(600), 0);
  for (const bytes of [-1, Number.NaN, 0]) {
    pump.credit(bytes);
  }
  assert.equal(pump.outstanding, 600);
  assert.ok(await isPending(held));
  pump.credit(1e9);
  assert.equal(pump.outstanding, 0);
  await held;
});

test("close posts what waits, releases the writer and takes nothing more", async () => {
  const { pump, posted } = setUp();
  void pump.write(chunk(40), 0);
  void pump.write(chunk(5), 0);
  const held = pump.write(chunk(600), 0);
  pump.close();
  await held;
  void pump.write(chunk(5), 0);
  assert.deepEqual(posted, [40, 605]);
});
