/** The frame of a forward and the viewer tab: who gets a capability port, and who does not. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { FORWARD_PROTOCOL } from "../src/forward/protocol.ts";
import { BridgeHost, type HostWindow } from "../src/ports/bridge-host.ts";
import type { OpenForward } from "../src/ports/open-forward.ts";
import { ViewerHost, type Peer } from "../src/ports/viewer-host.ts";

const origin = "http://abc.fwd.porthole.localhost:8440";
const need = { porthole: "need-port", protocol: FORWARD_PROTOCOL };

interface Sent {
  message: { porthole: string; port?: MessagePort; epoch?: string; path?: string };
  target: string;
  transfer: Transferable[];
}

class FakePeer implements Peer {
  closed = false;
  readonly sent: Sent[] = [];
  postMessage(message: unknown, target: string, transfer: Transferable[] = []): void {
    this.sent.push({ message: message as Sent["message"], target, transfer });
  }
}

/** A page that keeps frames and listeners as a browser's does. */
class FakeWindow {
  readonly frames: { attributes: Record<string, string>; contentWindow: FakePeer; src: string }[] =
    [];
  readonly listeners = new Set<(event: MessageEvent<unknown>) => void>();
  readonly opened: { url: string; peer: FakePeer }[] = [];
  blocked = false;
  readonly document = {
    createElement: () => {
      const attributes: Record<string, string> = {};
      const frame = {
        attributes,
        contentWindow: new FakePeer(),
        src: "",
        setAttribute: (name: string, value: string) => {
          attributes[name] = value;
        },
        remove: () => {
          this.frames.splice(this.frames.indexOf(frame), 1);
        },
      };
      return frame;
    },
    body: { append: (frame: (typeof this.frames)[number]) => this.frames.push(frame) },
  };
  addEventListener(_type: string, listener: (event: MessageEvent<unknown>) => void): void {
    this.listeners.add(listener);
  }
  removeEventListener(_type: string, listener: (event: MessageEvent<unknown>) => void): void {
    this.listeners.delete(listener);
  }
  open(url: string): FakePeer | null {
    if (this.blocked) return null;
    const peer = new FakePeer();
    this.opened.push({ url, peer });
    return peer;
  }
  /** A message arrives. */
  hear(from: string, source: unknown, data: unknown): void {
    for (const listener of this.listeners) {
      listener({ origin: from, source, data } as MessageEvent<unknown>);
    }
  }
}

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function startHost(
  connect?: (port: MessagePort) => Promise<void>,
  outdated?: (failure: Error) => void,
) {
  const fake = new FakeWindow();
  const given: { port: MessagePort; epoch: string }[] = [];
  const host = new BridgeHost(
    origin,
    "epoch-1",
    {
      connect: (port, epoch) => {
        given.push({ port, epoch });
        ends.push(() => {
          port.close();
        });
        return connect?.(port) ?? Promise.resolve();
      },
    },
    fake as unknown as HostWindow,
    outdated,
  );
  ends.push(() => {
    for (const { transfer } of frame().contentWindow.sent) {
      for (const port of transfer) (port as MessagePort).close();
    }
    host.close();
  });
  const first = fake.frames[0];
  const frame = () => first ?? assert.fail("there is no frame");
  return { fake, given, host, frame };
}

/** Lets what was heard be answered: connecting takes a few turns. */
async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

await test("the frame gets a port, to its exact origin, and the epoch of its tunnel", async () => {
  const { fake, given, host, frame } = startHost();
  assert.equal(frame().src, `${origin}/.fwd/bridge`);
  assert.equal(frame().attributes["sandbox"], "allow-scripts allow-same-origin");
  fake.hear(origin, frame().contentWindow, need);
  await host.ready;
  const [sent] = frame().contentWindow.sent;
  assert.equal(sent?.target, origin);
  assert.equal(sent.message.porthole, "port");
  assert.equal(sent.message.epoch, "epoch-1");
  assert.equal(sent.transfer[0], sent.message.port);
  assert.equal(given.length, 1);
});

await test("a frame that could not clear says so at once, not when the time is over", async () => {
  const { fake, host, frame } = startHost();
  fake.hear(origin, frame().contentWindow, need);
  await host.ready;
  const cleared = host.clear(60_000);
  fake.hear(origin, frame().contentWindow, { porthole: "failed", reason: "no storage" });
  assert.equal(await cleared, false);
});

await test("P14: fake messages get no port: another origin, another frame, nonsense", async () => {
  const { fake, given, frame } = startHost();
  const { contentWindow } = frame();
  fake.hear("http://evil.localhost:8440", contentWindow, need);
  fake.hear(`${origin}.evil.example`, contentWindow, need);
  fake.hear("null", contentWindow, need);
  fake.hear(origin, new FakePeer(), need); // a page of the device beside the terminal
  fake.hear(origin, null, need);
  for (const data of [null, 1, "need-port", [], {}, { porthole: "need-port" }, { porthole: "x" }]) {
    fake.hear(origin, contentWindow, data);
  }
  await turns();
  assert.equal(given.length, 0);
  assert.equal(contentWindow.sent.length, 0);
});

await test("a frame that asks without end is given a bounded number of ports", async () => {
  const { fake, given, frame } = startHost();
  for (let i = 0; i < 1000; i++) fake.hear(origin, frame().contentWindow, need);
  await turns();
  assert.equal(given.length, 60);
});

await test("closing removes the frame, which frees its lock, and nobody gets a port any more", async () => {
  const { fake, given, host, frame } = startHost();
  const { contentWindow } = frame();
  host.close();
  assert.equal(fake.frames.length, 0);
  assert.equal(fake.listeners.size, 0);
  fake.hear(origin, contentWindow, need);
  await turns();
  assert.equal(given.length, 0);
  await assert.rejects(host.ready);
});

await test("a part of another build, or one that failed, is told as such", async () => {
  const other = startHost();
  other.fake.hear(origin, other.frame().contentWindow, { porthole: "need-port", protocol: 99 });
  await assert.rejects(other.host.ready, /different versions. Reload/);
  const failed = startHost();
  failed.fake.hear(origin, failed.frame().contentWindow, {
    porthole: "failed",
    reason: "No room.",
  });
  await assert.rejects(failed.host.ready, /No room/);
});

await test("a frame that comes back from another build, after its first port, is told of and gets none", async () => {
  const told: string[] = [];
  const { fake, frame, given, host } = startHost(undefined, (failure) =>
    told.push(failure.message),
  );
  fake.hear(origin, frame().contentWindow, need);
  await host.ready;
  fake.hear(origin, frame().contentWindow, { ...need, protocol: FORWARD_PROTOCOL + 1 });
  await turns();
  assert.match(
    told.join(),
    /^This page and the gateway are of different versions. Reload this page.$/,
  );
  assert.equal(given.length, 1);
});

await test("a frame that never answers names the wildcard that is missing", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { host } = startHost();
  t.mock.timers.tick(15_000);
  await assert.rejects(host.ready, /wildcard DNS entry \*\.fwd\.porthole\.localhost/);
});

await test("a port is not handed out when the forward is over", async () => {
  const { fake, frame } = startHost(() => Promise.reject(new Error("closed")));
  fake.hear(origin, frame().contentWindow, need);
  await turns();
  assert.equal(frame().contentWindow.sent.length, 0);
});

// ---- viewer tabs --------------------------------------------------------------------------

const viewer = "http://view.usercontent.localhost:8440";

function startViewer() {
  const fake = new FakeWindow();
  const ports: MessagePort[] = [];
  const forward = {
    ...{ id: "abc", origin: "http://abc.usercontent.localhost:8440", plain: true, epoch: "e1" },
    connect: (port: MessagePort) => {
      ports.push(port);
      return Promise.resolve("e1");
    },
  } as unknown as OpenForward;
  const host = new ViewerHost(
    `${viewer}/.fwd/viewer`,
    {
      byId: (id) => (id === "abc" ? forward : undefined),
      title: () => "Demo device · localhost:1880",
      back: () => "http://porthole.localhost:8440/devices/7",
      otherBuild: () => undefined,
    },
    fake,
  );
  ends.push(() => {
    host.close();
    for (const port of ports) port.close();
    for (const { peer } of fake.opened) {
      for (const { transfer } of peer.sent)
        for (const port of transfer) (port as MessagePort).close();
    }
  });
  return { fake, host, forward, ports };
}

const ready = { porthole: "viewer-ready", protocol: FORWARD_PROTOCOL, forward: "abc" };

await test("a viewer tab is told what to show and gets a port, at its exact origin", async () => {
  const { fake, host, forward } = startViewer();
  assert.equal(host.open(forward, "/ui"), true);
  const [tab] = fake.opened;
  assert.equal(tab?.url, `${viewer}/.fwd/viewer#abc`);
  fake.hear(viewer, tab.peer, ready);
  await turns();
  const [show, port] = tab.peer.sent;
  assert.equal(show?.message.porthole, "viewer-show");
  assert.equal(show.message.path, "/ui");
  assert.equal(port?.message.porthole, "viewer-port");
  assert.ok(tab.peer.sent.every(({ target }) => target === viewer));
  fake.hear(viewer, tab.peer, { porthole: "viewer-ping", forward: "abc" });
  assert.deepEqual(tab.peer.sent.at(-1)?.message, {
    ...{ porthole: "viewer-pong", forward: "abc", epoch: "e1" },
  });
});

await test("a viewer that this page did not open is served all the same: it outlived a reload", async () => {
  const { fake } = startViewer();
  const peer = new FakePeer();
  fake.hear(viewer, peer, ready);
  await turns();
  assert.deepEqual(
    peer.sent.map(({ message }) => message.porthole),
    ["viewer-show", "viewer-port"],
  );
  for (const { transfer } of peer.sent) for (const port of transfer) (port as MessagePort).close();
});

await test("P14: other origins get nothing, a device's own page included; unknown forwards are gone", async () => {
  const { fake, ports } = startViewer();
  const peer = new FakePeer();
  fake.hear("http://abc.usercontent.localhost:8440", peer, ready);
  fake.hear("http://porthole.localhost:8440", peer, ready);
  fake.hear(viewer, null, ready);
  fake.hear(viewer, peer, { porthole: "viewer-ready", forward: "abc" });
  assert.equal(peer.sent.length, 0);
  fake.hear(viewer, peer, { ...ready, forward: "other" });
  await turns();
  assert.deepEqual(
    peer.sent.map(({ message }) => message.porthole),
    ["viewer-gone"],
  );
  assert.equal(ports.length, 0);
});

await test("a tab that the browser did not open is told to the person", () => {
  const { fake, host, forward } = startViewer();
  fake.blocked = true;
  assert.equal(host.open(forward, "/"), false);
});

await test("the page's data is removed once one of its viewer tabs says so", async () => {
  const { fake, host, forward } = startViewer();
  host.open(forward, "/");
  host.open(forward, "/");
  const [first, second] = fake.opened.map(({ peer }) => peer);
  const clearing = host.clear(forward, 10_000);
  for (const peer of [first, second]) {
    assert.deepEqual(peer?.sent.at(-1), {
      ...{ message: { porthole: "viewer-clear", forward: "abc" }, target: viewer, transfer: [] },
    });
  }
  const cleared = { porthole: "viewer-cleared", forward: "abc" };
  fake.hear(origin, first, cleared);
  fake.hear(viewer, first, { ...cleared, forward: "other" });
  assert.equal(await Promise.race([clearing, turns().then(() => "waits")]), "waits");
  fake.hear(viewer, first, cleared);
  await clearing;
});

await test("without a viewer tab that answers, the person is told that data is left", async () => {
  const { fake, host, forward } = startViewer();
  const left = { code: "not_cleared", message: /Open the page in a tab, then clear/ };
  await assert.rejects(host.clear(forward, 10_000), left, "none was opened");
  host.open(forward, "/");
  await assert.rejects(host.clear(forward, 1), left, "it says nothing");
  for (const { peer } of fake.opened) {
    peer.closed = true;
    peer.sent.length = 0;
  }
  await assert.rejects(host.clear(forward, 10_000), left, "it was closed");
  assert.deepEqual(fake.opened[0]?.peer.sent, []);
});
