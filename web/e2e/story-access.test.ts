/** The ports panel without a mouse, on a narrow screen, and as assistive technology finds it. */

import AxeBuilder from "@axe-core/playwright";
import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { startDevice, type Device } from "./support/device/server.ts";
import { reach } from "./support/focus.ts";
import { openByAddress, showPorts } from "./support/forwarding.ts";
import { heading } from "./support/in-page.ts";
import { listedPage } from "./support/ports-story.ts";
import { atDemoDevice, connect, connected, givePassword, trustHostKey } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

/** Every port of this computer may have a row in the panel, with buttons of its own. */
const LONG = 150;

let device: Device;
let world: World;

before(async () => {
  device = await startDevice();
  world = await startWorld({ configurations: { "http: meter": `127.0.0.1:${device.port}` } });
});
after(async () => {
  await world.stop();
  await device.close();
});

async function shell(app: Page): Promise<void> {
  await atDemoDevice(app, world);
  await connect(app, { configuration: "ssh", user: world.user });
  await trustHostKey(app);
  await givePassword(app, world.password);
  await connected(app);
}

test("keyboard only: out of the terminal, to the panel, to a page in a tab", async (t) => {
  const browser = await launchPartitioned();
  t.after(() => browser.close());
  const app = await browser.tab();
  await shell(app);
  await app.keyboard.press("Control+Shift+Escape");
  await reach(app, /^Ports$/);
  await app.keyboard.press("Enter");
  await app.getByLabel("Host and port").waitFor();
  await reach(app, /^Host and port$/, "Tab", LONG);
  await app.keyboard.type(`localhost:${device.port}`);
  const [page] = await Promise.all([
    app.context().waitForEvent("page", { timeout: 30_000 }),
    app.keyboard.press("Enter"),
  ]);
  await heading(page, /The device/, 30_000);
  await app.bringToFront();
  await reach(app, new RegExp(`^Request log of localhost:${device.port}$`), "Shift+Tab", LONG);
  await app.keyboard.press("Enter");
  await app.getByLabel("Filter by method, path or status").waitFor();
  await page.close();
});

async function serious(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  assert.deepEqual(
    bad.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`),
    [],
  );
}

async function noSideways(page: Page, where: string): Promise<void> {
  const wide = await page.evaluate(() => {
    const tooWide: string[] = [];
    const look = (root: ParentNode) => {
      for (const element of root.querySelectorAll("*")) {
        if (element.shadowRoot) look(element.shadowRoot);
        const { right, width } = element.getBoundingClientRect();
        if (width > 0 && right > innerWidth + 1 && element.closest(".log-scroll") === null)
          tooWide.push(`${element.tagName}.${element.className} ends at ${right}`);
      }
    };
    const panel = document
      .querySelector("porthole-device")
      ?.shadowRoot?.querySelector("porthole-ports")?.shadowRoot;
    if (panel) look(panel);
    const { scrollWidth, clientWidth } = document.documentElement;
    return [...tooWide, ...(scrollWidth > clientWidth ? [`page ${scrollWidth}`] : [])];
  });
  assert.deepEqual(wide, [], where);
}

for (const [name, options] of Object.entries({
  "desktop, light": { colorScheme: "light" as const },
  "desktop, dark": { colorScheme: "dark" as const },
  "360 px": { viewport: { width: 360, height: 740 }, colorScheme: "light" as const },
}))
  test(`axe finds nothing serious in the ports panel, and nothing scrolls sideways: ${name}`, async (t) => {
    const browser: Partitioned = await launchPartitioned({ reducedMotion: "reduce", ...options });
    t.after(() => browser.close());
    const app = await browser.tab();
    await atDemoDevice(app, world);
    await showPorts(app);
    await listedPage(app, "Ready pages", "meter").waitFor();
    await serious(app, "before a connection");
    await noSideways(app, "before a connection");
    await listedPage(app, "Ready pages", "meter").click();
    await app.getByRole("button", { name: "Open it all the same" }).waitFor();
    await serious(app, "agreement");
    await app.keyboard.press("Escape");
    await app.getByRole("button", { name: "Hide the panel" }).click();
    await connect(app, { configuration: "ssh", user: world.user });
    await trustHostKey(app);
    await givePassword(app, world.password);
    await connected(app);
    await showPorts(app);
    const row = app.locator(`porthole-ports li[data-target$=":${device.port}"]`);
    const page = await openByAddress(app, `localhost:${device.port}`);
    await heading(page, /The device/, 30_000);
    await page.close();
    await app.bringToFront();
    await row.locator(".figures").waitFor();
    await serious(app, "an open forward");
    await noSideways(app, "an open forward");
    await row.getByRole("button", { name: /^Request log/ }).click();
    await app.locator("porthole-ports table.log tbody tr").first().waitFor();
    await serious(app, "request log");
    await noSideways(app, "request log");
    await showPorts(app);
    await row.getByRole("button", { name: /beside the terminal/ }).click();
    await app.frameLocator("porthole-ports .page-frame iframe").getByRole("heading").waitFor();
    await serious(app, "a page beside the terminal");
    await noSideways(app, "a page beside the terminal");
    await showPorts(app);
    await row.getByRole("button", { name: /^Request log/ }).click();
    await noSideways(app, "three views");
  });
