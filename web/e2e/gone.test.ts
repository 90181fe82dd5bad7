/** Devices that go away while somebody works on them. */

import { strict as assert } from "node:assert";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch, open, type Watched } from "./support/browser.ts";
import type { Child } from "./support/process.ts";
import {
  connect,
  connected,
  ending,
  givePassword,
  noFaults,
  openDevice,
  prompt,
  run,
  signIn,
  trustHostKey,
  type,
} from "./support/story.ts";
import {
  startAgent,
  startGateway,
  startTenant,
  startWire,
  type Tenant,
  type Wire,
} from "./support/tools.ts";

let origin: string;
let gateway: Child;
let tenant: Tenant;
let platform: Child;
let wire: Wire;
let browser: Browser;
let agent: Child;
let tab: Watched;

before(async () => {
  wire = await startWire();
  ({ tenant, child: platform } = await startTenant("--ssh-through", String(wire.port)));
  wire.target = tenant.sshPort;
  ({ origin, child: gateway } = await startGateway(tenant));
  browser = await launch();
});
after(async () => {
  wire.close();
  await browser.close();
  await gateway.stop();
  await platform.stop();
});
beforeEach(async () => {
  agent = await startAgent(tenant);
  tab = await open(browser, origin);
  const { page } = tab;
  await signIn(page, origin, "operator", tenant.password);
  await openDevice(page, "pump");
  await connect(page, { user: tenant.sshUser });
  await trustHostKey(page);
  await givePassword(page, tenant.sshPassword);
  await connected(page);
  await prompt(page);
  assert.match(await run(page, "echo at work"), /at work/);
});
afterEach(async () => {
  await agent.stop();
  noFaults(tab.faults);
  await tab.close();
});

test("the device agent is killed while connected: it says so, keeps the screen, and connects again", async () => {
  const { page } = tab;
  agent.kill("SIGKILL");
  assert.match(await ending(page, 5_000), /broke|ended|gone/i);
  await type(page, "x");
  await page.getByText("keys go nowhere").waitFor();
  agent = await startAgent(tenant);
  await type(page, "\n");
  await givePassword(page, tenant.sshPassword);
  await connected(page);
  await prompt(page);
  assert.match(await run(page, "echo again at work"), /again at work/);
  await page.locator("porthole-terminal").getByText("at work").first().waitFor();
});

test("unplug: the way from the agent to the SSH server is cut", async () => {
  const { page } = tab;
  wire.cut();
  assert.match(await ending(page, 5_000), /broke|ended|gone/i);
});

test("a device that goes silent: the keep-alive says so after half a minute or one more", async () => {
  const { page } = tab;
  wire.stall();
  await type(page, "echo nobody hears this\n");
  const text = await ending(page, 75_000);
  assert.match(text, /stopped answering/);
});
