/** Cookies: of the device in its page, and of its page against the app (P8, P28). */

import { strict as assert } from "node:assert";
import { test } from "node:test";
import { startDevice, type Device } from "./support/device/server.ts";
import { openByAddress, useForwarding } from "./support/forwarding.ts";
import { get, heading, stopWorkers } from "./support/in-page.ts";
import { signInByLink } from "./support/story.ts";

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

function names(cookies: string): string[] {
  return cookies
    .split("; ")
    .map((pair) => pair.split("=")[0] ?? "")
    .sort();
}

test("a page sees the device's cookies but for HttpOnly ones, the device gets them all", async () => {
  const page = await f().tab("/cookies/set");
  // Domain= of another name than the device's own is left out: the cookie is this page's alone.
  const seen = ["domain", "late", "narrow", "theme"];
  assert.deepEqual(names(await page.evaluate("document.cookie")), seen);
  const sent = await get(page, "/cookies/sent");
  assert.deepEqual(names(sent.text), ["domain", "late", "narrow", "sid", "theme"]);
  await page.evaluate("document.cookie = 'own=1; path=/'; document.cookie = 'theme=light; path=/'");
  const later = (await get(page, "/cookies/sent")).text;
  assert.match(later, /own=1/);
  assert.match(later, /theme=light/);
  await page.evaluate("document.cookie = 'sid=forged; path=/'");
  assert.match((await get(page, "/cookies/sent")).text, /sid=secret/);
  assert.doesNotMatch((await get(page, "/cookies/sent")).text, /forged/);
  await page.goto(`${f().origin}/cookies/delete`);
  assert.doesNotMatch((await get(page, "/cookies/sent")).text, /sid=secret|theme=/);
  await page.close();
});

test("cookies are the same for page and device after the service worker was stopped", async () => {
  const page = await f().tab("/");
  for (const value of ["1", "2", "3"]) {
    await stopWorkers(page);
    await page.evaluate(`document.cookie = "mine=${value}; path=/"`);
    assert.match((await get(page, "/cookies/sent")).text, new RegExp(`mine=${value}`));
    await get(page, "/cookies/delete");
    assert.doesNotMatch(await page.evaluate("document.cookie"), /theme/);
    await get(page, "/cookies/set");
    assert.match(await page.evaluate("document.cookie"), /theme=dark/);
  }
  await page.close();
});

test("a cookie that the device sets for the parent domain goes nowhere", async () => {
  const page = await f().tab("/cookies/set");
  const all = await f().context.cookies([f().world.url, otherOrigin, f().origin]);
  const wide = all.filter(({ domain }) => domain.startsWith("."));
  assert.deepEqual(wide, []);
  await page.close();
});

test("P8: a cookie that one page sets for the parent domain reaches no other device and signs nobody out", async () => {
  const { app, context, page, world } = f();
  await page.evaluate("document.cookie = 'tossed=1; domain=porthole.localhost; path=/'");
  assert.match(String(await page.evaluate("document.cookie")), /tossed=1/);
  const beside = await f().browser.tab();
  await beside.goto(`${otherOrigin}/`);
  assert.doesNotMatch((await get(beside, "/cookies/sent")).text, /tossed/);
  await beside.close();
  const second = await context.newPage();
  await second.goto(world.url);
  await second.getByRole("list", { name: "Devices" }).waitFor();
  await second.close();
  assert.equal(await app.locator('[data-phase="connected"]').count(), 1);
});

for (const [what, query] of [
  ["400 cookies", "count=400&size=10"],
  ["160 kB of cookies", "count=170&size=950"],
])
  test(`P28: ${what} for the parent domain: the app stays signed in and goes on working`, async () => {
    const { context, world } = f();
    const page = await f().tab(`/cookies/toss?${query ?? ""}`);
    assert.ok(Number(await page.evaluate("window.tossed")) > 100, "the browser took no cookies");
    const second = await context.newPage();
    const answer = await second.goto(world.url);
    assert.equal(answer?.status(), 200);
    await second.getByRole("list", { name: "Devices" }).waitFor();
    await second.close();
    await page.reload();
    await page.waitForFunction("window.tossed > 0");
    await page.close();
  });

test("400 cookies of the device break nothing", async () => {
  const page = await f().tab("/cookies/many");
  assert.equal((await get(page, "/cookies/sent")).status, 200);
  assert.match((await get(page, "/cookies/sent")).text, /many\d+=\d+/);
  await page.close();
});

test("P28: a device's own 400 cookies and 400 of the parent domain together: the app says what is so", async () => {
  const { context, world } = f();
  const page = await f().tab("/cookies/toss?count=400");
  await page.waitForFunction("window.tossed > 100");
  const second = await context.newPage();
  const answer = await second.goto(world.url);
  assert.equal(answer?.status(), 200);
  // Chromium keeps 180 cookies of a site and may drop the login for them; then one signs in again.
  const either = second.getByRole("list", { name: "Devices" }).or(second.getByLabel("Password"));
  await either.first().waitFor();
  await signInByLink(second, await world.newLink());
  await second.close();
  await page.close();
});
