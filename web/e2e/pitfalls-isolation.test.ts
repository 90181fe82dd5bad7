/** What a device's page may not do to the app, to other pages of devices, and to its own tunnel. */

import { strict as assert } from "node:assert";
import { test } from "node:test";
import { ONLY_THE_LAST, answeredOf, tryPort } from "./support/capability.ts";
import { startDevice, type Device } from "./support/device/server.ts";
import { openByAddress, until, useForwarding } from "./support/forwarding.ts";
import { get, heading } from "./support/in-page.ts";
import { FORWARD_PROTOCOL, lockName } from "../src/forward/protocol.ts";

/** Another page of the device, with an origin of its own. */
let other: Device;
let otherOrigin: string;

const f = useForwarding({}, async ({ app }, ends) => {
  other = await startDevice();
  ends.push(() => other.close());
  const tab = await openByAddress(app, `localhost:${other.port}`);
  await heading(tab, /The device/);
  otherOrigin = new URL(tab.url()).origin;
  await tab.close();
});

test("P7: app and device page are in processes of their own", async () => {
  const { app, origin, context } = f();
  const session = await context.newCDPSession(app);
  const { targetInfos } = await session.send("Target.getTargets");
  const frames = targetInfos.filter(({ type, url }) => type === "iframe" && url.startsWith(origin));
  assert.equal(frames.length, 1, JSON.stringify(targetInfos));
  await session.detach();
});

test("P7: app, bridge and every answer ask for an agent cluster by origin", async () => {
  const { world, origin, page } = f();
  const agent = async (url: string) =>
    await page
      .context()
      .newPage()
      .then(async (tab) => {
        const answer = await tab.goto(url);
        const found = answer?.headers()["origin-agent-cluster"];
        await tab.close();
        return found;
      });
  assert.equal(await agent(world.url), "?1");
  assert.equal(await agent(`${origin}/`), "?1");
  assert.equal(await agent(`${origin}/.fwd/bridge`), "?1");
});

test("P9: a device's page cannot use the app's login: its POST and its upgrade are refused", async () => {
  const { app, page, world } = f();
  const api = `${world.url}/api/forwards`;
  // The page may not read the answer, and neither may the driver: the network's own record tells.
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const asked = new Set<string>();
  const statuses: number[] = [];
  session.on("Network.requestWillBeSent", ({ requestId, request }) => {
    if (request.url === api) asked.add(requestId);
  });
  session.on("Network.responseReceivedExtraInfo", ({ requestId, statusCode }) => {
    if (asked.has(requestId)) statuses.push(statusCode);
  });
  await page.evaluate(
    (url) =>
      fetch(url, { method: "POST", mode: "no-cors", credentials: "include", body: "{}" }).then(
        () => undefined,
        () => undefined,
      ),
    api,
  );
  await until("the gateway answered", () => statuses.length > 0);
  assert.deepEqual(statuses, [403]);
  const socket = `${world.url.replace("http", "ws")}/service/remoteaccess/client/1/configurations/1`;
  const opened = await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const attempt = new WebSocket(url, ["binary"]);
        attempt.onopen = () => {
          resolve("open");
        };
        attempt.onclose = () => {
          resolve("closed");
        };
      }),
    socket,
  );
  assert.equal(opened, "closed");
  assert.equal(await app.locator('[data-phase="connected"]').count(), 1);
});

test("P10: another device's page cannot frame this one, the app can", async () => {
  const { browser, device, origin, app, target } = f();
  const before = device.at("/").length;
  const tab = await browser.tab();
  await tab.goto(`${otherOrigin}/frames?url=${encodeURIComponent(origin)}/`);
  await tab.locator("#inner").waitFor();
  await until("the frame was blocked", () =>
    tab.frames().some((frame) => frame.url().startsWith("chrome-error:")),
  );
  await tab.close();
  assert.ok(device.at("/").length <= before + 1);
  await app
    .locator(`li[data-target="${target}"]`)
    .getByRole("button", { name: /Beside|beside/ })
    .click();
  const beside = app.frameLocator("porthole-ports .page-frame iframe");
  await beside.getByRole("heading", { name: "The device", exact: true }).waitFor();
});

test("P13: a page cannot register a service worker of its own", async () => {
  const page = await f().tab("/own-worker");
  assert.match(String(await page.evaluate("window.registered")), /^refused/);
  const raw = await page.evaluate(async () => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    const container = (frame.contentWindow as typeof window).navigator.serviceWorker;
    const tries = ["/own-worker.js", `/own-worker.js?${Math.random()}`].map((url) =>
      container.register(url, { scope: "/" }).then(
        () => "registered",
        (error: unknown) => String(error),
      ),
    );
    return Promise.all(tries);
  });
  for (const outcome of raw) assert.notEqual(outcome, "registered");
  await page.reload();
  assert.doesNotMatch(await page.content(), /stolen/);
  await page.close();
});

test("P13: a page that unregisters ours is back by itself after a reload", async () => {
  const page = await f().tab("/");
  await page.evaluate(async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations())
      await registration.unregister();
  });
  await page.reload();
  await heading(page, /The device/);
  assert.equal(await page.evaluate("talk('/echo', 'healed')"), "healed");
  await page.close();
});

for (const where of ["/", "/.fwd/bridge"])
  test(`P14: a port that the page at ${where} hands to the service worker is ignored`, async () => {
    const page = await f().tab("/");
    const heard = await page.evaluate(
      async ([path, protocol, lock]) => {
        history.pushState(null, "", path);
        // As a bridge does: the lock says that the tunnel lives, the port greets.
        await new Promise((held) => {
          void navigator.locks.request(lock, () => {
            held(undefined);
            return new Promise(() => undefined);
          });
        });
        const { port1, port2 } = new MessageChannel();
        const messages: unknown[] = [];
        port1.onmessage = (event) => messages.push(event.data);
        const worker = (await navigator.serviceWorker.ready).active;
        worker?.postMessage({ type: "port", protocol, epoch: "fake", port: port2 }, [port2]);
        port1.postMessage({ type: "hello", protocol, targets: [], plain: false });
        const answer = await fetch("/echo");
        return { messages, status: answer.status };
      },
      [where, FORWARD_PROTOCOL, lockName("fake")] as const,
    );
    assert.deepEqual(heard, { messages: [], status: 200 });
    await page.close();
  });

test("P14: a page cannot frame the bridge and take its place", async () => {
  const page = await f().tab("/frames?url=/.fwd/bridge");
  await until("the bridge was blocked", () =>
    page.frames().some((frame) => frame.url().startsWith("chrome-error:")),
  );
  assert.equal((await get(page, "/1k")).status, 200);
  await page.close();
});

test("P15: a device's page has no opener: it cannot lead the app's tab away", async () => {
  const { app, device } = f();
  const before = app.url();
  const tab = await openByAddress(app, `localhost:${device.port}`, "/opener");
  await tab.waitForFunction("window.hadOpener !== undefined");
  assert.equal(await tab.evaluate("window.hadOpener"), false);
  assert.equal(await tab.evaluate("window.opener"), null);
  assert.equal(app.url(), before);
  await tab.close();
});

test("P18: the capability port takes HTTP and websockets of one target, nothing else", async () => {
  const { context, origin, device } = f();
  const worker = context.serviceWorkers().find((one) => one.url().startsWith(origin));
  if (worker === undefined) assert.fail("there is no service worker");
  // As if the service worker itself were overtaken.
  const replies = await worker.evaluate(tryPort, FORWARD_PROTOCOL);
  assert.deepEqual(answeredOf(replies), ONLY_THE_LAST, JSON.stringify(replies));
  const strange = device.seen.filter(
    ({ method, path }) => method === "CONNECT" || !path.startsWith("/"),
  );
  assert.deepEqual(strange, []);
});
