/** The panel's work without its looks, over a gateway and a connection that are made up. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ForwardConfig, PortsProfile } from "../src/ports/bridge.ts";
import { PortsDesk } from "../src/ports/desk.ts";
import type { LiveConnection } from "../src/ports/surroundings.ts";
import type { Place } from "../src/ports/target.ts";

const viewer = "https://view.example/.fwd/viewer";
const place: Place = { target: { scheme: "http", host: "localhost", port: 1880 }, path: "/red" };
const scope = { tenant: "t", principal: "admin", deviceId: "7" };

/** What the gateway was asked for, and the tabs that were opened. */
const asked: { path: string; body: unknown }[] = [];
const opened: string[] = [];

Object.assign(globalThis, {
  window: {
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    open: (url: string) => {
      opened.push(url);
      return { postMessage: () => undefined };
    },
  },
  fetch: (path: string, init: RequestInit) => {
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : null;
    asked.push({ path, body });
    const forwards = { kind: "second-site", plain: "ask", viewer };
    const answer =
      path === "/api/config"
        ? { version: "1", demo: false, tenant: "t", forwards }
        : { id: "abc", origin: "https://abc.view.example" };
    return Promise.resolve(new Response(JSON.stringify(answer)));
  },
});

const profile = {
  ports: () => Promise.resolve({ bookmarks: [], opened: [], agreed: [] }),
  savePorts: () => Promise.resolve(),
} as unknown as PortsProfile;

/** A connection whose forwards do nothing but be there. */
function connection(made: ForwardConfig[]): LiveConnection {
  const forward = {
    closed: new Promise(() => undefined),
    onLog: () => () => undefined,
    onChallenge: () => () => undefined,
    stats: () => Promise.resolve({ bytesIn: 0, bytesOut: 0, requests: 0 }),
    close: () => Promise.resolve(),
  };
  const live = {
    forward: (config: ForwardConfig) => {
      made.push(config);
      return Promise.resolve(forward);
    },
  };
  return { connection: live, reference: "r" } as unknown as LiveConnection;
}

async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((done) => setImmediate(done));
}

await test("a click before it is known whose pages these are opens the page once it is", async () => {
  const made: ForwardConfig[] = [];
  const desk = new PortsDesk(() => undefined);
  desk.setConnection(connection(made));
  const click = desk.openPage(place, "tab");
  await turns();
  assert.equal(desk.busy, "localhost:1880", "the click shows");
  assert.deepEqual([asked, made, desk.problem], [[], [], null]);
  await desk.start(scope, profile);
  await click;
  assert.equal(desk.problem, null);
  assert.deepEqual(
    asked.filter(({ path }) => path === "/api/forwards").map(({ body }) => body),
    [{ device: "7", scheme: "http", host: "localhost", port: 1880 }],
  );
  assert.deepEqual(
    made.map(({ tenant, deviceId }) => [tenant, deviceId]),
    [["t", "7"]],
  );
  assert.deepEqual(opened, [`${viewer}#abc`]);
  assert.equal(desk.busy, "");
  desk.stop();
});
