/** Capability ports: very many requests, and those that take time. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeBody, defer, emptyResponse } from "./fake-program.ts";
import { setUp, settle, until } from "./tunnel-world.ts";

test("requests that wait their turn hold no more than 32 MiB of heads", async () => {
  const { go, page } = setUp();
  go.script = () => new Promise(() => undefined);
  const running = 512;
  for (let id = 0; id < running; id++) page.request(id);
  const cookies = "c".repeat(1024 * 1024 - 1); // and a path of one character
  for (let id = running; id < running + 32; id++) page.request(id, { cookies });
  await settle();
  assert.equal(go.requests.length, running);
  assert.deepEqual(page.all("error"), []);
  page.request(1000);
  const { code, message } = await page.first("error", 1000);
  assert.deepEqual([code, message], ["internal", "The page asks for too much at once."]);
  page.post({ type: "abort", id: running }); // one of those that wait makes room
  page.request(1001, { cookies });
  page.request(1002);
  await page.first("error", 1002);
  assert.deepEqual(page.all("error", 1001), []);
  page.post({ type: "abort", id: 0 }); // one of those that run lets the next begin
  await until("the next runs", () => go.requests.length === running + 1);
  page.request(1003, { cookies });
  page.request(1004);
  await page.first("error", 1004);
  assert.deepEqual(page.all("error", 1003), []);
});

test("a request that takes time is acknowledged once", async () => {
  const { go, page } = setUp();
  const answer = defer<ReturnType<FakeBody["response"]>>();
  go.script = () => answer.promise;
  page.request(1);
  await page.first("ack", 1);
  page.request(2);
  await page.first("ack", 2);
  assert.equal(page.all("ack").length, 2);
  answer.resolve(emptyResponse());
  await page.first("head", 1);
});

test("a number that is in use is not taken twice", async () => {
  const { go, page } = setUp();
  const body = new FakeBody();
  go.script = () => Promise.resolve(body.response());
  page.request(1);
  await page.first("head");
  page.request(1, { path: "/other" });
  await settle();
  assert.equal(go.requests.length, 1);
  body.push(null);
  await page.first("end", 1);
  page.request(1, { path: "/again" });
  await until("again", () => go.requests.length === 2);
});

test("2,000 requests at once are all answered, 512 of them at a time", async () => {
  const { go, page } = setUp();
  const answers: (() => void)[] = [];
  go.script = () =>
    new Promise((resolve) => {
      answers.push(() => {
        resolve(emptyResponse());
      });
    });
  for (let id = 1; id <= 2000; id++) {
    page.request(id, { path: `/${String(id)}` });
  }
  await until("acks", () => page.all("ack").length === 2000);
  assert.equal(answers.length, 512);
  page.post({ type: "abort", id: 2000 });
  await page.first("error", 2000);
  while (page.all("head").length < 1999) {
    for (const answer of answers.splice(0)) {
      answer();
    }
    await settle();
  }
  assert.deepEqual(
    go.requests.map(({ request }) => request.path),
    Array.from({ length: 1999 }, (_, i) => `/${String(i + 1)}`),
  );
});

test("more than 8,192 waiting requests are refused, not kept", async () => {
  const { go, page } = setUp();
  go.script = () => new Promise(() => undefined);
  for (let id = 1; id <= 512 + 8192 + 5; id++) {
    page.request(id);
  }
  await until("refusals", () => page.all("error").length === 5);
  assert.equal(go.requests.length, 512);
});
