/** What the panel finds, remembers, asks and logs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Asker } from "../src/style/asker.ts";
import type {
  ForwardLogEntry,
  ListeningPort,
  PortsSettings,
  ProbeResult,
} from "../src/ports/bridge.ts";
import { Finder, pageOf, sorted } from "../src/ports/finder.ts";
import { PageNames } from "../src/ports/page-names.ts";
import { PortsMemory } from "../src/ports/memory.ts";
import { MAX_ROWS, RequestLog } from "../src/ports/request-log.ts";
import { aboutOther, foundRows } from "../src/ports/rows.ts";
import { directConfigurations, isPlain, readyPages, wayTo } from "../src/ports/ways.ts";
import { BridgeFailure } from "../src/bridge/client.ts";

const none: ProbeResult = { kind: "other", status: 0, title: "" };

function listening(port: number, http: ListeningPort["http"] = "unknown"): ListeningPort {
  return { host: "localhost", port, program: "", service: "", http };
}

function device(ports: ListeningPort[], probe: (port: number) => Promise<ProbeResult>) {
  const asked: number[] = [];
  let [now, most] = [0, 0];
  const connection = {
    listening: () => Promise.resolve(ports),
    probe: async (_host: string, port: number) => {
      asked.push(port);
      most = Math.max(most, ++now);
      await new Promise((done) => setImmediate(done));
      now--;
      return probe(port);
    },
  };
  return { connection, asked, most: () => most };
}

await test("ports are asked four at once, likely pages first, and a control protocol never", async () => {
  const ports = Array.from({ length: 20 }, (_, i) => listening(8000 + i));
  const { connection, asked, most } = device(
    [listening(502, "never"), listening(22, "no"), ...ports, listening(1880, "yes")],
    () => Promise.resolve(none),
  );
  const finder = new Finder(() => undefined);
  await finder.look(connection);
  assert.equal(most(), 4);
  assert.equal(asked[0], 1880);
  assert.equal(asked.length, 21);
  assert.ok(!asked.includes(502) && !asked.includes(22));
  assert.equal(finder.busy, false);
});

await test("what answers HTTP is a page, by its own scheme; the rest is listed apart", async () => {
  const { connection } = device(
    [listening(1), listening(2), listening(3), listening(4, "no")],
    (port) =>
      Promise.resolve({
        kind: port === 1 ? "http" : port === 2 ? "https" : "other",
        status: 200,
        title: "T",
      }),
  );
  const finder = new Finder(() => undefined);
  await finder.look(connection);
  const { pages, others } = sorted(finder.ports);
  assert.deepEqual(
    pages.map((page) => pageOf(page)?.scheme),
    ["http", "https"],
  );
  assert.deepEqual(
    others.map(({ listening: { port } }) => port),
    [3, 4],
  );
});

function found(port: number, probe: Partial<ProbeResult>, more: Partial<ListeningPort> = {}) {
  return {
    listening: { ...listening(port), ...more },
    probe: { ...none, kind: "http" as const, status: 200, ...probe },
  };
}

await test("a server without a page at / is no page, unless its port is one of web pages", () => {
  const ports = [
    found(9100, { status: 404, title: "404 Not Found" }, { program: "exporter" }),
    found(8440, { status: 421 }),
    found(80, { status: 404 }, { http: "yes" }),
    found(8081, { status: 401, title: "401 Unauthorized" }, { program: "monit" }),
    found(8082, { status: 503, title: "Starting" }),
  ];
  const { pages, others } = foundRows(ports);
  assert.deepEqual(
    pages.map(({ name, about }) => [name, about]),
    [
      ["localhost:80", ""],
      ["monit", "asks for a password"],
      ["Starting", ""],
    ],
  );
  assert.deepEqual(others.map(aboutOther), [
    "HTTP, but no page at /",
    "exporter · HTTP, but no page at /",
  ]);
});

await test("a page that listens on several addresses of the device is listed once", () => {
  const title = "Heating";
  const { pages } = foundRows([
    found(8080, { title }),
    found(8080, { title }, { host: "192.168.1.5" }),
    found(8080, { title: "Another" }, { host: "192.168.1.6" }),
    found(8081, { title }, { host: "192.168.1.5" }),
  ]);
  assert.deepEqual(
    pages.map(({ target }) => `${target.host}:${String(target.port)}`),
    ["localhost:8080", "192.168.1.6:8080", "192.168.1.5:8081"],
  );
});

await test("a forward has the name of its page, also while the device is looked at anew", () => {
  const names = new PageNames();
  const { pages } = foundRows([found(1880, { title: "Node-RED" }), found(1881, {})]);
  const loopback = { scheme: "http", host: "127.0.0.1", port: 1880 } as const;
  assert.equal(names.of(loopback, pages), "Node-RED");
  assert.equal(names.of(loopback, []), "Node-RED");
  assert.equal(names.of({ ...loopback, scheme: "https" }, pages), "");
  assert.equal(names.of({ ...loopback, port: 1881 }, pages), "", "an address is no name");
  const deeper = pages.map((row) => ({ ...row, path: "/ui", name: "Dashboard" }));
  assert.equal(names.of(loopback, [...deeper, ...pages]), "Node-RED");
});

await test("a device that forbids forwards is recognised, and one that cannot be asked says why", async () => {
  const finder = new Finder(() => undefined);
  const refusing = device([listening(1)], () =>
    Promise.reject(new BridgeFailure("forward_forbidden", "no")),
  );
  await finder.look(refusing.connection);
  assert.equal(finder.forbidden, true);
  await finder.look({
    listening: () => Promise.reject(new BridgeFailure("lost", "")),
    probe: () => Promise.resolve(none),
  });
  assert.match(finder.problem?.what ?? "", /broke/);
});

await test("a new look ends the old one: its answers come to nothing", async () => {
  const finder = new Finder(() => undefined);
  const old = device([listening(1)], () =>
    Promise.resolve({ kind: "http", status: 200, title: "" }),
  );
  const looking = finder.look(old.connection);
  finder.reset();
  await looking;
  assert.equal(finder.ports.length, 0);
});

const passthrough = (id: string, name: string, hostname: string, port: number) => ({
  ...{ id, name, hostname, port },
  protocol: "PASSTHROUGH",
});

await test("configurations named http: or https: are pages", () => {
  const pages = readyPages([
    passthrough("1", "http: Node-RED", "127.0.0.1", 1880),
    passthrough("2", "HTTPS:", "[::1]", 8443),
    passthrough("3", "ssh", "127.0.0.1", 22),
    passthrough("4", "httpd", "127.0.0.1", 80),
  ]);
  assert.deepEqual(
    pages.map(({ name, target }) => [name, target.scheme, target.host, target.port]),
    [
      ["Node-RED", "http", "127.0.0.1", 1880],
      ["[::1]:8443", "https", "::1", 8443],
    ],
  );
});

const http = { scheme: "http", host: "localhost", port: 1880 } as const;
const configurations = [
  passthrough("1", "web", "127.0.0.1", 1880),
  passthrough("2", "other", "127.0.0.1", 1881),
  { ...passthrough("3", "vnc", "127.0.0.1", 1880), protocol: "VNC" },
];

await test("SSH goes first; without it a configuration that points straight at the port", () => {
  const facts = { configurations, policy: "ask" as const };
  assert.deepEqual(wayTo(http, { ...facts, ssh: true }), { kind: "ssh" });
  const direct = wayTo(http, { ...facts, ssh: false });
  assert.ok(direct.kind === "direct" && direct.configuration.id === "1");
  assert.deepEqual(
    directConfigurations(http, configurations).map(({ id }) => id),
    ["1"],
  );
  assert.throws(
    () => wayTo({ ...http, port: 9 }, { ...facts, ssh: false }),
    /Connect to the device/,
  );
});

await test("where readable bytes are denied, only https goes without SSH", () => {
  const facts = { configurations, policy: "deny" as const, ssh: false };
  assert.throws(() => wayTo(http, facts), /allows no pages that it could read/);
  const way = wayTo({ ...http, scheme: "https" }, facts);
  assert.equal(isPlain({ ...http, scheme: "https" }, way), false);
  assert.equal(isPlain(http, way), true);
  assert.equal(isPlain(http, { kind: "ssh" }), false);
});

function row(id: number, more: Partial<ForwardLogEntry> = {}): ForwardLogEntry {
  return {
    ...{ id, kind: "request", method: "GET", path: `/${String(id)}`, status: 200, bytesIn: 1 },
    ...{ bytesOut: 0, startedAt: 0, ms: 1, error: "", code: "", done: true },
    ...more,
  };
}

await test("the log keeps the newest thousand rows and says how many went", () => {
  const log = new RequestLog();
  for (let i = 0; i < 25; i++) log.add(Array.from({ length: 100 }, (_, n) => row(i * 100 + n + 1)));
  assert.equal(log.size, MAX_ROWS);
  assert.equal(log.dropped, 1500);
  assert.equal(log.rows()[0]?.id, 1501);
});

await test("a row that changes stays in its place; filters go by method, path and status", () => {
  const log = new RequestLog();
  log.add([row(1, { status: 0, done: false }), row(2, { method: "POST", status: 404 })]);
  log.add([row(1, { status: 200 })]);
  assert.deepEqual(
    log.rows().map(({ id, status }) => [id, status]),
    [
      [1, 200],
      [2, 404],
    ],
  );
  assert.equal(log.rows("post 404").length, 1);
  assert.equal(log.rows("post 200").length, 0);
});

await test("the log as text has a line for each row, whatever the path holds", () => {
  const log = new RequestLog();
  log.add([row(1, { path: "/a\tb\nc", error: "It\nbroke." })]);
  const lines = log.text().split("\n");
  assert.equal(lines.length, 2);
  assert.equal(lines[1]?.split("\t").length, 8);
});

await test("a change of what is remembered keeps what another tab wrote meanwhile", async () => {
  const stored: PortsSettings = { bookmarks: [], opened: [], agreed: [] };
  const profile = {
    ports: () => Promise.resolve(structuredClone(stored)),
    savePorts: (_scope: unknown, settings: PortsSettings) => {
      Object.assign(stored, structuredClone(settings));
      return Promise.resolve();
    },
    knownCertificates: () => Promise.resolve([]),
    removeKnownCertificate: () => Promise.resolve(),
  };
  const memory = new PortsMemory(() => undefined);
  await memory.load(profile, { tenant: "t", principal: "p", deviceId: "7" });
  stored.agreed.push("of another tab");
  const mark = { ...http, name: "Node-RED", path: "/" };
  await Promise.all([memory.opened(http), memory.addBookmark(mark), memory.agree("5", true)]);
  assert.deepEqual(stored.agreed, ["of another tab", "5"]);
  assert.ok(memory.wasOpened({ ...http, host: "127.0.0.1" }));
  assert.ok(!memory.wasOpened({ ...http, port: 1 }));
  assert.equal(memory.bookmark(http, "/")?.name, "Node-RED");
  await memory.removeBookmark(mark);
  assert.equal(stored.bookmarks.length, 0);
});

await test("questions wait for each other; one that goes away unanswered is a no", async () => {
  const asker = new Asker(() => undefined);
  const abort = new AbortController();
  const answers: ((yes: boolean) => void)[] = [];
  const draw = (answer: (yes: boolean) => void) => {
    answers.push(answer);
  };
  const one = asker.ask("one", draw, false);
  const two = asker.ask("two", draw, false, abort.signal);
  const three = asker.ask("three", draw, false);
  assert.equal(asker.current?.title, "one");
  asker.current.draw();
  answers[0]?.(true);
  answers[0]?.(false);
  assert.equal(await one, true);
  abort.abort();
  assert.equal(await two, false);
  assert.equal(asker.current.title, "three");
  asker.cancel();
  assert.equal(await three, false);
  assert.equal(asker.current, null);
});
