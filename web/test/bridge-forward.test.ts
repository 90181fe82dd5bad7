import assert from "node:assert/strict";
import { test } from "node:test";
import type { CertificateQuestion, ForwardHooks } from "../src/bridge/bridge.d.ts";
import type { DirectForwardConfig, ForwardConfig, ForwardLogEntry } from "../src/bridge/client.ts";
import type { FromTunnel } from "../src/forward/protocol.ts";
import { config, fails, ports, setUp, silent, until } from "./bridge-world.ts";
import { defer, emptyResponse } from "./fake-program.ts";

const target: ForwardConfig = {
  scheme: "http",
  host: "localhost",
  port: 1880,
  tenant: "t",
  deviceId: "1",
  origin: "http://abc.fwd.porthole.localhost",
  headLimitMs: 0,
};
const nobody: ForwardHooks = { askCertificate: () => Promise.resolve(false) };

async function openForward(hooks = nobody) {
  const world = setUp();
  const connection = await world.bridge.open(config, silent);
  const forward = await connection.forward(target, hooks);
  const goConnection = world.program.connections[0];
  const go = goConnection?.forwards[0];
  assert.ok(goConnection !== undefined && go !== undefined);
  return { ...world, connection, forward, goConnection, go };
}

/** The other end of a capability port, and what came over it. */
function capability(): { port: MessagePort; other: MessagePort; got: FromTunnel[] } {
  const { port1, port2 } = new MessageChannel();
  ports.push(port2);
  const got: FromTunnel[] = [];
  port2.onmessage = (event: MessageEvent<FromTunnel>): void => {
    got.push(event.data);
  };
  return { port: port1, other: port2, got };
}

function ask(port: MessagePort, id: number, navigate = false): void {
  port.postMessage({
    type: "request",
    id,
    method: "GET",
    path: "/red",
    headers: [],
    size: -1,
    referrer: "",
    cookies: "",
    navigate,
  });
}

test("a capability port reaches the device, and the page sees log, figures and end", async () => {
  const { forward, go } = await openForward();
  const entries: ForwardLogEntry[] = [];
  const stop = forward.onLog((batch) => entries.push(...batch));
  const { port, other, got } = capability();
  await forward.connect(port, "epoch");
  ask(other, 1);
  await until("head", () => got.some(({ type }) => type === "head"));
  await until("log", () => entries.some(({ done, path }) => done && path === "/red"));
  assert.deepEqual(await forward.stats(), {
    connections: 1,
    dials: 2,
    bytesIn: 3,
    bytesOut: 4,
    requests: 1,
    errors: 0,
  });
  await forward.clear();
  assert.deepEqual(go.calls, ["clear"]);
  stop();
  await forward.close();
  assert.equal((await forward.closed).code, "closed");
  await fails(forward.stats(), "closed");
  await fails(forward.clear(), "closed");
  await forward.close();
  ask(other, 2);
  await until("error", () => got.some((message) => message.type === "error" && message.id === 2));
});

test("a challenge reaches the page, and the person's answer the one who waits", async () => {
  const { forward, go } = await openForward();
  const challenge = { scheme: "digest", realm: "router", refused: true } as const;
  go.script = () => Promise.resolve({ ...emptyResponse(401), challenge });
  const heard: unknown[] = [];
  forward.onChallenge((asked) => heard.push(asked));
  const { port, other, got } = capability();
  await forward.connect(port, "epoch");
  ask(other, 1, true);
  await until("challenge", () => heard.length === 1);
  assert.deepEqual(heard, [challenge]);
  other.postMessage({ type: "await-credential", id: 2 });
  await forward.refuseCredential();
  await until("answer", () => got.some(({ type }) => type === "credential"));
  await forward.setCredential("admin", "secret");
  assert.deepEqual(go.calls, ["credential admin secret"]);
});

test("a certificate is accepted by true alone, for as long as the forward lives", async () => {
  let answer: unknown = true;
  const { forward, goConnection } = await openForward({
    askCertificate: () => Promise.resolve(answer as boolean),
  });
  const question: CertificateQuestion = {
    name: "n",
    fingerprint: "SHA256:f",
    subject: "s",
    issuer: "i",
    notBefore: "",
    notAfter: "",
  };
  const hooks = goConnection.forwardHooks ?? assert.fail();
  assert.equal(await hooks.askCertificate(question), true);
  for (answer of ["true", 1, {}, null, undefined]) {
    assert.equal(await hooks.askCertificate(question), false);
  }
  await forward.close();
});

test("only what the contract names crosses to the worker", async () => {
  const world = setUp();
  const stray = { ...target, url: "wss://h/x", element: () => undefined } as DirectForwardConfig;
  const forward = await world.bridge.directForward(stray, nobody);
  assert.deepEqual(forward.config, { ...target, url: "wss://h/x" });
  const { port, got } = capability();
  await forward.connect(port, "epoch");
  await until("hello", () => got.length === 1);
  assert.ok(got[0]?.type === "hello" && got[0].plain, "its bytes can be read on their way");
});

test("ports are listed and asked; an abort ends the question in Go", async () => {
  const { connection, goConnection } = await openForward();
  assert.equal((await connection.listening())[0]?.service, "Node-RED");
  assert.deepEqual(await connection.probe("localhost", 1880), {
    kind: "http",
    status: 200,
    title: "A page",
  });
  const never = defer<never>();
  goConnection.probing = never.promise;
  const asks = goConnection.probes.length;
  const abort = new AbortController();
  const asked = fails(connection.probe("localhost", 1880, abort.signal), "cancelled");
  await until("asked", () => goConnection.probes.length > asks);
  goConnection.probes[asks]?.addEventListener("abort", () => {
    never.reject(new Error("aborted"));
  });
  abort.abort();
  await asked;
  await fails(connection.probe("localhost", 1880, AbortSignal.abort()), "cancelled");
});

test("pages and certificates are remembered", async () => {
  const { bridge } = setUp();
  await bridge.profile().catch(() => undefined); // the first attempt fails
  const profile = await bridge.profile();
  const scope = { tenant: "t", principal: "admin", deviceId: "1" };
  const settings = {
    bookmarks: [{ name: "", scheme: "http", host: "h", port: 1, path: "/" } as const],
    opened: ["http://h:1"],
    agreed: ["7"],
  };
  await profile.savePorts(scope, settings);
  assert.deepEqual(await profile.ports(scope), settings);
  assert.equal((await profile.knownCertificates("t", "1")).length, 1);
  await profile.removeKnownCertificate("n");
});

test("a forward of a connection that is closed is refused", async () => {
  const { connection } = await openForward();
  await connection.close();
  await connection.closed;
  await fails(connection.forward(target, nobody), "closed");
  await fails(connection.listening(), "closed");
});

test("when the program ends, the forward ends with internal and no call hangs", async () => {
  const world = await openForward();
  await world.handle.ready;
  world.exit.resolve("exit code 2");
  assert.equal((await world.forward.closed).code, "internal");
  await fails(world.forward.stats(), "internal");
  const { port } = capability();
  await fails(world.forward.connect(port, "epoch"), "internal");
});
