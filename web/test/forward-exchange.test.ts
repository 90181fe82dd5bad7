import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { PIECE_BYTES, WINDOW_BYTES } from "../src/forward/protocol.ts";
import type { FromTunnel, ToTunnel } from "../src/forward/protocol.ts";
import { TunnelFailure } from "../src/forward/exchange.ts";
import type { Answer } from "../src/forward/exchange.ts";
import { Tunnel } from "../src/forward/tunnel.ts";
import type { Question } from "../src/forward/tunnel.ts";

const get: Question = {
  method: "GET",
  path: "/",
  headers: [],
  size: -1,
  referrer: "",
  cookies: null,
  navigate: false,
};
const never = new AbortController().signal;

/** The app's worker, as far as messages go. */
class Worker {
  readonly tunnel: Tunnel;
  readonly heard: ToTunnel[] = [];
  /** Messages of the port; one may carry several of the protocol's. */
  posts = 0;
  readonly #port: MessagePort;
  #told: () => void = () => undefined;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port2;
    this.tunnel = new Tunnel(port1, "epoch");
    port2.onmessage = (event: MessageEvent<ToTunnel | ToTunnel[]>) => {
      this.posts += 1;
      this.heard.push(...[event.data].flat());
      this.#told();
    };
  }

  say(...messages: FromTunnel[]): void {
    for (const message of messages) this.#port.postMessage(message);
  }

  together(messages: FromTunnel[]): void {
    this.#port.postMessage(messages);
  }

  /** Waits until so much was heard, in any order. */
  async hears(enough: (heard: ToTunnel[]) => boolean): Promise<ToTunnel[]> {
    while (!enough(this.heard)) {
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
    return this.heard;
  }

  /** The last of so many requests. */
  async request(count = 1): Promise<Extract<ToTunnel, { type: "request" }>> {
    const heard = await this.hears(
      (all) => all.filter(({ type }) => type === "request").length >= count,
    );
    const last = heard.findLast((message) => message.type === "request");
    assert.ok(last !== undefined);
    return last;
  }

  close(): void {
    this.tunnel.close();
    this.#port.close();
  }
}

function head(id: number, more: Partial<Extract<FromTunnel, { type: "head" }>> = {}): FromTunnel {
  return {
    ...{ type: "head", id, status: 200, statusText: "OK", headers: [], cookies: [] },
    ...{ challenge: null, data: null, end: false, pageCookies: null },
    ...more,
  };
}

async function text({ body }: Answer): Promise<string> {
  return new Response(body).text();
}

const workers: Worker[] = [];
function start(): Worker {
  const worker = new Worker();
  workers.push(worker);
  return worker;
}
afterEach(() => {
  for (const worker of workers.splice(0)) worker.close();
});

const bytes = (value: string): ArrayBuffer => new TextEncoder().encode(value).buffer;
const failsWith = (code: string) => (error: unknown) =>
  error instanceof TunnelFailure && error.code === code;

describe("a request on a capability port", () => {
  test("a small answer is one message", async () => {
    const worker = start();
    const answer = worker.tunnel.send(get, null, never);
    const { id, path } = await worker.request();
    assert.equal(path, "/");
    worker.say(head(id, { data: bytes("hello"), end: true }));
    assert.ok((await answer).body instanceof Uint8Array);
    assert.equal(await text(await answer), "hello");
    assert.equal(worker.tunnel.busy, 0);
  });

  test("the hello names the device's own addresses before any answer", async () => {
    const worker = start();
    worker.say({ type: "hello", protocol: 1, targets: ["http://localhost:1"], plain: true });
    const answer = worker.tunnel.send(get, null, never);
    worker.say(head((await worker.request()).id, { end: true }));
    await answer;
    assert.deepEqual(worker.tunnel.targets, ["http://localhost:1"]);
    assert.equal(worker.tunnel.plain, true);
  });

  test("a long body comes in order, and each piece is credited when the page took it", async () => {
    const worker = start();
    const answer = worker.tunnel.send(get, null, never);
    const { id } = await worker.request();
    worker.say(head(id, { data: bytes("a") }), { type: "data", id, data: bytes("bc") });
    const { body } = await answer;
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    assert.ok(
      !worker.heard.some(({ type }) => type === "taken"),
      "nothing is taken before it is read",
    );
    assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), "a");
    assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), "bc");
    worker.say({ type: "data", id, data: bytes("d") }, { type: "end", id });
    assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), "d");
    assert.equal((await reader.read()).done, true);
    const heard = await worker.hears((all) => taken(all) >= 3);
    assert.ok(taken(heard) <= 4);
  });

  test("a body that breaks off is an error after what came of it", async () => {
    const worker = start();
    const answer = worker.tunnel.send(get, null, never);
    const { id } = await worker.request();
    worker.say(head(id), { type: "data", id, data: bytes("part") });
    worker.say({ type: "error", id, code: "broken", message: "It broke." });
    const reader = ((await answer).body as ReadableStream<Uint8Array>).getReader();
    assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), "part");
    await assert.rejects(reader.read(), failsWith("broken"));
  });

  test("an error instead of a head has its code and sentence", async () => {
    const worker = start();
    const answer = worker.tunnel.send(get, null, never);
    worker.say({
      type: "error",
      id: (await worker.request()).id,
      code: "silent",
      message: "No answer.",
    });
    await assert.rejects(answer, /No answer\./);
    await assert.rejects(answer, failsWith("silent"));
  });

  test("P5: a port that does not acknowledge is found dead", async () => {
    const worker = start();
    await assert.rejects(worker.tunnel.send(get, null, never, 5), failsWith("unacknowledged"));
  });

  test("an acknowledged request waits as long as it takes", async () => {
    const worker = start();
    const answer = worker.tunnel.send(get, null, never, 20);
    const { id } = await worker.request();
    worker.say({ type: "ack", id });
    // Another, sent later and never acknowledged, meets the limit meanwhile.
    await assert.rejects(worker.tunnel.send(get, null, never, 40), failsWith("unacknowledged"));
    worker.say(head(id, { data: bytes("late"), end: true }));
    assert.equal(await text(await answer), "late");
  });

  test("giving up reaches the device, before the head and in the body", async () => {
    const worker = start();
    const early = new AbortController();
    const answer = worker.tunnel.send(get, null, early.signal);
    await worker.request();
    early.abort();
    await assert.rejects(answer, failsWith("aborted"));
    await worker.hears((all) => all.some(({ type }) => type === "abort"));

    const second = worker.tunnel.send(get, null, never);
    const { id } = await worker.request(2);
    worker.say(head(id), { type: "data", id, data: bytes("x") });
    await ((await second).body as ReadableStream).cancel();
    await worker.hears((all) => all.filter(({ type }) => type === "abort").length === 2);
    assert.equal(worker.tunnel.busy, 0);
  });

  test("uploads stay within the window until the other side takes them", async () => {
    const worker = start();
    const size = WINDOW_BYTES + 3 * PIECE_BYTES + 5;
    const body = new Blob([new Uint8Array(size).fill(7)]);
    const answer = worker.tunnel.send({ ...get, method: "POST", size }, body, never);
    const { id } = await worker.request();
    await worker.hears((all) => sent(all) === WINDOW_BYTES);
    await settled(worker);
    assert.equal(sent(worker.heard), WINDOW_BYTES, "no byte above the window");
    worker.say({ type: "taken", id, bytes: WINDOW_BYTES });
    await worker.hears((all) => all.some(({ type }) => type === "bodyend"));
    assert.equal(sent(worker.heard), size);
    worker.say(head(id, { end: true }));
    await answer;
  });

  test("the empty body of a POST has an end too", async () => {
    const worker = start();
    const answer = worker.tunnel.send({ ...get, method: "POST", size: 0 }, new Blob([]), never);
    const { id } = await worker.request();
    await worker.hears((all) => all.some(({ type }) => type === "bodyend"));
    worker.say(head(id, { end: true }));
    assert.equal((await answer).head.status, 200);
  });

  test("a device that answers before it took the body ends the upload", async () => {
    const worker = start();
    const size = 4 * WINDOW_BYTES;
    const body = new Blob([new Uint8Array(size)]);
    const answer = worker.tunnel.send({ ...get, method: "POST", size }, body, never);
    const { id } = await worker.request();
    worker.say(head(id, { status: 413, data: bytes("too much"), end: true }));
    assert.equal((await answer).head.status, 413);
    await settled(worker);
    assert.ok(sent(worker.heard) <= WINDOW_BYTES);
  });

  test("when the tunnel dies, everything under way ends", async () => {
    const worker = start();
    const waiting = worker.tunnel.send(get, null, never);
    await worker.request();
    const credential = worker.tunnel.credential();
    worker.tunnel.close();
    await assert.rejects(waiting, failsWith("closed"));
    assert.equal(await credential, null);
    await assert.rejects(worker.tunnel.send(get, null, never), failsWith("closed"));
  });

  test("a port that was replaced still finishes what it began", async () => {
    const worker = start();
    const answer = worker.tunnel.send(get, null, never);
    const { id } = await worker.request();
    worker.tunnel.retire();
    await assert.rejects(worker.tunnel.send(get, null, never), failsWith("closed"));
    worker.say(head(id, { data: bytes("done"), end: true }));
    assert.equal(await text(await answer), "done");
  });

  test("many requests at once go in few messages, and so may their answers come", async () => {
    const worker = start();
    const path = (n: number): string => `/${String(n)}`;
    const answers = Array.from({ length: 200 }, (_, n) =>
      worker.tunnel.send({ ...get, path: path(n) }, null, new AbortController().signal),
    );
    await worker.request(200);
    const requests = worker.heard.filter((message) => message.type === "request");
    assert.deepEqual(
      requests.map((request) => request.path),
      answers.map((_, n) => path(n)),
    );
    assert.ok(worker.posts <= 5, `${String(worker.posts)} messages`);
    worker.together(requests.map((one) => head(one.id, { data: bytes(one.path), end: true })));
    for (const [n, answer] of answers.entries()) assert.equal(await text(await answer), path(n));
  });

  test("a websocket's port goes behind what was asked before it", async () => {
    const worker = start();
    const waiting = [1, 2, 3].map(() => worker.tunnel.send(get, null, never));
    const { port1 } = new MessageChannel();
    const socket = { path: "/ws", protocols: [], cookies: null, page: "page", port: port1 };
    worker.tunnel.socket(socket);
    await worker.hears((all) => all.some(({ type }) => type === "socket"));
    assert.deepEqual(
      worker.heard.map(({ type }) => type),
      ["request", "request", "request", "socket"],
    );
    for (const message of worker.heard) {
      if (message.type === "request") worker.say(head(message.id, { end: true }));
      if (message.type === "socket") message.port.close();
    }
    await Promise.all(waiting);
  });

  test("what is no text goes nowhere, and takes nothing along that is asked at that moment", async () => {
    const worker = start();
    const waiting = [1, 2, 3].map(() => worker.tunnel.send(get, null, never));
    const { port1 } = new MessageChannel();
    worker.tunnel.cookie(port1, "/"); // is moved or stays, but is never copied
    worker.tunnel.cookie("a=b", "/");
    await worker.request(3);
    await worker.hears((all) => all.length === 4);
    assert.deepEqual(worker.heard.at(-1), { type: "cookie", text: "a=b", path: "/" });
    for (const message of worker.heard) {
      if (message.type === "request") worker.say(head(message.id, { end: true }));
    }
    await Promise.all(waiting);
    port1.close();
  });

  test("answers to what nobody asked are dropped", async () => {
    const worker = start();
    worker.say(head(99, { end: true }), { type: "data", id: 98, data: bytes("x") });
    const answer = worker.tunnel.send(get, null, never);
    worker.say(head((await worker.request()).id, { data: bytes("mine"), end: true }));
    assert.equal(await text(await answer), "mine");
  });
});

/** Whatever was to be sent has been sent: a later request came through. */
async function settled(worker: Worker): Promise<void> {
  const later = worker.tunnel.send(get, null, never);
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const { id } = await worker.request(2);
  worker.say(head(id, { end: true }));
  await later;
}

function taken(heard: ToTunnel[]): number {
  return heard.reduce((sum, message) => sum + (message.type === "taken" ? message.bytes : 0), 0);
}

function sent(heard: ToTunnel[]): number {
  return heard.reduce((sum, m) => sum + (m.type === "body" ? m.data.byteLength : 0), 0);
}
