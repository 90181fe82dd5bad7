/** A command line signs in by the browser, and is revoked under the person's name. */

import AxeBuilder from "@axe-core/playwright";
import { strict as assert } from "node:assert";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch, open, type Watched } from "./support/browser.ts";
import { call, commandLine } from "./support/command-line.ts";
import { reach } from "./support/focus.ts";
import { noFaults, signIn } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
let browser: Browser;

before(async () => {
  world = await startWorld();
  browser = await launch();
});
after(async () => {
  await browser.close();
  await world.stop();
});

/** The one foreign place that the page goes to is the command line's own listener. */
function noOtherFaults(tab: Watched, callback: string): void {
  noFaults(
    tab.faults.filter((fault) => {
      const own = fault.startsWith(`foreign request: ${callback}`);
      return !own && fault !== `foreign request: ${new URL("/favicon.ico", callback).href}`;
    }),
  );
}

async function asked(page: Page): Promise<void> {
  await page.getByRole("heading", { name: "Let this command line in?" }).waitFor();
}

test("sign-in, question, answer by keyboard; then the list, and Revoke ends it", async (t) => {
  const tab = await open(browser, world.url);
  t.after(() => tab.close());
  const { page } = tab;
  const cli = await commandLine(world.url, "anna's <b>laptop</b>");
  t.after(() => cli.close());

  await page.goto(cli.address);
  await page.getByLabel("User").fill("demo");
  await page.getByLabel("Password").fill(world.platformPassword);
  await page.keyboard.press("Enter");
  await asked(page);
  assert.equal(await page.title(), "Let a command line in – Porthole");
  assert.equal(await page.locator('[data-test="machine"]').innerText(), "anna's <b>laptop</b>");
  const heading = await page.evaluate(() => document.activeElement?.tagName);
  assert.equal(heading, "H1", "a key that is already on its way would press a button");
  await page.keyboard.press("Enter");
  await reach(page, /^Allow$/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Back at the command line" }).waitFor();
  assert.equal(cli.answers.length, 1);
  const token = await cli.token();
  assert.match(token, /^pht_[\w-]{43}$/);
  assert.equal((await call(world.url, "GET", "/user/currentUser", token)).status, 200);

  await page.goto(world.url);
  await page.getByRole("link", { name: "demo · t12345" }).click();
  const row = page.getByRole("list", { name: "Command lines" }).getByRole("listitem");
  assert.match(await row.innerText(), /anna's <b>laptop<\/b>.*from 127\.0\.0\.1/s);
  assert.match(await row.innerText(), /used /);
  await page.getByRole("button", { name: /^Revoke anna/ }).click();
  await page.locator('[data-test="no-tokens"]').waitFor();
  const { status, body } = await call(world.url, "GET", "/user/currentUser", token);
  assert.equal(status, 401);
  assert.match(body, /was revoked/);
  noOtherFaults(tab, cli.callback);
});

test("Deny goes back without a code; Revoke all asks first", async (t) => {
  const tab = await open(browser, world.url);
  t.after(() => tab.close());
  const { page } = tab;
  const [denied, allowed] = [await commandLine(world.url), await commandLine(world.url)];
  t.after(() => Promise.all([denied.close(), allowed.close()]));
  await signIn(page, world.url, "demo", world.platformPassword);
  await page.goto(denied.address);
  await page.getByRole("button", { name: "Deny" }).click();
  await page.getByRole("heading", { name: "Back at the command line" }).waitFor();
  assert.equal(denied.answers[0]?.get("error"), "access_denied");
  assert.equal(denied.answers[0].has("code"), false);

  await page.goto(allowed.address);
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "Back at the command line" }).waitFor();
  const token = await allowed.token();
  await page.goto(`${world.url}/account`);
  await page.getByRole("button", { name: "Revoke all…" }).click();
  await page.getByRole("button", { name: "Keep" }).click();
  assert.equal((await call(world.url, "GET", "/user/currentUser", token)).status, 200);
  await page.getByRole("button", { name: "Revoke all…" }).click();
  await page.getByRole("button", { name: "Revoke", exact: true }).click();
  await page.locator('[data-test="no-tokens"]').waitFor();
  assert.equal((await call(world.url, "GET", "/user/currentUser", token)).status, 401);
});

test("an address that leads elsewhere is told, and nothing goes there", async (t) => {
  const tab = await open(browser, world.url);
  t.after(() => tab.close());
  const { page, faults } = tab;
  await signIn(page, world.url, "demo", world.platformPassword);
  const cli = await commandLine(world.url);
  t.after(() => cli.close());
  for (const [name, value] of [
    ["redirect_uri", "https://evil.example/callback"],
    ["redirect_uri", cli.callback.replace("127.0.0.1", "localhost")],
    ["code_challenge_method", "plain"],
  ] as const) {
    const address = new URL(cli.address);
    address.searchParams.set(name, value);
    await page.goto(address.href);
    await page.locator('[data-test="consent-problem"]').waitFor();
    assert.equal(await page.getByRole("button", { name: "Allow" }).count(), 0);
  }
  await page.goto(`${cli.address}&redirect_uri=${encodeURIComponent(cli.callback)}`);
  await page.locator('[data-test="consent-problem"]').waitFor();
  assert.equal(cli.answers.length, 0);
  noFaults(faults);
});

test("a page of another site cannot frame the question", async (t) => {
  const cli = await commandLine(world.url);
  const site = createServer((_, response) => {
    response.setHeader("Content-Type", "text/html");
    response.end(`<!doctype html><iframe src="${cli.address.replaceAll("&", "&amp;")}"></iframe>`);
  });
  await new Promise<void>((resolve) => {
    site.listen(0, "127.0.0.1", resolve);
  });
  t.after(() => Promise.all([cli.close(), new Promise((done) => site.close(done))]));
  const tab = await open(browser, world.url);
  t.after(() => tab.close());
  const { page } = tab;
  await signIn(page, world.url, "demo", world.platformPassword);
  await page.goto(`http://127.0.0.1:${String((site.address() as AddressInfo).port)}/`);
  await page.waitForLoadState("load");
  const frame = page.frames()[1];
  assert.ok(frame);
  assert.equal(await frame.locator("porthole-app").count(), 0);
  assert.match(frame.url(), /^chrome-error:/);
});

for (const [name, options] of Object.entries({
  "desktop, light": { colorScheme: "light" as const },
  "desktop, dark": { colorScheme: "dark" as const },
  "360 px": { viewport: { width: 360, height: 740 }, colorScheme: "light" as const },
}))
  test(`axe finds nothing serious, and nothing scrolls sideways: ${name}`, async (t) => {
    const tab = await open(browser, world.url, { reducedMotion: "reduce", ...options });
    t.after(() => tab.close());
    const { page } = tab;
    const cli = await commandLine(world.url, "workbench-of-the-support-team.berlin.example.com");
    t.after(() => cli.close());
    await signIn(page, world.url, "demo", world.platformPassword);
    await page.goto(cli.address);
    await asked(page);
    await right(page, `consent, ${name}`);
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("heading", { name: "Back at the command line" }).waitFor();
    await cli.token();
    await page.goto(`${world.url}/account`);
    await page
      .getByRole("button", { name: /^Revoke workbench/ })
      .first()
      .waitFor();
    await right(page, `account, ${name}`);
    await page.goto(`${world.url}/auth/cli`);
    await page.locator('[data-test="consent-problem"]').waitFor();
    await right(page, `refused, ${name}`);
  });

async function right(page: Page, where: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder !== undefined) {
    await page.screenshot({ path: `${folder}/${where.replaceAll(/\W+/g, "-")}.png` });
  }
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  assert.deepEqual(
    bad.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`),
    [],
  );
  const wide = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(wide, 0, `${where}: the page scrolls sideways`);
}
