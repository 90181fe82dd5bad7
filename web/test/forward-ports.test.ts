/** Where the service worker's tunnel comes from, and what becomes of those that were replaced. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { BRIDGE_PATH, FORWARD_PROTOCOL } from "../src/forward/protocol.ts";
import type { Question } from "../src/forward/tunnel.ts";
import { Ports } from "../src/forward/worker/ports.ts";

class FakeClient {
  readonly frameType = "nested";
  readonly url = `http://abc.fwd.porthole.localhost${BRIDGE_PATH}`;
}
Object.assign(globalThis, {
  WindowClient: FakeClient,
  BroadcastChannel: class {
    postMessage = (): void => undefined;
  },
});

const get: Question = {
  ...{ method: "GET", path: "/", headers: [], size: -1, referrer: "" },
  ...{ cookies: null, navigate: false },
};
const ends: MessagePort[] = [];
after(() => {
  for (const port of ends) port.close();
});

/** A service worker whose app tabs are made up: each holds the lock of its epoch until it is closed. */
function start() {
  const waiting = new Map<string, () => void>();
  const locks = {
    request: (name: string, { signal }: { signal: AbortSignal }, granted: () => void) =>
      new Promise<void>((resolve, reject) => {
        waiting.set(name, () => {
          granted();
          resolve();
        });
        signal.addEventListener("abort", () => {
          waiting.delete(name);
          reject(new Error("stopped"));
        });
      }),
  };
  const scope = { navigator: { locks } } as unknown as ServiceWorkerGlobalScope;
  const ports = new Ports(scope);
  return {
    ports,
    watched: () => [...waiting.keys()],
    handIn: (epoch: string): void => {
      const { port1, port2 } = new MessageChannel();
      ends.push(port1, port2);
      const message = { type: "port", protocol: FORWARD_PROTOCOL, epoch, port: port1 };
      ports.accept(message, new FakeClient(), [port1]);
    },
    closeTab: (epoch: string): void => waiting.get(`porthole-tunnel:${epoch}`)?.(),
  };
}

test("what is under way on a port that was followed by another ends when its own app tab is closed", async () => {
  const { ports, handIn, closeTab } = start();
  handIn("first");
  const answer = (await ports.get())?.send(get, null, new AbortController().signal, 60_000);
  handIn("second");
  closeTab("first");
  const late = new Promise((resolve) => setImmediate(resolve, "hangs"));
  await assert.rejects(Promise.race([answer, late]), /tab was closed/);
  assert.equal(ports.current?.epoch, "second");
});

test("a port with nothing under way is not watched any more once another followed", async () => {
  const { handIn, watched } = start();
  for (const epoch of ["first", "second", "third"]) handIn(epoch);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(watched(), ["porthole-tunnel:third"]);
});
