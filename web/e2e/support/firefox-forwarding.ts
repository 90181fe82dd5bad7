/** The ports panel in Firefox: sign in, connect, open a page, by what puppeteer offers. */

import type { ElementHandle, Page } from "puppeteer-core";
import { until } from "./forwarding.ts";
import type { World } from "./world.ts";

/** Everything in the page that matches, shadow roots included; the first that is in sight. */
const FIND = `(selector, text) => {
  const found = [];
  const look = (root) => {
    for (const element of root.querySelectorAll(selector)) found.push(element);
    for (const element of root.querySelectorAll("*")) if (element.shadowRoot) look(element.shadowRoot);
  };
  look(document);
  const words = (element) => (element.getAttribute("aria-label") || element.textContent).replace(/\\s+/g, " ").trim();
  return found.find((element) => element.checkVisibility() && !element.disabled && (text === undefined || words(element) === text));
}`;

/** Clicks what has that label or text. */
export async function click(page: Page, selector: string, text?: string): Promise<void> {
  const args = JSON.stringify([selector, text].filter((part) => part !== undefined)).slice(1, -1);
  const there = async () => Boolean(await page.evaluate(`!!(${FIND})(${args})`));
  await until(`there is ${selector} “${text ?? ""}”`, there, 30_000);
  const handle = await page.evaluateHandle(`(${FIND})(${args})`);
  const element = handle.asElement() as ElementHandle | null;
  await element?.click();
}

/** Types into a field. Lists above it may still grow, so it is not looked for with the mouse. */
export async function fill(page: Page, selector: string, value: string): Promise<void> {
  await until(`there is ${selector}`, () => there(page, selector), 30_000);
  await page.evaluate(`(${FIND})(${JSON.stringify(selector)}).select()`);
  await page.keyboard.type(value);
}

/** Whether there is such a thing in sight. */
export async function there(page: Page, selector: string, text?: string): Promise<boolean> {
  const args = JSON.stringify([selector, text].filter((part) => part !== undefined)).slice(1, -1);
  return Boolean(await page.evaluate(`!!(${FIND})(${args})`));
}

/** The whole way to a prompt of the demo device. */
export async function shellInFirefox(app: Page, world: World): Promise<void> {
  await app.goto(await world.newLink());
  await until("the list is there", () => there(app, 'a[href^="/devices/"]'), 30_000);
  await click(app, 'a[href^="/devices/"]');
  await until("the form is there", () => there(app, "#ssh-user"), 30_000);
  await fill(app, "#ssh-user", world.user);
  await click(app, "button", "Connect");
  await click(app, "button", "Trust and connect");
  await until("a password is asked", () => there(app, 'input[type="password"]'), 30_000);
  await fill(app, 'input[type="password"]', world.password);
  await app.keyboard.press("Enter");
  await until("connected", () => there(app, "button", "Disconnect"), 30_000);
}

/** Opens a page by its address; returns its tab once the device's page is there. */
export async function openInFirefox(app: Page, port: number): Promise<Page> {
  await app.bringToFront();
  if (!(await there(app, "#add-address"))) await click(app, "button", "Ports");
  await fill(app, "#add-address", `localhost:${port}`);
  const before = new Set(await app.browser().pages());
  await app.keyboard.press("Enter");
  let tab: Page | undefined;
  await until(
    "a tab is open",
    async () => {
      tab = (await app.browser().pages()).find((page) => !before.has(page));
      return tab?.url().includes(".fwd.") === true;
    },
    40_000,
  );
  if (tab === undefined) throw new Error("no tab");
  await shows(tab, "The device");
  return tab;
}

/** Waits until the page's heading is that. */
export async function shows(page: Page, text: string, timeoutMs = 30_000): Promise<void> {
  await until(
    `the page shows “${text}”`,
    () =>
      page
        .evaluate((wanted) => document.querySelector("h1")?.textContent === wanted, text)
        .catch(() => false),
    timeoutMs,
  );
}
