/** Pages of a device whose SSH server is OpenSSH's, and one that forbids forwards. */

import { strict as assert } from "node:assert";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { pattern, sha256 } from "./support/device/bodies.ts";
import { startDevice, type Device } from "./support/device/server.ts";
import { forwardRow, openByAddress, showPorts, until } from "./support/forwarding.ts";
import { get, heading, upload } from "./support/in-page.ts";
import { agree, listedPage, tabOf } from "./support/ports-story.ts";
import { start, type Child } from "./support/process.ts";
import { atDemoDevice, connect, connected, givePassword, trustHostKey } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

interface Peer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

const root = resolve(process.env["PORTHOLE_ROOT"] ?? "..");
const children: Child[] = [];
let peer: Peer;
let strict: Peer;
let device: Device;
let world: World;
let browser: Partitioned;

async function startPeer(...flags: string[]): Promise<Peer> {
  const child = start(join(root, "bin/realpeer"), ["--server", "openssh", ...flags]);
  children.push(child);
  const [line] = await child.match(/^\{.*\}$/m);
  return JSON.parse(line) as Peer;
}

before(async () => {
  device = await startDevice();
  peer = await startPeer();
  strict = await startPeer("--no-tcp-forwarding");
  world = await startWorld({
    configurations: {
      openssh: `${peer.host}:${peer.port}`,
      strict: `${strict.host}:${strict.port}`,
      "http: meter": `127.0.0.1:${device.port}`,
    },
  });
  browser = await launchPartitioned();
});
after(async () => {
  await browser.close();
  await world.stop();
  await device.close();
  for (const child of children) await child.stop();
});

async function connectTo(name: string, to: Peer): Promise<Page> {
  const app = await browser.tab();
  await atDemoDevice(app, world);
  await connect(app, { configuration: name, user: to.user });
  const password = app.getByLabel("Password", { exact: true });
  await app.getByRole("button", { name: "Trust and connect" }).or(password).first().waitFor();
  if (!(await password.isVisible())) await trustHostKey(app); // asked once in this browser
  await givePassword(app, to.password);
  await connected(app);
  return app;
}

test("through OpenSSH's server: page, websocket, upload and download", async () => {
  const app = await connectTo("openssh", peer);
  const page = await openByAddress(app, `localhost:${device.port}`);
  await heading(page, /The device/);
  assert.equal(await page.evaluate("talk('/echo', 'by OpenSSH')"), "by OpenSSH");
  const sent = await upload(page, "/upload", 5_000_000);
  assert.equal(sent.sha256, sent.sent);
  const hash = await page.evaluate(async () => {
    const bytes = await (await fetch("/download?size=10000000")).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  });
  assert.equal(hash, sha256(pattern(10_000_000)));
  assert.equal(
    await forwardRow(app, `http://localhost:${device.port}`).locator(".plain-mark").count(),
    0,
  );
  await app.close();
});

test("OpenSSH's server ends: the pages say so and come back with the next connection", async () => {
  const app = await connectTo("openssh", peer);
  const page = await openByAddress(app, `localhost:${device.port}`);
  await heading(page, /The device/);
  await app.getByRole("button", { name: "Disconnect" }).click();
  await page.reload();
  await heading(page, /not connected/i);
  await app.locator('[data-test="reconnect"]').click();
  await givePassword(app, peer.password);
  await connected(app);
  await heading(page, /The device/, 30_000);
  await page.close();
  await app.close();
});

test("AllowTcpForwarding no: page and panel say so, and the configuration leads there instead", async () => {
  const app = await connectTo("strict", strict);
  const panel = await showPorts(app);
  const page = await openByAddress(app, `localhost:${device.port}`);
  await heading(page, /does not allow/i);
  assert.match(await page.locator("main").innerText(), /AllowTcpForwarding/);
  const row = forwardRow(app, `http://localhost:${device.port}`);
  const trouble = row.locator('[data-test="forward-trouble"]');
  await trouble.waitFor({ timeout: 30_000 });
  assert.match(await trouble.innerText(), /does not allow|AllowTcpForwarding/);
  assert.match(await panel.locator('[data-test="forbidden"]').innerText(), /AllowTcpForwarding no/);
  const seen = device.at("/").length;
  const [instead] = await Promise.all([
    app.context().waitForEvent("page", { timeout: 30_000 }),
    trouble
      .getByRole("button", { name: /Use the configuration/ })
      .click()
      .then(() => agree(app)),
  ]);
  await heading(instead, /The device/, 30_000);
  await until("the device was asked", () => device.at("/").length > seen);
  await row.locator(".plain-mark").waitFor();
  assert.equal((await get(instead, "/1k")).status, 200);
  await instead.close();
  await page.close();
  await app.close();
});

test("with SSH and a configuration for the same page, SSH is taken: nobody can read it", async () => {
  const app = await connectTo("openssh", peer);
  await showPorts(app);
  const page = await tabOf(app, listedPage(app, "Ready pages", "meter"));
  await heading(page, /The device/);
  const row = forwardRow(app, `http://127.0.0.1:${device.port}`);
  assert.equal(await row.locator(".plain-mark").count(), 0);
  await page.close();
  await app.close();
});
