/** Capability ports: what goes wrong at the device, and what pages must not ask. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setUp } from "./tunnel-world.ts";

for (const [code, want] of Object.entries({
  forward_refused: "refused",
  forward_forbidden: "forbidden",
  forward_silent: "silent",
  forward_garbage: "garbage",
  forward_broken: "broken",
  certificate_denied: "certificate",
  certificate_change: "certificate",
  lost: "closed",
  closed: "closed",
  keepalive_timeout: "closed",
  internal: "internal",
})) {
  test(`the failure ${code} is told as ${want}`, async () => {
    const { go, page } = setUp();
    go.script = () => Promise.reject(Object.assign(new Error("A sentence."), { code }));
    page.request(1);
    const error = await page.first("error");
    assert.deepEqual([error.code, error.message], [want, "A sentence."]);
  });
}

for (const [name, changes] of Object.entries({
  "no method": { method: "" },
  "method CONNECT": { method: "CONNECT" },
  "method with a line": { method: "GET / HTTP/1.1\r\nX:" },
  "path of another host": { path: "http://other.example/" },
  "path with a line": { path: "/\r\nHost: x" },
  "path with a blank": { path: "/a b" },
  "path with a fragment": { path: "/#a" },
  "path of a megabyte": { path: `/${"a".repeat(1 << 20)}` },
  "headers no list": { headers: "a" },
  "a header of three": { headers: [["a", "b", "c"]] },
  "a header no text": { headers: [["a", 1]] },
  "a header with a line": { headers: [["a", "b\nc: d"]] },
  "a header name with a colon": { headers: [["a:b", "c"]] },
  "a header beyond Latin-1": { headers: [["a", "\u20ac"]] },
  "2 MB of headers": { headers: Array.from({ length: 100 }, () => ["a", "b".repeat(20_000)]) },
  "100,000 headers": { headers: Array.from({ length: 100_000 }, () => ["a", ""]) },
  "a size below": { size: -2 },
  "half a byte": { size: 0.5 },
  "cookies no text": { cookies: 1 },
  "referrer no text": { referrer: null },
  "navigate no truth": { navigate: "yes" },
})) {
  test(`a request with ${name} never reaches Go`, async () => {
    const { go, page } = setUp();
    page.request(1, changes);
    assert.equal((await page.first("error")).code, "internal");
    assert.equal(go.requests.length, 0);
    page.request(2);
    await page.first("head", 2);
  });
}

test("a list that claims to be endless holds nothing up", async () => {
  const { page } = setUp();
  page.post(new Array(2 ** 32 - 1));
  const begun = performance.now();
  page.request(1);
  await page.first("head", 1);
  assert.ok(performance.now() - begun < 2_000);
});

test("what the protocol does not name is dropped, raw TCP too, and the port lives on", async () => {
  const { go, page } = setUp();
  const strays = Array.from({ length: 3 }, () => new MessageChannel());
  for (const message of [
    null,
    undefined,
    5,
    "request",
    [],
    {},
    { type: "tcp", id: 1, host: "localhost", port: 22 },
    { type: "dial", id: 1 },
    { type: "request" },
    { type: "request", id: -1 },
    { type: "request", id: 1.5 },
    { type: "request", id: 2 ** 60 },
    { type: "request", id: "1" },
    { type: "body", id: 99, data: new ArrayBuffer(1) },
    { type: "bodyend", id: 99 },
    { type: "taken", id: 99, bytes: 1 },
    { type: "taken", id: 99, bytes: -1 },
    { type: "abort", id: 99 },
    { type: "cookie", text: 1, path: "/" },
    { type: "socket", path: "/", protocols: [], port: {} },
    { type: "__proto__", id: 1 },
    [null, 5, [{ type: "abort", id: 1 }], { type: "tcp", id: 1 }],
    [{ type: "socket", path: "/", protocols: [], cookies: null, page: "", port: {} }],
  ]) {
    page.post(message);
  }
  for (const { port2 } of strays) {
    page.post({ type: "tcp", port: port2 }, [port2]);
  }
  page.request(1);
  await page.first("head", 1);
  assert.equal(go.requests.length, 1);
  assert.deepEqual(go.calls, []);
  assert.deepEqual(
    page.got.map(({ type }) => type),
    ["hello", "head"],
  );
});
