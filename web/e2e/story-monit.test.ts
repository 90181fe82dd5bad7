/** A real page with a password: monit, whose forms carry a token that its cookie must match. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { openByAddress } from "./support/forwarding.ts";
import { heading } from "./support/in-page.ts";
import { givePagePassword } from "./support/ports-story.ts";
import { startMonit, type Monit } from "./support/real-pages.ts";
import { shellOnDemoDevice } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
let monit: Monit;
let browser: Partitioned;
let app: Page;
let page: Page;

before(async () => {
  [world, monit] = await Promise.all([startWorld(), startMonit()]);
  browser = await launchPartitioned();
  app = await browser.tab();
  await shellOnDemoDevice(app, world);
});
after(async () => {
  await browser.close();
  await monit.stop();
  await world.stop();
});

test("monit asks for a password: it is typed in the app, a wrong one is told, the page goes on by itself", async () => {
  page = await openByAddress(app, `localhost:${monit.port}`);
  await heading(page, /Sign in to the device/);
  assert.equal(
    await page.locator("input").count(),
    0,
    "the page of the forward asks for a password",
  );
  const dialog = await givePagePassword(app, monit.user, "not the one");
  await dialog.getByText("did not accept").waitFor({ timeout: 30_000 });
  assert.match(await dialog.locator('[data-test="realm"]').innerText(), /monit/);
  await givePagePassword(app, monit.user, monit.password);
  await page.getByRole("heading", { name: /Monit Service Manager/ }).waitFor({ timeout: 30_000 });
});

test("monit does what its button says: the POST has the token that its cookie matches", async () => {
  await page.getByRole("link", { name: monit.service }).click();
  const status = page.locator("tr", { hasText: "Monitoring status" });
  await status.first().waitFor();
  const before = await status.first().innerText();
  assert.doesNotMatch(before, /Not monitored/);
  await page.getByRole("button", { name: "Disable monitoring" }).click();
  await page.getByText("Not monitored").first().waitFor({ timeout: 30_000 });
  assert.deepEqual(browser.faults, []);
});

test("the password stays in the app: neither the page nor its storage has it", async () => {
  const kept = await page.evaluate(async () => {
    const caches = await window.caches.keys();
    const databases = await indexedDB.databases();
    return JSON.stringify([
      document.cookie,
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      caches,
      databases,
    ]);
  });
  assert.ok(!kept.includes(monit.password), kept);
  assert.ok(!page.url().includes(monit.password));
});
