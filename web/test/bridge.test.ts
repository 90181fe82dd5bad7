import assert from "node:assert/strict";
import { test } from "node:test";
import type { Connection, Session } from "../src/bridge/client.ts";
import { BridgeFailure } from "../src/bridge/failure.ts";
import { HIGH_WATER_BYTES } from "../src/bridge/messages.ts";
import { config, fails, setUp, silent, until } from "./bridge-world.ts";
import { FakeBridge } from "./fake-program.ts";
import type { FakeConnection, FakeSession } from "./fake-program.ts";

async function openShell(world = setUp()) {
  const connection: Connection = await world.bridge.open(config, silent);
  const session: Session = await connection.shell({
    term: "xterm-256color",
    cols: 80,
    rows: 24,
    env: {},
  });
  const goConnection = world.program.connections[0];
  const goSession = goConnection?.sessions[0];
  assert.ok(goConnection !== undefined && goSession !== undefined);
  return { ...world, connection, session, goConnection, goSession };
}

test("open hands over config, states, banner, questions and answers", async () => {
  const world = setUp();
  const heard: unknown[] = [];
  world.program.script = async (_config, hooks) => {
    hooks.onState("waiting");
    hooks.onBanner("hello");
    heard.push(await hooks.askHostKey({ name: "n", algorithm: "a", fingerprint: "f" }));
    heard.push(await hooks.askPassword({ user: "root", attempt: 1 }));
    heard.push(
      await hooks.askQuestions({
        name: "",
        instruction: "",
        prompts: [{ text: "Code:", echo: true }],
      }),
    );
  };
  const told: string[] = [];
  const connection = await world.bridge.open(config, {
    ...silent,
    onState: (state) => told.push(state),
    onBanner: (text) => told.push(text),
    askHostKey: () => Promise.resolve(true),
    askPassword: () => Promise.resolve("secret"),
    askQuestions: () => Promise.resolve(["1234"]),
  });
  assert.deepEqual(heard, [true, "secret", ["1234"]]);
  assert.deepEqual(told, ["waiting", "hello"]);
  assert.equal(connection.info.cipher, "chacha20-poly1305@openssh.com");
  const { signal, ...rest } = world.program.opened[0] ?? assert.fail();
  assert.ok(signal instanceof AbortSignal);
  assert.deepEqual(rest, config);
});

for (const [name, answer] of Object.entries({
  text: "true",
  one: 1,
  object: {},
  nothing: undefined,
  null: null,
})) {
  test(`a host key is not trusted by the answer ${name}`, async () => {
    const world = setUp();
    let trusted: boolean | undefined;
    world.program.script = async (_config, hooks) => {
      trusted = await hooks.askHostKey({ name: "n", algorithm: "a", fingerprint: "f" });
    };
    await world.bridge.open(config, {
      ...silent,
      askHostKey: () => Promise.resolve(answer as boolean),
    });
    assert.equal(trusted, false);
  });
}

test("a hook that rejects rejects in Go, too", async () => {
  const world = setUp();
  world.program.script = async (_config, hooks) => {
    await hooks.askPassword({ user: "root", attempt: 1 });
  };
  await fails(
    world.bridge.open(config, {
      ...silent,
      askPassword: () => Promise.reject(new Error("dialog")),
    }),
    "internal",
  );
});

test("answers to several prompts must be as many", async () => {
  const world = setUp();
  let answers: string[] | null | undefined;
  world.program.script = async (_config, hooks) => {
    answers = await hooks.askQuestions({
      name: "",
      instruction: "",
      prompts: [
        { text: "a", echo: false },
        { text: "b", echo: false },
      ],
    });
  };
  await world.bridge.open(config, { ...silent, askQuestions: () => Promise.resolve(["one"]) });
  assert.equal(answers, null);
});

test("abort while a question is open cancels in Go and rejects with cancelled", async () => {
  const world = setUp();
  const abort = new AbortController();
  let aborted = false;
  world.program.script = ({ signal }) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => {
        aborted = true;
        reject(Object.assign(new Error("x"), { code: "lost" }));
      });
      abort.abort();
    });
  await fails(world.bridge.open(config, silent, abort.signal), "cancelled");
  assert.ok(aborted);
});

test("an aborted signal opens nothing", async () => {
  const world = setUp();
  await fails(world.bridge.open(config, silent, AbortSignal.abort()), "cancelled");
  assert.equal(world.program.opened.length, 0);
});

test("a connection that came in spite of an abort is closed", async () => {
  const world = setUp();
  const abort = new AbortController();
  world.program.script = () => {
    abort.abort();
    return Promise.resolve();
  };
  await fails(world.bridge.open(config, silent, abort.signal), "cancelled");
  const connection: FakeConnection = world.program.connections[0] ?? assert.fail();
  assert.equal((await connection.closed).code, "closed");
});

test("output reaches the handler as bytes, and waits while nobody is attached", async () => {
  const { session, goSession } = await openShell();
  void goSession.sink.write(Uint8Array.of(1, 2), 0);
  void goSession.sink.write(Uint8Array.of(3), 0);
  const got: number[] = [];
  session.attach((chunk, done) => {
    got.push(...chunk);
    done();
  });
  await until("output", () => got.length === 3);
  assert.deepEqual(got, [1, 2, 3]);
});

test("a screen that draws nothing holds Go back at the high watermark", async () => {
  const { session, goSession } = await openShell();
  const undrawn: (() => void)[] = [];
  let handed = 0;
  session.attach((chunk, done) => {
    handed += chunk.byteLength;
    undrawn.push(done);
  });
  let written = 0;
  let waiting: Promise<void> | undefined;
  while (waiting === undefined) {
    waiting = goSession.sink.write(new Uint8Array(32768), 0) ?? undefined;
    written += 32768;
    assert.ok(written <= HIGH_WATER_BYTES, "Go was not held back");
  }
  assert.equal(written, HIGH_WATER_BYTES);
  await until("all handed out", () => handed === written);
  for (const done of undrawn) {
    done();
    done(); // twice counts once
  }
  await waiting;
});

test("detaching gives the undrawn bytes back, so that the session does not stall", async () => {
  const { session, goSession } = await openShell();
  let chunks = 0;
  const detach = session.attach(() => (chunks += 1));
  const waiting = goSession.sink.write(new Uint8Array(HIGH_WATER_BYTES), 0);
  await until("handed out", () => chunks === 1);
  detach();
  await waiting;
  assert.throws(() => {
    session.attach(() => undefined);
    session.attach(() => undefined);
  }, /already shown/);
});

test("a handler that throws does not stop the session", async () => {
  const faults: unknown[] = [];
  (globalThis as { reportError?: unknown }).reportError = (error: unknown) => faults.push(error);
  const { session, goSession } = await openShell();
  session.attach(() => {
    throw new Error("screen");
  });
  await goSession.sink.write(new Uint8Array(HIGH_WATER_BYTES), 0);
  assert.equal(faults.length, 1);
});

test("the end comes after the last byte", async () => {
  const { session, goSession } = await openShell();
  let got = 0;
  session.attach((chunk) => (got += chunk.byteLength)); // draws nothing
  void goSession.sink.write(new Uint8Array(100_000), 0);
  void goSession.sink.write(new Uint8Array(10), 0);
  goSession.end.resolve({ exitStatus: 3, exitSignal: "" });
  assert.deepEqual(await session.closed, { exitStatus: 3, exitSignal: "" });
  assert.equal(got, 100_010);
  await fails(session.write(Uint8Array.of(1)), "closed");
  await fails(session.resize(1, 1), "closed");
  await session.close();
});

test("input arrives in order, copied, and its promise waits for Go", async () => {
  const { session, goSession } = await openShell();
  const data = Uint8Array.of(1, 2, 3);
  const writes = [session.write(data), session.write(data.subarray(1, 2))];
  assert.equal(data.byteLength, 3, "the caller keeps its buffer");
  await Promise.all(writes);
  assert.deepEqual(
    goSession.written.map((bytes) => [...bytes]),
    [[1, 2, 3], [2]],
  );
  goSession.refusal = Object.assign(new Error("gone"), { code: "lost" });
  await fails(session.write(data), "lost");
});

test("resize, signal, stats and close reach Go", async () => {
  const { session, goSession, connection } = await openShell();
  await session.resize(500, 200);
  await session.signal("INT");
  assert.deepEqual(goSession.calls, ["resize 500 200", "signal INT"]);
  assert.deepEqual(await connection.stats(), { bytesIn: 1, bytesOut: 2, roundTripMs: null });
  await session.close();
  await session.closed;
  await connection.close();
  assert.deepEqual(await connection.closed, { code: "closed", message: "Closed." });
  await connection.close();
  await fails(connection.stats(), "closed");
  await fails(connection.shell({ term: "x", cols: 1, rows: 1, env: {} }), "closed");
});

test("a shell that is refused says so and leaves the connection", async () => {
  const world = setUp();
  const connection = await world.bridge.open(config, silent);
  const go = world.program.connections[0] ?? assert.fail();
  go.shellFailure = Object.assign(new Error("No shell."), { code: "shell_refused" });
  await fails(connection.shell({ term: "x", cols: 1, rows: 1, env: {} }), "shell_refused");
  go.shellFailure = undefined;
  await connection.exec("true");
});

test("a profile that failed to open is tried again", async () => {
  const { bridge } = setUp();
  await fails(bridge.profile(), "internal");
  assert.equal((await bridge.profile()).durable, false);
});

test("when the program ends, everything open fails with internal and nothing hangs", async () => {
  const world = await openShell();
  await world.handle.ready;
  const drawn: FakeSession = world.goSession;
  void drawn.sink.write(Uint8Array.of(1), 0);
  const hanging = fails(world.bridge.open(config, { ...silent }), "internal");
  world.program.script = () => new Promise(() => undefined);
  const opening = fails(world.bridge.open(config, silent), "internal");
  world.exit.resolve("exit code 2");
  const failure = await world.bridge.crashed;
  assert.equal(failure.code, "internal");
  assert.deepEqual(failure.detail, { reason: "exit code 2" });
  await opening;
  await hanging.catch(() => undefined); // may have opened before the end
  assert.equal((await world.connection.closed).code, "internal");
  assert.equal((await world.session.closed).error?.code, "internal");
  await fails(world.session.write(Uint8Array.of(1)), "closed");
  await fails(world.bridge.stats(), "internal");
  assert.deepEqual(world.deaths(), [1, 1]);
});

test("a program that does not load is no_webassembly, told once", async () => {
  const failure = new BridgeFailure("no_webassembly", "Could not be loaded.");
  const world = setUp(new FakeBridge(), Promise.reject(failure));
  assert.equal((await fails(world.handle.ready, "no_webassembly")).message, failure.message);
  await fails(world.bridge.open(config, silent), "no_webassembly");
  assert.deepEqual(world.deaths(), [1, 1]);
});

test("a worker script that does not load is no_webassembly", async () => {
  const world = setUp(new FakeBridge(), new Promise(() => undefined));
  world.scriptError("");
  await fails(world.handle.ready, "no_webassembly");
});

test("200 connections leave nothing behind in the worker", async () => {
  const world = setUp();
  for (let i = 0; i < 200; i++) {
    const connection = await world.bridge.open(config, silent);
    const session = await connection.shell({ term: "x", cols: 1, rows: 1, env: {} });
    await session.close();
    await session.closed;
    await connection.close();
    await connection.closed;
  }
  const open = (process as unknown as { getActiveResourcesInfo(): string[] })
    .getActiveResourcesInfo()
    .filter((name) => name === "MessagePort").length;
  assert.ok(open < 100, `${String(open)} open ports`);
});
