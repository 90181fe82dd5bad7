/** Both halves of the bridge in one thread, over a fake program: for the tests of the bridge. */

import assert from "node:assert/strict";
import { after } from "node:test";
import { expose } from "comlink";
import type { OpenHooks } from "../src/bridge/bridge.d.ts";
import type { ConnectConfig } from "../src/bridge/client.ts";
import { BridgeFailure, installErrorTransfer } from "../src/bridge/failure.ts";
import { LiveWorker } from "../src/bridge/loader.ts";
import type { WorkerLike } from "../src/bridge/loader.ts";
import { PageBridge } from "../src/bridge/page-bridge.ts";
import { WorkerHost } from "../src/bridge/worker-host.ts";
import { FakeBridge, defer } from "./fake-program.ts";

installErrorTransfer();

export const config: ConnectConfig = {
  url: "wss://h/service/remoteaccess/client/1/configurations/2",
  tenant: "t",
  deviceId: "1",
  host: "localhost",
  port: 22,
  user: "root",
  credential: "password",
  allowOldAlgorithms: false,
};

export const silent: OpenHooks = {
  onState: () => undefined,
  onBanner: () => undefined,
  askHostKey: () => Promise.resolve(false),
  askPassword: () => Promise.resolve(null),
  askQuestions: () => Promise.resolve(null),
  askKey: () => Promise.resolve(null),
  askPassphrase: () => Promise.resolve(null),
};

const cleanUps: (() => void)[] = [];
/** Closed when the tests are over. */
export const ports: MessagePort[] = [];
// Node takes an open port for no reason to stay; a test that waits for one is.
const stay = setInterval(() => undefined, 1000);
after(async () => {
  clearInterval(stay);
  for (const cleanUp of cleanUps) {
    cleanUp();
  }
  await new Promise((resolve) => setTimeout(resolve, 50)); // the ends reach every port
  for (const port of ports) {
    port.close();
  }
});

/** Both halves in one thread, over a port as over a worker's. */
export function setUp(
  program = new FakeBridge(),
  starting: Promise<FakeBridge> = Promise.resolve(program),
) {
  const { port1, port2 } = new MessageChannel();
  const exit = defer<string>();
  expose(new WorkerHost({ bridge: starting, exited: exit.promise }), port2);
  let terminated = 0;
  const errorListeners: ((event: Event) => void)[] = [];
  const worker: WorkerLike = {
    postMessage: port1.postMessage.bind(port1) as WorkerLike["postMessage"],
    addEventListener: ((type: string, listener: (event: Event) => void) => {
      if (type === "error") {
        errorListeners.push(listener);
      } else {
        port1.addEventListener(type as "message", listener);
        port1.start();
      }
    }) as WorkerLike["addEventListener"],
    removeEventListener: port1.removeEventListener.bind(port1) as WorkerLike["removeEventListener"],
    terminate: () => {
      terminated += 1;
    },
  };
  let deaths = 0;
  const handle = new LiveWorker(worker, () => (deaths += 1));
  ports.push(port1, port2);
  cleanUps.push(() => {
    for (const forward of [
      ...program.forwards,
      ...program.connections.flatMap((c) => c.forwards),
    ]) {
      void forward.close();
    }
    exit.resolve("the test is over");
  });
  return {
    program,
    exit,
    handle,
    bridge: new PageBridge(handle),
    scriptError: (message: string) => {
      for (const listener of errorListeners) {
        listener(Object.assign(new Event("error"), { message }));
      }
    },
    deaths: () => [deaths, terminated],
  };
}

export async function fails(promise: Promise<unknown>, code: string): Promise<BridgeFailure> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof BridgeFailure, String(error));
    assert.equal(error.code, code);
    return error;
  }
  return assert.fail(`did not fail with ${code}`);
}

/** Turns of the event loop until the condition holds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `gave up waiting: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
