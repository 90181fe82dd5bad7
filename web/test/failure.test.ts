import assert from "node:assert/strict";
import { test } from "node:test";
import { expose, wrap } from "comlink";
import { BridgeFailure, installErrorTransfer, toFailure } from "../src/bridge/failure.ts";

installErrorTransfer();
installErrorTransfer(); // twice is once

/** Calls a function that throws this value, through comlink, and gives what arrives. */
async function acrossThreads(thrown: unknown): Promise<BridgeFailure> {
  const { port1, port2 } = new MessageChannel();
  const fail = (): void => {
    throw thrown;
  };
  try {
    expose({ fail }, port1);
    const remote = wrap<{ fail: () => void }>(port2);
    await remote.fail();
  } catch (error) {
    assert.ok(error instanceof BridgeFailure);
    return error;
  } finally {
    port1.close();
    port2.close();
  }
  return assert.fail("nothing was thrown");
}

test("code, message and detail of Go's errors cross the threads", async () => {
  const detail = { name: "[localhost.1.t]:22", known: ["SHA256:a"], offered: "SHA256:b" };
  const thrown = Object.assign(new Error("The host key has changed."), {
    code: "host_key_changed",
    detail,
  });
  const failure = await acrossThreads(thrown);
  assert.equal(failure.code, "host_key_changed");
  assert.equal(failure.message, "The host key has changed.");
  assert.deepEqual(failure.detail, detail);
});

test("a detail that cannot be cloned does not hide the failure", async () => {
  const thrown = new BridgeFailure("lost", "The connection broke.", {
    detail: { f: () => undefined },
  });
  const failure = await acrossThreads(thrown);
  assert.equal(failure.code, "lost");
  assert.deepEqual(failure.detail, {});
});

for (const [what, thrown] of [
  ["an error without a code", new Error("boom")],
  ["text", "boom"],
  ["nothing", undefined],
  ["null", null],
  ["a code that is no text", { code: 7, message: "boom" }],
  ["an empty code", { code: "", message: "boom" }],
  ["an array", ["boom"]],
] as const) {
  test(`${what} becomes our own fault, with a sentence`, async () => {
    const failure = await acrossThreads(thrown);
    assert.equal(failure.code, "internal");
    assert.match(failure.message, /Reload the page/);
  });
}

test("an abort is the person's own doing", () => {
  const failure = toFailure(new DOMException("stop", "AbortError"));
  assert.equal(failure.code, "cancelled");
});

test("a failure stays the same object", () => {
  const failure = new BridgeFailure("closed", "Closed.");
  assert.equal(toFailure(failure), failure);
});
