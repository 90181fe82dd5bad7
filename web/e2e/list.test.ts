/** The device list: thousands of devices, search, pages, the keyboard. */

import { strict as assert } from "node:assert";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch, open, type Watched } from "./support/browser.ts";
import { noFaults, signInByLink } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
let browser: Browser;
let tab: Watched;

before(async () => {
  world = await startWorld({ devices: 3_000 });
  browser = await launch();
});
after(async () => {
  await browser.close();
  await world.stop();
});
beforeEach(async () => {
  tab = await open(browser, world.url);
  await signInByLink(tab.page, await world.newLink());
});
afterEach(async () => {
  noFaults(tab.faults);
  await tab.close();
});

test("pages through thousands; the address keeps the place", async () => {
  const { page } = tab;
  await page.getByText(/Page 1 of 6\d/).waitFor();
  await page.getByRole("link", { name: "Next" }).click();
  await page.getByText(/Page 2 of 6\d/).waitFor();
  await page.reload();
  await page.getByText(/Page 2 of 6\d/).waitFor();
  await page.goBack();
  await page.getByText(/Page 1 of 6\d/).waitFor();
});

test("search finds one among thousands and says when there is none", async () => {
  const { page } = tab;
  const search = page.getByRole("searchbox");
  await search.fill("Demo device");
  await page.waitForFunction(() => document.querySelectorAll("a.device .name").length === 1);
  await page.getByRole("link", { name: /Demo device/ }).waitFor();
  await search.fill("no such device");
  await page.getByText("No device found").waitFor();
  await search.fill("it's (odd) and * \\ or 'x'");
  await page.getByText("No device found").waitFor();
});

test("states are told in words, and the keyboard is enough to open a device", async () => {
  const { page } = tab;
  await page.getByRole("searchbox").fill("demo");
  await page.getByText("Online").first().waitFor();
  await page.getByText("Offline").first().waitFor();
  await page.getByRole("searchbox").fill("Demo device");
  await page.waitForFunction(() => document.querySelectorAll("a.device .name").length === 1);
  await page.getByRole("searchbox").press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
  assert.match(page.url(), /\/devices\/\d+$/);
});
