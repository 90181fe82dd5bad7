/** Browsers that lack something, small screens, dark mode, assistive technology. */

import AxeBuilder from "@axe-core/playwright";
import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch, open, type Watched } from "./support/browser.ts";
import {
  atDemoDevice,
  connect,
  connected,
  givePassword,
  noFaults,
  run,
  shellOnDemoDevice,
  trustHostKey,
} from "./support/story.ts";
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

/** Takes something away from the page and from its worker before their scripts run. */
async function openWithout(name: "indexedDB" | "WebAssembly"): Promise<Watched> {
  const remove = `Object.defineProperty(globalThis, ${JSON.stringify(name)}, { value: undefined });`;
  // A script that the test hands out has no address, so Chromium takes its worker for a
  // public page and forbids it the way to loopback; the gateway's own script has one.
  const tab = await open(browser, world.url, { permissions: ["local-network-access"] });
  await tab.page.addInitScript(remove);
  await tab.page.route("**/assets/worker-*.js", async (route) => {
    // Node does not resolve names below .localhost.
    const url = new URL(route.request().url());
    const { host } = url;
    url.hostname = "127.0.0.1";
    const answer = await route.fetch({
      url: url.href,
      headers: { ...route.request().headers(), host },
    });
    await route.fulfill({ response: answer, body: remove + (await answer.text()) });
  });
  return tab;
}

test("no IndexedDB: it goes on in memory and says so", async () => {
  const tab = await openWithout("indexedDB");
  const { page } = tab;
  await shellOnDemoDevice(page, world);
  assert.match(await run(page, "echo works"), /works/);
  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.getByRole("button", { name: "Settings" }).click();
  await page.locator('[data-test="not-durable"]').waitFor();
  // The key is known as long as the page is there.
  await connect(page, { user: world.user });
  await givePassword(page, world.password);
  await connected(page);
  noFaults(tab.faults);
  await tab.close();
});

test("no WebAssembly: a sentence says what is needed", async () => {
  const tab = await openWithout("WebAssembly");
  const { page } = tab;
  await atDemoDevice(page, world);
  await page
    .getByText(/WebAssembly/)
    .first()
    .waitFor();
  await tab.close();
});

async function serious(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  assert.deepEqual(
    bad.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`),
    [],
  );
}

for (const [name, options] of Object.entries({
  "desktop, light": { colorScheme: "light" as const },
  "desktop, dark": { colorScheme: "dark" as const },
  "360 px, light": { viewport: { width: 360, height: 740 }, colorScheme: "light" as const },
}))
  test(`axe finds nothing serious on the way to a shell: ${name}`, async () => {
    const tab = await open(browser, world.url, { reducedMotion: "reduce", ...options });
    const { page } = tab;
    await page.goto(world.url);
    await page.getByLabel("Password").waitFor();
    await serious(page, "sign-in");
    await page.goto(await world.newLink());
    await page.reload();
    await page.getByRole("list", { name: "Devices" }).waitFor();
    await serious(page, "list");
    await page.getByRole("link", { name: "Demo device" }).first().click();
    await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
    await serious(page, "device");
    await connect(page, { configuration: "ssh", user: world.user });
    await page.getByRole("button", { name: "Trust and connect" }).waitFor();
    await serious(page, "host key");
    await trustHostKey(page);
    await page.getByLabel("Password", { exact: true }).waitFor();
    await serious(page, "password");
    await givePassword(page, world.password);
    await connected(page);
    await serious(page, "terminal");
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(wide, 0, "the page scrolls sideways");
    noFaults(tab.faults);
    await tab.close();
  });
