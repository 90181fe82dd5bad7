/** The words of stories about forwards: the ports panel of a device, and the tabs it opens. */

import { strict as assert } from "node:assert";
import { after, before } from "node:test";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./chromium-partitioned.ts";
import { startDevice, type Device, type DeviceOptions } from "./device/server.ts";
import { endAll, type Ends } from "./ends.ts";
import { shellOnDemoDevice } from "./story.ts";
import { startWorld, type World, type WorldOptions } from "./world.ts";

/** Shows the ports panel. */
export async function showPorts(app: Page): Promise<Locator> {
  const panel = app.locator("porthole-ports");
  const button = app.getByRole("button", { name: "Ports", exact: true });
  if ((await button.getAttribute("aria-pressed")) !== "true") await button.click();
  await panel.getByRole("button", { name: "All pages" }).click();
  await panel.getByRole("heading", { name: "Another page" }).waitFor();
  return panel;
}

/** Types host and port into the panel's form; "https://" in front chooses the protocol. */
export async function enterAddress(app: Page, address: string, path = ""): Promise<void> {
  const panel = await showPorts(app);
  await panel.getByLabel("Host and port").fill(address);
  await panel.getByLabel("Path", { exact: true }).fill(path);
  await panel.locator("form.add").getByRole("button", { name: "Open", exact: true }).click();
}

/** Opens a page by its address and returns its tab. */
export async function openByAddress(app: Page, address: string, path = ""): Promise<Page> {
  const opened = app.context().waitForEvent("page");
  try {
    const [tab] = await Promise.all([opened, enterAddress(app, address, path)]);
    return tab;
  } catch (error) {
    const shown = await app.locator("porthole-ports .panel").innerText();
    throw new Error(`no tab for ${address}; the panel says:\n${shown}`, { cause: error });
  }
}

/** The row of an open forward, by "http://localhost:1880". */
export function forwardRow(app: Page, target: string): Locator {
  return app.locator(`porthole-ports li[data-target="${target}"]`);
}

/** Waits until a forward is in that state. */
export async function forwardIs(app: Page, target: string, phase: string): Promise<void> {
  await app
    .locator(`porthole-ports li[data-target="${target}"][data-phase="${phase}"]`)
    .waitFor({ state: "attached", timeout: 20_000 });
}

/** Polls until a claim holds; says what it was when it never does. */
export async function until(
  claim: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) assert.fail(`within ${timeoutMs} ms: ${claim}`);
    await new Promise((done) => setTimeout(done, 25));
  }
}

/** One Porthole, one device page behind it, one browser in which its forward is open. */
export interface Forwarding {
  readonly world: World;
  readonly device: Device;
  readonly browser: Partitioned;
  readonly context: BrowserContext;
  /** The app's tab, connected to the demo device by SSH. */
  readonly app: Page;
  /** "http://127.0.0.1:PORT", as the panel calls it. */
  readonly target: string;
  /** The forward's origin. */
  readonly origin: string;
  /** A tab with the device's first page, for all tests of the file. */
  readonly page: Page;
  /** A new tab at that path of the forward. */
  tab(path?: string): Promise<Page>;
}

export interface ForwardingOptions extends WorldOptions {
  device?: DeviceOptions;
}

/** A device, Porthole, and a browser whose first tab is connected to the demo device by SSH. */
export type Shell = Pick<Forwarding, "device" | "world" | "browser" | "app">;

export async function startShell(options: ForwardingOptions, ends: Ends): Promise<Shell> {
  const device = await startDevice(options.device);
  ends.push(() => device.close());
  const world = await startWorld(options);
  ends.push(() => world.stop());
  const browser = await launchPartitioned();
  ends.push(() => browser.close());
  const app = await browser.tab();
  await shellOnDemoDevice(app, world);
  return { device, world, browser, app };
}

async function startForwarding(options: ForwardingOptions, ends: Ends): Promise<Forwarding> {
  const shell = await startShell(options, ends);
  const { device, browser, app } = shell;
  const target = `${device.scheme}://localhost:${device.port}`;
  const first = await openByAddress(app, target);
  await first.waitForURL(/\.fwd\./);
  // The gateway's own page comes first, until the service worker is there.
  await first.getByRole("heading", { name: "The device", exact: true }).waitFor();
  const { origin } = new URL(first.url());
  await first.close();
  const page = await browser.tab();
  await page.goto(`${origin}/`);
  return {
    ...{ ...shell, origin, page, target, context: browser.context },
    tab: async (path = "/") => {
      const page = await browser.tab();
      await page.goto(origin + path);
      return page;
    },
  };
}

/**
 * Starts all of it before the tests of a file and ends it after them. What a file needs
 * besides comes in more(): hooks of one file do not wait for each other.
 */
export function useForwarding(
  options: ForwardingOptions = {},
  more: (f: Forwarding, ends: Ends) => Promise<void> = () => Promise.resolve(),
): () => Forwarding {
  let now: Forwarding | undefined;
  const ends: Ends = [];
  before(async () => {
    now = await startForwarding(options, ends);
    await more(now, ends);
  });
  after(() => endAll(ends));
  return () => {
    if (now === undefined) throw new Error("the forward was not opened");
    return now;
  };
}
