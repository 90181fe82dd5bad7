/** Capability ports of a forward: requests and their bodies, passwords, cookies, log. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_TOGETHER, WINDOW_BYTES } from "../src/forward/protocol.ts";
import { FakeBody, defer, emptyResponse } from "./fake-program.ts";
import { bytes, setUp, settle, until } from "./tunnel-world.ts";

test("a port says hello before anything else", async () => {
  const { page } = setUp();
  page.request(1);
  await page.first("head");
  assert.deepEqual(page.got[0], {
    type: "hello",
    protocol: 1,
    targets: ["http://localhost:1880", "http://127.0.0.1:1880", "http://[::1]:1880"],
    plain: false,
  });
});

test("a small answer is one message", async () => {
  const { go, page, log } = setUp();
  go.script = () =>
    Promise.resolve({
      ...emptyResponse(),
      headers: [["X", "caf\u00e9"]],
      chunk: new Uint8Array(bytes(1, 2)),
    });
  page.request(7, { method: "GET", path: "/a?b", headers: [["Accept", "*/*"]] });
  const head = await page.first("head");
  assert.deepEqual(
    page.got.map((message) => message.type),
    ["hello", "head"],
  );
  assert.equal(head.end, true);
  assert.deepEqual([...new Uint8Array(head.data ?? assert.fail())], [1, 2]);
  assert.deepEqual(head.headers, [["X", "caf\u00e9"]]);
  assert.equal(head.pageCookies, null);
  assert.deepEqual(go.requests[0]?.request, {
    method: "GET",
    path: "/a?b",
    headers: [["Accept", "*/*"]],
    size: -1,
    referrer: "",
    cookies: null,
    navigate: false,
  });
  const lines = log();
  await until("log", () => log().get(1)?.done === true);
  assert.equal(lines.size <= 1, true);
  const entry = log().get(1) ?? assert.fail();
  assert.deepEqual([entry.path, entry.status, entry.bytesIn, entry.error], ["/a?b", 200, 2, ""]);
});

test("a navigation without mirrored cookies learns what document.cookie shows", async () => {
  const { page } = setUp();
  page.request(1, { navigate: true, path: "/deep/page" });
  assert.equal((await page.first("head", 1)).pageCookies, "at=/deep/page");
  page.request(2, { navigate: true, cookies: "a=b" });
  assert.equal((await page.first("head", 2)).pageCookies, null);
});

test("requests that come together are answered in few messages", async () => {
  const { go, page } = setUp();
  const ids = Array.from({ length: 200 }, (_, n) => n);
  const questions = ids.map((id) => page.question(id, { path: `/${String(id)}` }));
  while (questions.length > 0) page.post(questions.splice(0, MOST_TOGETHER));
  await until("all heads", () => page.all("head").length === 200);
  assert.deepEqual(
    go.requests.map(({ request }) => request.path),
    ids.map((id) => `/${String(id)}`),
  );
  assert.ok(page.posts <= 10, `${String(page.posts)} messages`);
});

test("a body comes in order, and no more of it than the window while nothing is taken", async () => {
  const { go, page } = setUp();
  const body = new FakeBody();
  go.script = () => Promise.resolve(body.response(new Uint8Array(bytes(0))));
  page.request(1);
  const piece = 256 * 1024;
  for (let i = 1; i <= 12; i++) {
    body.push(new Uint8Array(piece).fill(i));
  }
  body.push(null);
  const arrived = (): number =>
    (page.all("head")[0]?.data?.byteLength ?? 0) +
    page.all("data").reduce((sum, { data }) => sum + data.byteLength, 0);
  await settle();
  assert.ok(arrived() <= WINDOW_BYTES && arrived() > WINDOW_BYTES / 2, String(arrived()));
  let taken = 0;
  while (page.all("end").length === 0) {
    const now = arrived();
    page.post({ type: "taken", id: 1, bytes: now - taken });
    taken = now;
    await settle();
    assert.ok(arrived() - taken <= WINDOW_BYTES);
  }
  assert.equal(arrived(), 12 * piece + 1);
  assert.deepEqual(
    page.all("data").map(({ data }) => new Uint8Array(data)[0]),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  );
});

test("a body that breaks off is an error, not an end", async () => {
  const { go, page, log, forward } = setUp();
  const body = new FakeBody();
  go.script = () => Promise.resolve(body.response());
  page.request(1);
  await page.first("head");
  body.push(Object.assign(new Error("Broke off."), { code: "forward_broken" }));
  const error = await page.first("error");
  assert.deepEqual([error.code, error.message], ["broken", "Broke off."]);
  assert.equal(page.all("end").length, 0);
  await until("log", () => log().get(1)?.code === "forward_broken");
  assert.equal(forward.stats().errors, 1);
});

test("an upload is handed on in order and credited as Go takes it", async () => {
  const { go, page } = setUp();
  const got: number[] = [];
  const paced = defer<undefined>();
  go.script = async (_request, pull) => {
    await paced.promise;
    for (;;) {
      const piece = await (pull ?? assert.fail())();
      if (piece === null) {
        return emptyResponse();
      }
      got.push(...piece);
    }
  };
  page.request(1, { method: "POST", size: 5 });
  for (const piece of [bytes(1, 2), bytes(3), bytes(4, 5)]) {
    page.post({ type: "body", id: 1, data: piece }, [piece]);
  }
  page.post({ type: "bodyend", id: 1 });
  await settle();
  assert.equal(page.all("taken").length, 0, "credit for what nobody took");
  paced.resolve(undefined);
  await page.first("head");
  assert.deepEqual(got, [1, 2, 3, 4, 5]);
  assert.equal(
    page.all("taken").reduce((sum, message) => sum + message.bytes, 0),
    5,
  );
});

test("an answer before the upload was taken ends it quietly", async () => {
  const { go, page } = setUp();
  go.script = () => Promise.resolve(emptyResponse(413));
  page.request(1, { method: "POST", size: 1000 });
  await page.first("head");
  page.post({ type: "body", id: 1, data: new ArrayBuffer(1000) });
  page.post({ type: "bodyend", id: 1 });
  page.request(2);
  await page.first("head", 2);
  assert.equal(page.all("error").length, 0);
});

for (const [name, messages] of Object.entries({
  "more than the window": [
    { type: "body", id: 1, data: new ArrayBuffer(WINDOW_BYTES) },
    { type: "body", id: 1, data: new ArrayBuffer(1) },
  ],
  "more than announced": [{ type: "body", id: 1, data: new ArrayBuffer(WINDOW_BYTES + 3) }],
  "less than announced": [{ type: "bodyend", id: 1 }],
  "no bytes": [{ type: "body", id: 1, data: "text" }],
})) {
  test(`a body with ${name} ends its request, in Go too`, async () => {
    const { go, page } = setUp();
    go.script = () => new Promise(() => undefined);
    page.request(1, { method: "POST", size: WINDOW_BYTES + 2 });
    for (const message of messages) {
      page.post(message);
    }
    assert.equal((await page.first("error")).code, "internal");
    assert.equal(go.requests[0]?.signal?.aborted, true);
  });
}

test("an abort reaches Go at every stage", async () => {
  const { go, page } = setUp();
  go.script = () => new Promise(() => undefined);
  page.request(1);
  page.post({ type: "abort", id: 1 });
  assert.equal((await page.first("error", 1)).code, "aborted");
  assert.equal(go.requests[0]?.signal?.aborted, true);
  const body = new FakeBody();
  go.script = () => Promise.resolve(body.response());
  page.request(2);
  await page.first("head", 2);
  page.post({ type: "abort", id: 2 });
  await page.first("error", 2);
  assert.equal(body.cancelled, 1);
  assert.equal(go.requests[1]?.signal?.aborted, true);
});

for (const [end, type] of [
  [null, "end"],
  [new Error("The device broke off."), "error"],
] as const) {
  test(`nothing more is asked of an answer whose body came to its ${type}`, async () => {
    const { go, page } = setUp();
    const body = new FakeBody();
    go.script = () => Promise.resolve(body.response());
    page.request(1);
    body.push(end);
    await page.first(type, 1);
    assert.equal(body.released, true);
    go.script = () => Promise.resolve(emptyResponse());
    page.request(1); // its number is free again
    await until("second answer", () => page.all("head").length === 2);
  });
}

test("an answer that comes after the abort is let go of", async () => {
  const { go, page } = setUp();
  const late = defer<ReturnType<FakeBody["response"]>>();
  go.script = () => late.promise;
  page.request(1);
  page.post({ type: "abort", id: 1 });
  await page.first("error");
  const body = new FakeBody();
  late.resolve(body.response());
  await until("cancel", () => body.cancelled === 1);
  assert.equal(page.all("head").length, 0);
});

test("a page that waits for a password is told when the person gave it in the app", async () => {
  const { go, forward, events, page } = setUp();
  const challenge = { scheme: "basic", realm: "monit", refused: false } as const;
  go.script = () => Promise.resolve({ ...emptyResponse(401), challenge });
  page.request(1); // by a script of the page: nobody is asked
  page.request(2, { navigate: true });
  await until("asked", () => events.some(({ type }) => type === "challenge"));
  assert.deepEqual(
    events.filter(({ type }) => type === "challenge"),
    [{ type: "challenge", challenge }],
  );
  page.post({ type: "await-credential", id: 3 });
  await settle();
  assert.equal(page.all("credential").length, 0);
  await forward.setCredential("admin", "secret");
  assert.equal((await page.first("credential", 3)).given, true);
  assert.deepEqual(go.calls, ["credential admin secret"]);
  page.post({ type: "await-credential", id: 4 });
  assert.equal((await page.first("credential", 4)).given, true, "the person was faster");
  page.request(5, { navigate: true });
  await page.first("head", 5);
  page.post({ type: "await-credential", id: 6 });
  await settle();
  assert.equal(page.all("credential", 6).length, 0, "that one did not do");
  forward.refuseCredential();
  assert.equal((await page.first("credential", 6)).given, false);
});

test("a page that waits since before the app was reloaded is told to ask the device again", async () => {
  const { page } = setUp();
  page.post({ type: "await-credential", id: 1 });
  assert.equal((await page.first("credential", 1)).given, true);
});

test("an assignment to document.cookie reaches the jar", async () => {
  const { go, page } = setUp();
  page.post({ type: "cookie", text: "a=b; path=/", path: "/x" });
  await until("cookie", () => go.calls.length === 1);
  assert.deepEqual(go.calls, ["cookie a=b; path=/ at /x"]);
});

test("the log comes in batches", async () => {
  const { events, page } = setUp();
  for (let id = 1; id <= 100; id++) {
    page.request(id);
  }
  await until("answers", () => page.all("head").length === 100);
  await until("log", () => events.length > 0);
  const entries = events.flatMap((event) => (event.type === "log" ? event.entries : []));
  assert.equal(events.length, 1);
  assert.equal(entries.filter(({ done }) => done).length, 100);
});
