/** Real SSH servers behind the device's agent: OpenSSH and dropbear. */

import { strict as assert } from "node:assert";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch, open } from "./support/browser.ts";
import { start, type Child } from "./support/process.ts";
import {
  atDemoDevice,
  connect,
  connected,
  ending,
  givePassword,
  noFaults,
  prompt,
  run,
  shows,
  trustHostKey,
  type,
} from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

interface Peer {
  host: string;
  port: number;
  user: string;
  password: string;
  privateKey: string;
  hostKeyFingerprint: string;
}

const SERVERS = ["openssh", "dropbear"] as const;
const root = resolve(process.env["PORTHOLE_ROOT"] ?? "..");
const children: Child[] = [];
const peers: Record<string, Peer> = {};
function peerOf(server: string): Peer {
  const peer = peers[server];
  if (peer === undefined) throw new Error(`${server} did not start`);
  return peer;
}

let world: World;
let browser: Browser;

before(async () => {
  for (const server of SERVERS) {
    const child = start(join(root, "bin/realpeer"), ["--server", server]);
    children.push(child);
    const [line] = await child.match(/^\{.*\}$/m);
    peers[server] = JSON.parse(line) as Peer;
  }
  world = await startWorld({
    configurations: Object.fromEntries(
      Object.entries(peers).map(([name, peer]) => [name, `${peer.host}:${peer.port}`]),
    ),
  });
  browser = await launch();
});
after(async () => {
  await browser.close();
  await world.stop();
  for (const child of children) await child.stop();
});

for (const server of SERVERS) {
  test(`${server}: password, vi, and the fingerprint that the server has`, async () => {
    const tab = await open(browser, world.url);
    const { page } = tab;
    const peer = peerOf(server);
    await atDemoDevice(page, world);
    await connect(page, { configuration: server, user: peer.user });
    assert.equal(
      await page.locator('[data-test="fingerprint"]').innerText(),
      peer.hostKeyFingerprint,
    );
    await trustHostKey(page);
    await givePassword(page, peer.password);
    await connected(page);
    await prompt(page);
    await type(page, "vi\n");
    await shows(page, /~\n~/);
    await type(page, ":q!\n");
    await prompt(page);
    assert.match(await run(page, "echo in a shell"), /in a shell/);
    await type(page, "exit\n");
    await ending(page);
    noFaults(tab.faults);
    await tab.close();
  });

  test(`${server}: a pasted private key`, async () => {
    const tab = await open(browser, world.url);
    const { page } = tab;
    const peer = peerOf(server);
    await atDemoDevice(page, world);
    await connect(page, { configuration: server, user: peer.user, credential: "Private key" });
    await trustHostKey(page);
    await page.locator("wa-dialog[open]").locator("textarea").fill(peer.privateKey);
    await page.locator("wa-dialog[open]").locator('button[type="submit"]').click();
    await connected(page);
    await prompt(page);
    assert.match(await run(page, "echo by key"), /by key/);
    noFaults(tab.faults);
    await tab.close();
  });
}

for (const server of SERVERS) {
  test(`${server} is killed while connected: the page says that the connection ended`, async () => {
    const tab = await open(browser, world.url);
    const { page } = tab;
    const peer = peerOf(server);
    await atDemoDevice(page, world);
    await connect(page, { configuration: server, user: peer.user });
    await trustHostKey(page);
    await givePassword(page, peer.password);
    await connected(page);
    await prompt(page);
    await type(page, "kill -9 $PPID\n");
    const text = await ending(page, 5_000);
    assert.match(text, /broke|ended/i);
    assert.match(text, /Reconnect/);
    noFaults(tab.faults);
    await tab.close();
  });
}
