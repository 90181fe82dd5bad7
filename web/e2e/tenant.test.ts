/** Tenants that refuse, lack something, are slow, or answer nonsense. */

import { strict as assert } from "node:assert";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch, open, type Watched } from "./support/browser.ts";
import type { Child } from "./support/process.ts";
import { connect, ending, noFaults, openDevice, signIn } from "./support/story.ts";
import { spoil, startGateway, startTenant, type Tenant } from "./support/tools.ts";

let origin: string;
let gateway: Child;
let tenant: Tenant;
let platform: Child;
let browser: Browser;
let tab: Watched;

/** The gateway's patience in these tests. */
const PATIENCE = ["--tenant-timeout", "1s", "--dial-timeout", "1s"];

before(async () => {
  ({ tenant, child: platform } = await startTenant());
  ({ origin, child: gateway } = await startGateway(tenant, ...PATIENCE));
  browser = await launch();
});
after(async () => {
  await browser.close();
  await gateway.stop();
  await platform.stop();
});
beforeEach(async () => {
  tab = await open(browser, origin);
});
afterEach(async () => {
  await spoil(platform, "");
  noFaults(tab.faults);
  await tab.close();
});

async function fill(user: string, password: string): Promise<void> {
  await tab.page.getByLabel("User").fill(user);
  await tab.page.getByLabel("Password").fill(password);
  await tab.page.keyboard.press("Enter");
}

test("TFA asked: the code has a field, a wrong one is told, the right one signs in", async () => {
  const { page } = tab;
  await page.goto(origin);
  await fill("tfa", tenant.password);
  const code = page.getByLabel("Two-factor code");
  await code.fill("000000");
  await page.keyboard.press("Enter");
  await page.locator('[data-test="sign-in-problem"]').waitFor();
  assert.equal(await page.getByLabel("Password").inputValue(), tenant.password);
  await code.fill(tenant.tfaCode);
  await page.keyboard.press("Enter");
  await page.getByRole("list", { name: "Devices" }).waitFor();
});

test("an expired password of the tenant: where to change it", async () => {
  const { page } = tab;
  await page.goto(origin);
  await fill("expired", tenant.password);
  const problem = page.locator('[data-test="sign-in-problem"]');
  await problem.waitFor();
  assert.match(await problem.innerText(), /expired[\s\S]*tenant/i);
});

test("role missing: the page names the role before and after trying", async () => {
  const { page } = tab;
  await signIn(page, origin, "reader", tenant.password);
  await page.getByRole("link", { name: "pump" }).click();
  await page.locator('[data-test="role-missing"]').waitFor();
  assert.match(await page.locator("main").innerText(), /ROLE_REMOTE_ACCESS_ADMIN/);
});

test("no passthrough configuration: what there is instead, and how to add one", async () => {
  const { page } = tab;
  await signIn(page, origin, "operator", tenant.password);
  for (const [device, pattern] of [
    ["kiosk", /“screen” \(VNC\)[\s\S]*PASSTHROUGH/],
    ["meter", /PASSTHROUGH/],
  ] as const) {
    await page.getByRole("link", { name: device }).click();
    const none = page.locator('[data-test="no-configuration"]');
    await none.waitFor();
    assert.match(await none.innerText(), pattern);
    assert.equal(await page.getByRole("button", { name: "Connect", exact: true }).count(), 0);
    await page.goBack();
  }
});

test("a tenant that is slow: a sentence instead of endless loading, and Try again", async () => {
  const { page } = tab;
  await signIn(page, origin, "operator", tenant.password);
  await openDevice(page, "pump");
  await spoil(platform, "slow");
  await connect(page, { user: tenant.sshUser });
  assert.match(await ending(page, 5_000), /tenant did not answer in time/i);
  await page.goto(origin);
  const problem = page.locator('[data-test="list-problem"]');
  await problem.waitFor({ timeout: 5_000 });
  assert.match(await problem.innerText(), /did not answer in time/i);
  await spoil(platform, "");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("list", { name: "Devices" }).waitFor();
});

test("malformed JSON from the tenant: a sentence on the list and on a device", async () => {
  const { page } = tab;
  await signIn(page, origin, "operator", tenant.password);
  await spoil(platform, "broken");
  await page.reload();
  const problem = page.locator('[data-test="list-problem"]');
  await problem.waitFor();
  assert.match(await problem.innerText(), /cannot be read/);
  await page.goto(`${origin}/devices/3001`);
  await page.locator('[data-test="problem"]').waitFor();
  assert.match(await page.locator('[data-test="problem"]').innerText(), /cannot be read/);
});

test("malformed JSON while signing in", async () => {
  const { page } = tab;
  await page.goto(origin);
  await spoil(platform, "broken");
  await fill("operator", tenant.password);
  const problem = page.locator('[data-test="sign-in-problem"]');
  await problem.waitFor();
  assert.match(await problem.innerText(), /tenant/i);
});

test("a tenant that is down: the list says so and offers to try again", async () => {
  const { tenant: doomed, child } = await startTenant();
  const front = await startGateway(doomed, ...PATIENCE);
  const other = await open(browser, front.origin);
  const { page } = other;
  await signIn(page, front.origin, "operator", doomed.password);
  await child.stop();
  await page.reload();
  const problem = page.locator('[data-test="list-problem"]');
  await problem.waitFor();
  assert.match(await problem.innerText(), /tenant cannot be reached/);
  await problem.getByRole("button", { name: "Try again" }).waitFor();
  noFaults(other.faults);
  await other.close();
  await front.child.stop();
});

test("remote access not subscribed: the page says whom to ask", async () => {
  const { tenant: bare, child } = await startTenant("--not-subscribed");
  const front = await startGateway(bare, ...PATIENCE);
  const other = await open(browser, front.origin);
  const { page } = other;
  await signIn(page, front.origin, "operator", bare.password);
  await page.getByRole("link", { name: "pump" }).click();
  const problem = page.locator('[data-test="problem"]');
  await problem.waitFor();
  assert.match(await problem.innerText(), /cloud-remote-access/i);
  noFaults(other.faults);
  await other.close();
  await front.child.stop();
  await child.stop();
});
