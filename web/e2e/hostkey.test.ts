/** Host keys: first use asks, a change refuses, forgetting is deliberate. */

import { strict as assert } from "node:assert";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch, open, type Watched } from "./support/browser.ts";
import {
  atDemoDevice,
  connect,
  connected,
  DEMO_DEVICE,
  ending,
  givePassword,
  noFaults,
  openDevice,
  shellOnDemoDevice,
  signInByLink,
  trustHostKey,
} from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
let browser: Browser;
let tab: Watched;

before(async () => {
  world = await startWorld();
  browser = await launch();
});
after(async () => {
  await browser.close();
  await world.stop();
});
beforeEach(async () => {
  tab = await open(browser, world.url);
});
afterEach(async () => {
  noFaults(tab.faults);
  await tab.close();
});

/** The demo device's host key files, wherever below the state folder. */
function removeHostKey(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile() && /host_?key/i.test(entry.name)) rmSync(join(entry.parentPath, entry.name));
}

test("the first question shows a SHA-256 fingerprint; Cancel has the focus and sends no password", async () => {
  const { page } = tab;
  await atDemoDevice(page, world);
  await connect(page, { user: world.user });
  assert.match(await page.locator('[data-test="fingerprint"]').innerText(), /^SHA256:[\w+/]{43}$/);
  const facts = await page.locator("porthole-device wa-dialog[open] dl.facts").innerText();
  assert.match(facts, /Remembered as\s+\S+/, "what the name is for");
  const focused = await page.evaluate(() => {
    let element = document.activeElement;
    for (;;) {
      const inner = element?.shadowRoot?.activeElement;
      if (inner === undefined || inner === null) return element?.textContent.trim();
      element = inner;
    }
  });
  assert.equal(focused, "Cancel");
  await page.keyboard.press("Enter");
  await ending(page);
  assert.equal(await page.getByLabel("Password", { exact: true }).count(), 0);
});

test("a changed host key is refused with both fingerprints; forgetting it wants the device's name", async () => {
  const { page } = tab;
  await shellOnDemoDevice(page, world);
  page.on("dialog", (dialog) => void dialog.accept());
  await world.gateway.stop();
  removeHostKey(world.stateDir);
  await world.restart();
  await signInByLink(page, world.link);
  await openDevice(page);
  await connect(page, { user: world.user });
  const text = await ending(page);
  assert.match(text, /host key/i);
  const known = await page.locator('[data-test="known-fingerprint"]').innerText();
  const offered = await page.locator('[data-test="offered-fingerprint"]').innerText();
  assert.match(known, /SHA256:/);
  assert.match(offered, /SHA256:/);
  assert.notEqual(known, offered);
  // Enter reconnects and is refused again: no key press goes on past a changed key.
  await page.getByRole("button", { name: "Reconnect" }).click();
  await page.locator('[data-test="offered-fingerprint"]').waitFor();

  await page.getByRole("button", { name: "Forget the old key…" }).click();
  const forget = page.getByRole("button", { name: "Forget the old key", exact: true });
  assert.equal(await forget.isDisabled(), true, "one click would forget the key");
  await page.locator("wa-dialog[open]").getByRole("textbox").fill("something else");
  assert.equal(await forget.isDisabled(), true);
  await page.locator("wa-dialog[open]").getByRole("textbox").fill(DEMO_DEVICE);
  await forget.click();
  await trustHostKey(page);
  await givePassword(page, world.password);
  await connected(page);
});

test("known hosts are listed and can be removed", async () => {
  const { page } = tab;
  await shellOnDemoDevice(page, world);
  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.getByRole("button", { name: "Settings" }).click();
  const remove = page.getByRole("button", { name: /^Remove/ });
  await remove.first().click();
  await page
    .locator("wa-dialog[open]")
    .getByRole("button", { name: "Remove", exact: true })
    .click();
  await remove.waitFor({ state: "detached" });
  await connect(page, { user: world.user });
  await trustHostKey(page);
});
