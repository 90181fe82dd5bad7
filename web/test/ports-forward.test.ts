/** A forward over a worker that is made up: what opens, ends, comes back, and what is reported. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { BridgeFailure } from "../src/bridge/client.ts";
import type { ConnectionEvent } from "../src/platform/types.ts";
import type { CloseInfo, Forward, ForwardHooks, ForwardLogEntry } from "../src/ports/bridge.ts";
import { PortsFailure } from "../src/ports/failure.ts";
import { Forwards } from "../src/ports/forwards.ts";
import type {
  Challenge,
  Credential,
  ForwardEnvironment,
} from "../src/ports/forward-environment.ts";
import type { Way } from "../src/ports/forward-state.ts";
import type { Remembered } from "../src/ports/session.ts";
import type { Target } from "../src/ports/target.ts";

const target: Target = { scheme: "http", host: "localhost", port: 1880 };
const configuration = { id: "5", name: "http: x", hostname: "h", port: 1, protocol: "PASSTHROUGH" };

function entry(id: number, more: Partial<ForwardLogEntry> = {}): ForwardLogEntry {
  return {
    ...{ id, kind: "request", method: "GET", path: "/", status: 200, bytesIn: 1, bytesOut: 0 },
    ...{ startedAt: 0, ms: 1, error: "", code: "", done: true },
    ...more,
  };
}

/** A forward of the worker that the test drives. */
class FakeForward {
  log: (entries: ForwardLogEntry[]) => void = () => undefined;
  challenge: (challenge: Challenge) => void = () => undefined;
  end!: (info: CloseInfo) => void;
  readonly closed = new Promise<CloseInfo>((resolve) => {
    this.end = resolve;
  });
  readonly calls: string[] = [];
  onLog(handler: (entries: ForwardLogEntry[]) => void) {
    this.log = handler;
    return () => this.calls.push("log ended");
  }
  onChallenge(handler: (challenge: Challenge) => void) {
    this.challenge = handler;
    return () => undefined;
  }
  setCredential(user: string) {
    this.calls.push(`credential ${user}`);
    return Promise.resolve();
  }
  refuseCredential() {
    this.calls.push("refused");
    return Promise.resolve();
  }
  stats() {
    return Promise.resolve({
      ...{ connections: 1, dials: 1, bytesIn: 10, bytesOut: 20, requests: 3, errors: 0 },
    });
  }
  close() {
    this.calls.push("close");
    this.end({ code: "closed", message: "" });
    return Promise.resolve();
  }
}

function world() {
  const made: { forward: FakeForward; hooks: ForwardHooks; origin: string }[] = [];
  const events: (ConnectionEvent & { reference: string })[] = [];
  const kept: Remembered[][] = [];
  const asked: ((credential: Credential | null) => void)[] = [];
  const state = { way: { kind: "ssh" } as Way | null, origins: 0 };
  const env: ForwardEnvironment = {
    ...{ tenant: "t", deviceId: "7", ownFrame: false, window: {} as Window },
    way: () =>
      state.way === null
        ? Promise.reject(new PortsFailure("not_connected", "Connect first."))
        : Promise.resolve(state.way),
    origin: () => {
      state.origins++;
      return Promise.resolve({ id: "abc", origin: "http://abc.fwd.h" });
    },
    start: (_way, config, hooks) => {
      const forward = new FakeForward();
      made.push({ forward, hooks, origin: config.origin });
      return Promise.resolve(forward as unknown as Forward);
    },
    askCertificate: () => Promise.resolve(false),
    askCredential: (_target, _challenge, signal) =>
      new Promise((resolve) => {
        asked.push(resolve);
        signal.addEventListener("abort", () => {
          resolve(null);
        });
      }),
    reference: (way) => `reference-${way.kind}`,
    report: (reference, event) => events.push({ ...event, reference }),
    claim: () => undefined,
    changed: () => undefined,
  };
  const forwards = new Forwards(env, (list) => kept.push(list));
  return { forwards, env, made, events, kept, asked, state };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

await test("one target has one forward, however often and by which loopback name it is opened", async () => {
  const { forwards, made, state } = world();
  const [one, two] = await Promise.all([
    forwards.open(target),
    forwards.open({ ...target, host: "127.0.0.1" }),
  ]);
  assert.equal(one, two);
  assert.equal(await forwards.open(target), one);
  assert.equal(made.length, 1);
  assert.equal(state.origins, 1);
  assert.equal(made[0]?.origin, "http://abc.fwd.h");
  assert.equal(one.phase, "open");
});

await test("a lost connection leaves the forward waiting; the next one brings it back under a new epoch", async () => {
  const { forwards, made, state, events } = world();
  const forward = await forwards.open(target);
  const before = forward.epoch;
  state.way = null;
  made[0]?.forward.end({ code: "lost", message: "" });
  await turns();
  assert.equal(forward.phase, "waiting");
  assert.equal(forward.epoch, "");
  forwards.resume();
  await turns();
  assert.equal(forward.phase, "waiting", "without a connection it goes on waiting");
  state.way = { kind: "ssh" };
  forwards.resume();
  await turns();
  assert.equal(forward.phase, "open");
  assert.notEqual(forward.epoch, before);
  assert.deepEqual(
    events.map(({ type }) => type),
    ["forward_opened", "forward_closed", "forward_opened"],
  );
});

await test("opened and closed are reported under the connection's reference, with what was carried", async () => {
  const { forwards, events, made } = world();
  const forward = await forwards.open(target);
  await forwards.close(forward);
  assert.equal(forwards.list.length, 0);
  assert.ok(made[0]?.forward.calls.includes("close"));
  const [opened, closed] = events;
  assert.deepEqual(
    [opened?.type, opened?.destination, opened?.reference, opened?.plain],
    ["forward_opened", "localhost:1880", "reference-ssh", undefined],
  );
  assert.deepEqual(
    [closed?.type, closed?.bytesIn, closed?.bytesOut, closed?.requests],
    ["forward_closed", 10, 20, 3],
  );
});

await test("without SSH it is marked plain, and reported once something went over it", async () => {
  const { forwards, events, made, state } = world();
  state.way = { kind: "direct", configuration };
  const forward = await forwards.open(target);
  assert.equal(forward.plain, true);
  assert.equal(events.length, 0);
  made[0]?.forward.log([entry(1)]);
  assert.equal(events[0]?.type, "forward_opened");
  assert.equal(events[0].plain, true);
  const tls = await forwards.open({ ...target, scheme: "https" });
  assert.equal(tls.plain, false, "TLS reaches the device itself");
});

await test("a refusing device shows, is reported once, and is over with the first answer", async () => {
  const { forwards, made, events } = world();
  const forward = await forwards.open(target);
  const failed = { status: 0, code: "forward_forbidden", error: "AllowTcpForwarding is off." };
  made[0]?.forward.log([entry(1, failed)]);
  made[0]?.forward.log([entry(2, failed)]);
  assert.equal(forward.forbidden, true);
  assert.equal(forward.trouble?.what, "AllowTcpForwarding is off.");
  assert.equal(events.filter(({ type }) => type === "forward_refused").length, 1);
  made[0]?.forward.log([entry(3)]);
  assert.equal(forward.trouble, null);
  assert.equal(forward.forbidden, false);
});

await test("a changed certificate shows both fingerprints and under which name the old one is kept", async () => {
  const { forwards, made } = world();
  const forward = await forwards.open({ ...target, scheme: "https" });
  const detail = { name: "[localhost.7.t]:1880", known: ["SHA256:a"], offered: "SHA256:b" };
  made[0]?.forward.log([entry(1, { status: 0, code: "certificate_change", error: "x", detail })]);
  assert.deepEqual(forward.changed, detail);
  assert.match(forward.trouble?.what ?? "", /certificate of the page changed/);
});

await test("many pages that want a password ask once; the answer is for all; none is given after the end", async () => {
  const { forwards, made, asked } = world();
  const forward = await forwards.open(target);
  const worker = made[0] ?? assert.fail("no forward was started");
  const challenge = { scheme: "basic", realm: "r", refused: false } as const;
  worker.forward.challenge(challenge);
  worker.forward.challenge(challenge);
  assert.equal(asked.length, 1);
  asked[0]?.({ user: "admin", password: "pw" });
  await turns();
  assert.ok(worker.forward.calls.includes("credential admin"));
  worker.forward.challenge({ ...challenge, refused: true });
  assert.equal(asked.length, 2);
  await forwards.close(forward);
  await turns();
  assert.ok(!worker.forward.calls.includes("refused"));
});

await test("closing while it opens leaves nothing open", async () => {
  const { forwards, made } = world();
  const opening = forwards.open(target);
  const [forward] = forwards.list;
  assert.ok(forward);
  await forwards.close(forward);
  await assert.rejects(opening, /closed/);
  await turns();
  assert.equal(forward.phase, "closed");
  assert.ok(made.every((one) => one.forward.calls.includes("close")));
});

await test("a forward that cannot be opened says why and can be tried again", async () => {
  const { forwards, env, made } = world();
  const start = env.start.bind(env);
  env.start = () => Promise.reject(new BridgeFailure("not_signed_in", ""));
  await assert.rejects(forwards.open(target));
  const [forward] = forwards.list;
  assert.equal(forward?.phase, "failed");
  assert.match(forward.trouble?.what ?? "", /not signed in/);
  env.start = start;
  await forward.open();
  assert.equal(forward.phase, "open");
  assert.equal(made.length, 1);
});

await test("what was open before a reload waits for the connection", async () => {
  const { forwards, kept } = world();
  await forwards.open(target);
  assert.deepEqual(kept.at(-1), [{ target, direct: false }]);
  const after = world();
  after.state.way = null;
  after.forwards.restore(kept.at(-1) ?? []);
  const phases = () => after.forwards.list.map(({ phase }) => phase);
  assert.deepEqual(phases(), ["waiting"]);
  after.state.way = { kind: "ssh" };
  after.forwards.resume();
  await turns();
  assert.deepEqual(phases(), ["open"]);
});

await test("leaving the page reports what is known and waits for nothing", async () => {
  const { forwards, events } = world();
  await forwards.open(target);
  forwards.abandon();
  assert.equal(events.at(-1)?.type, "forward_closed");
});

await test("after a certificate is forgotten a new tunnel asks anew, under the same origin", async () => {
  const { forwards, made } = world();
  const forward = await forwards.open({ ...target, scheme: "https" });
  const { origin, epoch } = forward;
  await forward.restart();
  assert.equal(made.length, 2);
  assert.ok(made[0]?.forward.calls.includes("close"));
  assert.equal(forward.origin, origin);
  assert.notEqual(forward.epoch, epoch);
  assert.equal(forward.phase, "open");
});
