import assert from "node:assert/strict";
import { after, test } from "node:test";
import { WINDOW_BYTES } from "../src/forward/protocol.ts";
import type { FromSocket, FromTunnel } from "../src/forward/protocol.ts";
import type { ForwardConfig } from "../src/bridge/bridge.d.ts";
import type { ForwardEvent, ForwardLogEntry } from "../src/bridge/forward.ts";
import { WorkerForward } from "../src/bridge/worker-forward.ts";
import { FakeBody, FakeForward, defer, emptyResponse } from "./fake-program.ts";

const config: ForwardConfig = {
  scheme: "http",
  host: "localhost",
  port: 1880,
  tenant: "t",
  deviceId: "1",
  origin: "http://abc.fwd.porthole.localhost",
  headLimitMs: 0,
};

const ports: MessagePort[] = [];
const stay = setInterval(() => undefined, 1000);
after(() => {
  clearInterval(stay);
  for (const port of ports) {
    port.close();
  }
});

type Of<T extends FromTunnel["type"]> = Extract<FromTunnel, { type: T }>;

/** Turns of the event loop until the condition holds. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `gave up waiting: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Long enough for whatever was posted to have been handled. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A service worker that is none, at the other end of a capability port. */
class Page {
  readonly got: FromTunnel[] = [];
  readonly port: MessagePort;

  constructor(forward: WorkerForward, epoch = "epoch") {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    ports.push(port1, port2);
    port1.onmessage = (event: MessageEvent<FromTunnel>): void => {
      this.got.push(event.data);
    };
    forward.connect(port2, epoch);
  }

  post(message: unknown, transfers: Transferable[] = []): void {
    this.port.postMessage(message, transfers);
  }

  request(id: number, changes: Record<string, unknown> = {}): void {
    this.post({
      type: "request",
      id,
      method: "GET",
      path: "/",
      headers: [],
      size: -1,
      referrer: "",
      cookies: null,
      navigate: false,
      ...changes,
    });
  }

  all<T extends FromTunnel["type"]>(type: T, id?: number): Of<T>[] {
    return this.got.filter(
      (message): message is Of<T> =>
        message.type === type && (id === undefined || ("id" in message && message.id === id)),
    );
  }

  async first<T extends FromTunnel["type"]>(type: T, id?: number): Promise<Of<T>> {
    await until(`${type} ${String(id)}`, () => this.all(type, id).length > 0);
    return this.all(type, id)[0] ?? assert.fail();
  }
}

function setUp() {
  const go = new FakeForward();
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const events: ForwardEvent[] = [];
  port1.onmessage = (event: MessageEvent<ForwardEvent>): void => {
    events.push(event.data);
  };
  const forward = new WorkerForward(go, config, false, port2);
  const log = (): Map<number, ForwardLogEntry> => {
    forward.log.flush();
    const last = new Map<number, ForwardLogEntry>();
    for (const event of events) {
      for (const entry of event.type === "log" ? event.entries : []) {
        last.set(entry.id, entry);
      }
    }
    return last;
  };
  return { go, forward, events, log, page: new Page(forward) };
}

function bytes(...values: number[]): ArrayBuffer {
  return Uint8Array.from(values).buffer;
}

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

/** The page's end of a websocket. */
function openSocket(page: Page, changes: Record<string, unknown> = {}) {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const got: FromSocket[] = [];
  port1.onmessage = (event: MessageEvent<FromSocket>): void => {
    got.push(event.data);
  };
  page.post(
    {
      type: "socket",
      path: "/ws",
      protocols: ["mqtt"],
      cookies: "a=b",
      page: "p1",
      port: port2,
      ...changes,
    },
    [port2],
  );
  return {
    got,
    post: (message: unknown) => {
      port1.postMessage(message);
    },
  };
}

test("a websocket carries text and bytes both ways, in order, and tells what left", async () => {
  const { go, page, log } = setUp();
  const socket = openSocket(page);
  await until("open", () => socket.got.length === 1);
  assert.deepEqual(socket.got[0], { type: "open", protocol: "mqtt", epoch: "epoch" });
  assert.deepEqual(go.calls, ["socket /ws mqtt a=b"]);
  socket.post({ type: "send", data: "gr\u00fc\u00df \ud83d\ude00" });
  socket.post({ type: "send", data: bytes(1, 2, 3) });
  const fake = go.sockets[0] ?? assert.fail();
  await until("sent", () => socket.got.length === 3);
  assert.deepEqual(fake.sent, ["gr\u00fc\u00df \ud83d\ude00", Uint8Array.of(1, 2, 3)]);
  assert.deepEqual(socket.got.slice(1), [
    { type: "sent", bytes: 11 },
    { type: "sent", bytes: 3 },
  ]);
  fake.push("hello");
  fake.push(Uint8Array.of(9));
  await until("messages", () => socket.got.length === 5);
  assert.deepEqual(socket.got[3], { type: "message", data: "hello" });
  const last = socket.got[4];
  assert.ok(last?.type === "message" && last.data instanceof ArrayBuffer);
  await until("log", () => log().get(1)?.bytesIn === 6);
  assert.deepEqual([log().get(1)?.bytesOut, log().get(1)?.status], [14, 101]);
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
