/** Links to a page of a device: asked about once, and hostile ones open nothing. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { startDevice, type Device } from "./support/device/server.ts";
import { connectAgain } from "./support/ports-story.ts";
import { connect, connected, givePassword, openDevice, trustHostKey } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

let device: Device;
let world: World;
let browser: Partitioned;
let app: Page;
let path: string;

before(async () => {
  device = await startDevice();
  world = await startWorld();
  browser = await launchPartitioned();
  app = await browser.tab();
  await app.goto(world.url);
  await signInHere(app);
  await openDevice(app);
  path = new URL(app.url()).pathname; // /devices/{id}
  await app.context().clearCookies();
});
after(async () => {
  await browser.close();
  await world.stop();
  await device.close();
});

/** Signs in at whatever address the page has. */
async function signInHere(page: Page): Promise<void> {
  await page.getByLabel("User").fill("demo");
  await page.getByLabel("Password").fill(world.platformPassword);
  await page.keyboard.press("Enter");
}

function question(): Locator {
  return app
    .locator("porthole-ports wa-dialog[open]")
    .filter({ has: app.getByRole("heading", { name: "Open this page?" }) });
}

function beside(): Locator {
  return app
    .frameLocator("porthole-ports .page-frame iframe")
    .getByRole("heading", { name: "linked" });
}

test("a link survives the sign-in; after connecting it asks, and no is no", async () => {
  await app.goto(`${world.url}${path}/ports/localhost:${device.port}/linked?by=link`);
  await signInHere(app);
  await connect(app, { configuration: "ssh", user: world.user });
  await trustHostKey(app);
  await givePassword(app, world.password);
  await connected(app);
  const address = question().locator('[data-test="link-address"]');
  await address.waitFor({ timeout: 30_000 });
  assert.equal(await address.innerText(), `http://localhost:${device.port}/linked?by=link`);
  await app.keyboard.press("Enter"); // the focus is on Cancel
  await question().waitFor({ state: "detached" });
  assert.deepEqual(device.at("/linked"), []);
});

test("the same link again asks again; a yes opens the page beside the terminal", async () => {
  app.once("dialog", (dialog) => void dialog.accept());
  await app.reload();
  await connectAgain(app, world);
  await question().getByRole("button", { name: "Open", exact: true }).click({ timeout: 30_000 });
  await beside().waitFor({ timeout: 30_000 });
  assert.equal(device.at("/linked")[0]?.path, "/linked?by=link");
});

test("a target that this person opened before is not asked about", async () => {
  app.once("dialog", (dialog) => void dialog.accept());
  await app.goto(`${world.url}${path}/ports/localhost:${device.port}/linked?by=second`);
  await connectAgain(app, world);
  await beside().waitFor({ timeout: 30_000 });
  assert.equal(await question().count(), 0);
  assert.ok(device.at("/linked").some((seen) => seen.path === "/linked?by=second"));
});

for (const hostile of [
  "javascript:alert(1)",
  "user:password@localhost:80",
  "localhost:99999",
  "localhost:0",
  "%2f%2fevil.example:80",
  "localhost%3a80%2f..%2f..",
  "http:%2f%2flocalhost:80",
  "%E2%80%AElacol:80",
  `${"x".repeat(300)}:80`,
  "%00:80",
])
  test(`a link to “${hostile.slice(0, 30)}” opens nothing, and the page goes on`, async () => {
    const tab = await browser.tab();
    await tab.goto(`${world.url}${path}/ports/${hostile}/x`);
    const problem = tab.locator('porthole-ports [data-test="link-problem"]');
    await problem.waitFor({ timeout: 20_000 });
    assert.match(await problem.innerText(), /names no page/);
    await tab.getByRole("button", { name: "Connect", exact: true }).waitFor();
    assert.deepEqual(device.at("/x"), []);
    assert.equal(new URL(tab.url()).origin, world.url);
    await tab.close();
  });

test("none of it threw", () => {
  assert.deepEqual(browser.faults, []);
});
