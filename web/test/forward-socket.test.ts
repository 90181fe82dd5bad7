import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { CREDIT_BYTES, WINDOW_BYTES } from "../src/forward/protocol.ts";
import type { FromSocket, ToSocket } from "../src/forward/protocol.ts";
import { byteLength } from "../src/forward/shim/socket-rules.ts";
import { makeWebSocket } from "../src/forward/shim/socket.ts";

// Node 20 has no CloseEvent.
class CloseNews extends Event {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
  constructor(type: string, init: CloseEventInit) {
    super(type);
    this.code = init.code ?? 0;
    this.reason = init.reason ?? "";
    this.wasClean = init.wasClean ?? false;
  }
}
Object.assign(globalThis, { CloseEvent: CloseNews });

/** The browser's own class, for hosts of the internet. */
class Native {
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }
}

interface Opened {
  path: string;
  protocols: string[];
  port: MessagePort;
  heard: ToSocket[];
}

let gone: (() => void) | undefined;
const opened: Opened[] = [];
const Socket = makeWebSocket({
  native: Native as unknown as typeof WebSocket,
  origin: "http://f1.fwd.localhost:8440",
  targets: ["http://localhost:1880"],
  base: () => "http://f1.fwd.localhost:8440/a/b",
  open: (path, protocols, port) => {
    const entry: Opened = { path, protocols, port, heard: [] };
    port.onmessage = (event: MessageEvent<ToSocket>) => {
      entry.heard.push(event.data);
    };
    opened.push(entry);
  },
  watch: (_epoch, listener) => {
    gone = listener;
    return () => {
      gone = undefined;
    };
  },
});

function open(url: string, protocols?: string[]): { socket: WebSocket; other: Opened } {
  const socket = new Socket(url, protocols);
  const other = opened.at(-1);
  assert.ok(other !== undefined);
  return { socket, other };
}

function say({ port }: Opened, message: FromSocket, transfer: Transferable[] = []): void {
  port.postMessage(message, transfer as never);
}

function event<T extends Event>(socket: WebSocket, type: string): Promise<T> {
  return new Promise((resolve) => {
    socket.addEventListener(
      type,
      (happened) => {
        resolve(happened as T);
      },
      { once: true },
    );
  });
}

async function openNow(protocols?: string[]): Promise<{ socket: WebSocket; other: Opened }> {
  const made = open("/ws", protocols);
  say(made.other, { type: "open", protocol: protocols?.[0] ?? "", epoch: "e" });
  await event(made.socket, "open");
  return made;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

afterEach(() => {
  for (const { port } of opened.splice(0)) {
    say({ port } as Opened, { type: "close", code: 1000, reason: "", clean: true });
    port.close();
  }
});

describe("WebSocket of a device's page", () => {
  test("addresses of the forward and of the device go through the tunnel", () => {
    const cases: [url: string, path: string][] = [
      ["/comms?a=1", "/comms?a=1"],
      ["c", "/a/c"],
      ["ws://f1.fwd.localhost:8440/x", "/x"],
      ["http://localhost:1880/y", "/y"],
      ["wss://f1.fwd.localhost:8440/z", "/z"],
    ];
    for (const [url, path] of cases) assert.equal(open(url).other.path, path, url);
  });

  test("other hosts get the browser's own socket, which counts as one", () => {
    const before = opened.length;
    const socket = new Socket("wss://example.com/live");
    assert.equal(opened.length, before);
    assert.ok((socket as unknown) instanceof Native);
    assert.ok(socket instanceof Socket);
  });

  test("the constructor refuses what the standard refuses", () => {
    const cases: [url: string, protocols: string[]][] = [
      ["ftp://localhost/", []],
      ["ws://[", []],
      ["/ws#part", []],
      ["/ws", ["a", "A"]],
      ["/ws", ["no good"]],
      ["/ws", [""]],
    ];
    for (const [url, protocols] of cases) {
      assert.throws(() => new Socket(url, protocols), { name: "SyntaxError" }, url);
    }
  });

  test("it looks like the browser's", async () => {
    const { socket } = await openNow(["mqtt"]);
    assert.equal(Socket.OPEN, 1);
    assert.equal(socket.OPEN, 1);
    assert.equal(Socket.name, "WebSocket");
    assert.equal(Object.prototype.toString.call(socket), "[object WebSocket]");
    assert.deepEqual(
      [socket.readyState, socket.protocol, socket.url, socket.extensions],
      [1, "mqtt", "ws://f1.fwd.localhost:8440/ws", ""],
    );
    const members = Object.keys(Object.getPrototypeOf(socket) as object);
    for (const name of [
      "send",
      "close",
      "binaryType",
      "onerror",
      "onmessage",
      "onopen",
      "protocol",
      "readyState",
    ]) {
      assert.ok(members.includes(name), `${name}, which noVNC looks for`);
    }
  });

  test("text and bytes arrive as they were sent, and are taken", async () => {
    const { socket, other } = await openNow();
    say(other, { type: "message", data: "grüezi", sent: 0 });
    assert.equal((await event<MessageEvent>(socket, "message")).data, "grüezi");
    const data = Uint8Array.of(1, 2, 3).buffer;
    say(other, { type: "message", data, sent: 0 });
    const blob = (await event<MessageEvent<Blob>>(socket, "message")).data;
    assert.deepEqual(new Uint8Array(await blob.arrayBuffer()), Uint8Array.of(1, 2, 3));
    socket.binaryType = "arraybuffer";
    socket.binaryType = "nonsense" as BinaryType;
    say(other, { type: "message", data, sent: 0 });
    const news = await event<MessageEvent<ArrayBuffer>>(socket, "message");
    assert.equal(news.data.byteLength, 3);
    assert.equal(news.origin, "ws://f1.fwd.localhost:8440");
  });

  test("what it took is told in few messages, and less than the window is owed", async () => {
    const { socket, other } = await openNow();
    let taken = 0;
    socket.addEventListener("message", () => taken++);
    const data = new ArrayBuffer(CREDIT_BYTES / 4);
    for (let i = 0; i < 10; i++) say(other, { type: "message", data, sent: 0 });
    await until(() => taken === 10 && other.heard.length === 2);
    assert.deepEqual(other.heard, Array(2).fill({ type: "taken", bytes: CREDIT_BYTES }));
    assert.ok(CREDIT_BYTES < WINDOW_BYTES);
  });

  test("what is sent is what was there at that moment", async () => {
    const { socket, other } = await openNow();
    const reused = new Uint8Array([1, 2, 3, 4]);
    socket.send(reused.subarray(1, 3));
    reused.fill(9);
    socket.send("é");
    assert.equal(socket.bufferedAmount, 4);
    await until(() => other.heard.length === 2);
    const [first, second] = other.heard;
    assert.ok(first?.type === "send" && first.data instanceof ArrayBuffer);
    assert.deepEqual(new Uint8Array(first.data), Uint8Array.of(2, 3));
    assert.deepEqual(second, { type: "send", data: "é" });
    say(other, { type: "sent", bytes: 3 });
    await until(() => socket.bufferedAmount === 1);
    say(other, { type: "message", data: "", sent: 1 });
    await until(() => socket.bufferedAmount === 0);
  });

  test("a blob keeps its place among what is sent", async () => {
    const { socket, other } = await openNow();
    socket.send("1");
    socket.send(new Blob(["2"]));
    socket.send("3");
    socket.close(3000, "done");
    await until(() => other.heard.length === 4);
    const seen = other.heard.map((m) =>
      m.type === "send" ? (typeof m.data === "string" ? m.data : "blob") : m.type,
    );
    assert.deepEqual(seen, ["1", "blob", "3", "close"]);
  });

  test("sending too early is an error, sending too late counts and is dropped", async () => {
    const { socket, other } = open("/ws");
    assert.throws(
      () => {
        socket.send("x");
      },
      { name: "InvalidStateError" },
    );
    say(other, { type: "open", protocol: "", epoch: "e" });
    await event(socket, "open");
    socket.close();
    socket.send("late");
    assert.equal(socket.readyState, 2);
    assert.equal(socket.bufferedAmount, 4);
    await until(() => other.heard.length === 1);
    assert.deepEqual(other.heard, [{ type: "close", code: 1005, reason: "" }]);
  });

  test("close takes the codes and reasons of the standard alone", async () => {
    const { socket } = await openNow();
    for (const code of [0, 999, 1001, 1006, 2999, 5000]) {
      assert.throws(
        () => {
          socket.close(code);
        },
        { name: "InvalidAccessError" },
        String(code),
      );
    }
    assert.throws(
      () => {
        socket.close(1000, "ü".repeat(62));
      },
      { name: "SyntaxError" },
    );
    socket.close(4999, "ü".repeat(61));
  });

  test("the device's close is told with its code and reason, without an error", async () => {
    const { socket, other } = await openNow();
    let errors = 0;
    socket.onerror = () => {
      errors += 1;
    };
    const closed = event<CloseEvent>(socket, "close");
    say(other, { type: "close", code: 4001, reason: "bye", clean: true });
    const { code, reason, wasClean } = await closed;
    assert.deepEqual(
      [code, reason, wasClean, errors, socket.readyState],
      [4001, "bye", true, 0, 3],
    );
  });

  test("a tunnel that dies closes the socket with 1006, once", async () => {
    const { socket } = await openNow();
    const seen: string[] = [];
    socket.onerror = () => seen.push("error");
    socket.onclose = ({ code, wasClean }) => seen.push(`close ${String(code)} ${String(wasClean)}`);
    gone?.();
    gone?.();
    assert.deepEqual(seen, ["error", "close 1006 false"]);
  });

  test("closing before it opened fails it", async () => {
    const { socket, other } = open("/ws");
    const closed = event<CloseEvent>(socket, "close");
    socket.close();
    assert.equal(socket.readyState, 2);
    assert.equal((await closed).code, 1006);
    await until(() => other.heard.length === 1);
  });

  test("a handler attribute is one listener, in its first place", async () => {
    const { socket, other } = await openNow();
    const seen: string[] = [];
    socket.onmessage = () => seen.push("old");
    socket.addEventListener("message", () => seen.push("listener"));
    socket.onmessage = () => seen.push("new");
    say(other, { type: "message", data: "", sent: 0 });
    await until(() => seen.length === 2);
    assert.deepEqual(seen, ["new", "listener"]);
    socket.onmessage = null;
    assert.equal(socket.onmessage, null);
  });

  test("text is counted as UTF-8", () => {
    for (const text of ["", "abc", "é", "€", "😀", "a\ud800b", "\udc00", "\ud83d\ude00\ud83d"]) {
      assert.equal(byteLength(text), new TextEncoder().encode(text).length, JSON.stringify(text));
    }
  });
});
