/** A forward in the worker with a fake Go program behind it, and pages at its ports. */

import assert from "node:assert/strict";
import { after } from "node:test";
import type { FromSocket, FromTunnel } from "../src/forward/protocol.ts";
import type { ForwardConfig } from "../src/bridge/bridge.d.ts";
import type { ForwardEvent, ForwardLogEntry } from "../src/bridge/forward.ts";
import { WorkerForward } from "../src/bridge/worker-forward.ts";
import { FakeForward } from "./fake-program.ts";

const config: ForwardConfig = {
  scheme: "http",
  host: "localhost",
  port: 1880,
  tenant: "t",
  deviceId: "1",
  origin: "http://abc.fwd.porthole.localhost",
  headLimitMs: 0,
};

/** Closed at the end of the file's tests. */
export const ports: MessagePort[] = [];
const stay = setInterval(() => undefined, 1000);
after(() => {
  clearInterval(stay);
  for (const port of ports) {
    port.close();
  }
});

type Of<T extends FromTunnel["type"]> = Extract<FromTunnel, { type: T }>;

/** Turns of the event loop until the condition holds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `gave up waiting: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Long enough for whatever was posted to have been handled. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A service worker that is none, at the other end of a capability port. */
export class Page {
  readonly got: FromTunnel[] = [];
  /** Messages of the port; one may carry several of the protocol's. */
  posts = 0;
  readonly port: MessagePort;

  constructor(forward: WorkerForward, epoch = "epoch") {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    ports.push(port1, port2);
    port1.onmessage = (event: MessageEvent<FromTunnel | FromTunnel[]>): void => {
      this.posts += 1;
      this.got.push(...[event.data].flat());
    };
    forward.connect(port2, epoch);
  }

  post(message: unknown, transfers: Transferable[] = []): void {
    this.port.postMessage(message, transfers);
  }

  request(id: number, changes: Record<string, unknown> = {}): void {
    this.post(this.question(id, changes));
  }

  question(id: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
    return {
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
    };
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

export function setUp() {
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

export function bytes(...values: number[]): ArrayBuffer {
  return Uint8Array.from(values).buffer;
}

/** The page's end of a websocket. */
export function openSocket(page: Page, changes: Record<string, unknown> = {}) {
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
