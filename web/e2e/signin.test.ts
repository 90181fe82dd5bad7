/** Signing in and out. */

import { strict as assert } from "node:assert";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch, open, type Watched } from "./support/browser.ts";
import { ending, noFaults, shellOnDemoDevice, signInByLink } from "./support/story.ts";
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

async function fill(user: string, password: string): Promise<void> {
  await tab.page.getByLabel("User").fill(user);
  await tab.page.getByLabel("Password").fill(password);
  await tab.page.keyboard.press("Enter");
}

test("a wrong password is told; the right one leads back to the linked device", async () => {
  const { page } = tab;
  await signInByLink(page, await world.newLink());
  await page.getByRole("link", { name: "Demo device" }).first().click();
  await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
  const deep = page.url();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Password").waitFor();

  await page.goto(deep);
  await fill("demo", "wrong");
  const problem = page.locator('[data-test="sign-in-problem"]');
  await problem.waitFor();
  assert.match(await problem.innerText(), /password/i);
  await fill("demo", world.platformPassword);
  await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
  assert.equal(page.url(), deep);
});

test("a demo without its link: the page says which terminal has one, and the form works below it", async () => {
  const { page } = tab;
  await page.goto(world.url);
  const hint = page.locator('[data-test="demo"]');
  await hint.waitFor();
  assert.match(await hint.innerText(), /demo[\s\S]*terminal[\s\S]*Enter/);
  assert.doesNotMatch(await page.locator("main").innerText(), /127\.0\.0\.1/);
  await fill("demo", world.platformPassword);
  await page.getByRole("list", { name: "Devices" }).waitFor();
});

test("the cookie is HttpOnly, Strict, host-only and hidden from scripts", async () => {
  const { page, context } = tab;
  await signInByLink(page, await world.newLink());
  const cookies = await context.cookies();
  const login = cookies.find((cookie) => cookie.name === "__Host-porthole");
  assert.ok(login, "no login cookie");
  const { httpOnly, secure, sameSite, path, domain } = login;
  assert.deepEqual(
    { httpOnly, secure, sameSite, path, domain },
    { httpOnly: true, secure: true, sameSite: "Strict", path: "/", domain: "porthole.localhost" },
  );
  assert.equal(await page.evaluate(() => document.cookie.includes("porthole")), false);
  const stored = await page.evaluate(() =>
    JSON.stringify([...Object.entries(localStorage), ...Object.entries(sessionStorage)]),
  );
  assert.doesNotMatch(stored, new RegExp(login.value));
});

test("signing out ends the connections of the login", async () => {
  const { page, context } = tab;
  await shellOnDemoDevice(page, world);
  // Another tab of the same login signs out.
  const other = await context.newPage();
  await other.goto(world.url);
  await other.getByRole("button", { name: "Sign out" }).click();
  await other.getByLabel("Password").waitFor();
  const text = await ending(page, 2_000);
  assert.match(text, /sign/i);
});

test("five wrong passwords: the next try is refused before the tenant is asked, with a time", async () => {
  const { page } = tab;
  await page.goto(world.url);
  const problem = page.locator('[data-test="sign-in-problem"]');
  for (let i = 0; i < 5; i++) {
    await fill("somebody", `wrong-${i}`);
    await problem.waitFor();
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>("#password")?.value === "",
    );
  }
  await fill("somebody", "wrong-again");
  await page.getByRole("button", { name: /Try again in/ }).waitFor();
});

test("a restarted gateway asks to sign in again and keeps the place", async () => {
  const { page } = tab;
  await shellOnDemoDevice(page, world);
  const place = new URL(page.url()).pathname;
  await world.restart();
  const text = await ending(page, 5_000);
  assert.match(text, /gateway|stop|sign/i);
  page.on("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await fill("demo", world.platformPassword);
  await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
  assert.equal(new URL(page.url()).pathname, place);
});
