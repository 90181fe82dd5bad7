import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import {
  BridgeFailure,
  type Bridge,
  type CloseInfo,
  type Connection,
  type OpenHooks,
  type SessionEnd,
} from "../src/bridge/client.ts";
import { DeviceConnection, type Phase, type Target } from "../src/device/connection.ts";

const target: Target = {
  tenant: "t1",
  deviceId: "1",
  configuration: { id: "2", name: "ssh", hostname: "127.0.0.1", port: 22, protocol: "PASSTHROUGH" },
  user: "root",
  credential: "password",
  allowOldAlgorithms: false,
};

const hooks = {
  askHostKey: () => Promise.resolve(false),
  askPassword: () => Promise.resolve(null),
  askQuestions: () => Promise.resolve(null),
  askKey: () => Promise.resolve(null),
  askPassphrase: () => Promise.resolve(null),
};

const realFetch = globalThis.fetch;
beforeEach(() => {
  Object.assign(globalThis, {
    document: { visibilityState: "visible" },
    location: { href: "http://porthole.localhost:8440/devices/1" },
  });
});
afterEach(() => {
  globalThis.fetch = realFetch;
  Reflect.deleteProperty(globalThis, "document");
  Reflect.deleteProperty(globalThis, "location");
});

/** A connection that says what phases it went through, over a bridge that is made up. */
function connectionOver(open: Bridge["open"]): { connection: DeviceConnection; phases: Phase[] } {
  const phases: Phase[] = [];
  const bridge = { open } as unknown as Bridge;
  const connection = new DeviceConnection(
    {
      changed: () => {
        if (phases.at(-1) !== connection.phase) phases.push(connection.phase);
      },
      banner: () => undefined,
      attach: () => undefined,
      size: () => Promise.resolve({ cols: 80, rows: 24 }),
    },
    () => Promise.resolve(bridge),
  );
  return { connection, phases };
}

/** Promise.withResolvers, which Node 20 has not. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** A connection of the bridge whose ends the test decides. */
function fakeConnection(): {
  made: Connection;
  endSession: (end: SessionEnd) => void;
  endConnection: (end: CloseInfo) => void;
} {
  const session = deferred<SessionEnd>();
  const closed = deferred<CloseInfo>();
  const made = {
    info: { cipher: "c" },
    shell: () => Promise.resolve({ closed: session.promise }),
    stats: () => Promise.resolve({ bytesIn: 1, bytesOut: 2, roundTripMs: null }),
    close: () => {
      session.resolve({ exitStatus: null, exitSignal: "", error: { code: "closed", message: "" } });
      closed.resolve({ code: "closed", message: "" });
      return Promise.resolve();
    },
    closed: closed.promise,
  } as unknown as Connection;
  return { made, endSession: session.resolve, endConnection: closed.resolve };
}

function states(hooks: OpenHooks): void {
  hooks.onState("waiting");
  hooks.onState("connecting");
  hooks.onState("authenticating");
  hooks.onState("connected");
}

const calm = (exitStatus: number | null, exitSignal = ""): SessionEnd => ({
  exitStatus,
  exitSignal,
});

await test("all phases in order, and an exit status that is not 0 is told", async () => {
  const fake = fakeConnection();
  const { connection, phases } = connectionOver((_config, hooks) => {
    states(hooks);
    return Promise.resolve(fake.made);
  });
  const run = connection.run(target, hooks);
  fake.endSession(calm(3));
  await run;
  assert.deepEqual(phases, ["waiting", "connecting", "authenticating", "connected", "ended"]);
  assert.equal(connection.ending?.what, "The session ended with exit status 3.");
  assert.equal(connection.ending.calm, true);
});

await test("the websocket's address and the host key's name come from the configuration", async () => {
  let seen: { url: string } | undefined;
  const { connection } = connectionOver((config) => {
    seen = config;
    return Promise.reject(new BridgeFailure("not_ssh", "HTTP/1.1 400"));
  });
  await connection.run(target, hooks);
  assert.ok(seen);
  const [url, reference] = seen.url.split("?reference=");
  assert.match(reference ?? "", /^[0-9a-f-]{36}$/, "events of the connection have no name");
  assert.deepEqual(
    { ...seen, url },
    {
      url: "ws://porthole.localhost:8440/service/remoteaccess/client/1/configurations/2",
      tenant: "t1",
      deviceId: "1",
      host: "127.0.0.1",
      port: 22,
      user: "root",
      credential: "password",
      allowOldAlgorithms: false,
    },
  );
  assert.match(connection.ending?.facts ?? "", /400/);
});

await test("Cancel while waiting ends at once and says only that", async () => {
  const { connection } = connectionOver(
    (_config, _hooks, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => {
          reject(new BridgeFailure("cancelled", ""));
        });
      }),
  );
  const run = connection.run(target, hooks);
  await Promise.resolve();
  connection.close();
  await run;
  assert.equal(connection.ending?.code, "cancelled");
  assert.equal(connection.open, false);
});

await test("Disconnect is no failure", async () => {
  const fake = fakeConnection();
  const connected = deferred<undefined>();
  const { connection } = connectionOver(() => Promise.resolve(fake.made));
  const run = connection.run(target, hooks);
  const poll = setInterval(() => {
    if (connection.phase === "connected") connected.resolve(undefined);
  }, 1);
  await connected.promise;
  clearInterval(poll);
  connection.close();
  await run;
  assert.equal(connection.ending?.what, "You disconnected.");
});

await test("a broken session is explained by the connection's close code", async () => {
  const fake = fakeConnection();
  const { connection } = connectionOver(() => Promise.resolve(fake.made));
  const run = connection.run(target, hooks);
  fake.endConnection({ code: "gateway_stopping", message: "" });
  fake.endSession({ ...calm(null), error: { code: "lost", message: "EOF" } });
  await run;
  assert.equal(connection.ending?.code, "gateway_stopping");
  assert.equal(connection.ending.calm, false);
});

await test("a refused websocket is explained by what the gateway remembers", async () => {
  const { connection } = connectionOver(() => Promise.reject(new BridgeFailure("refused", "")));
  globalThis.fetch = () =>
    Promise.resolve(
      Response.json({ status: 404, error: "not_found", message: "No such configuration." }),
    );
  await connection.run(target, hooks);
  assert.equal(connection.ending?.what, "No such configuration.");
});

await test("a refused websocket without a login leads to signing in", async () => {
  const { connection } = connectionOver(() => Promise.reject(new BridgeFailure("unreachable", "")));
  globalThis.fetch = () =>
    Promise.resolve(Response.json({ error: "not_signed_in", message: "" }, { status: 401 }));
  await connection.run(target, hooks);
  assert.equal(connection.ending?.remedy, "sign-in");
});

await test("an unreachable gateway is said to be that", async () => {
  const { connection } = connectionOver(() => Promise.reject(new BridgeFailure("unreachable", "")));
  globalThis.fetch = () => Promise.reject(new TypeError("Failed to fetch"));
  await connection.run(target, hooks);
  assert.equal(connection.ending?.code, "unreachable");
});

await test("no WebAssembly is told as such", async () => {
  const connection = new DeviceConnection(
    {
      changed: () => undefined,
      banner: () => undefined,
      attach: () => undefined,
      size: () => Promise.resolve({ cols: 80, rows: 24 }),
    },
    () => Promise.reject(new BridgeFailure("no_webassembly", "none")),
  );
  await connection.run(target, hooks);
  assert.match(connection.ending?.what ?? "", /WebAssembly/);
});
