/** More words of stories about forwards: pages that were found, and connections that come back. */

import type { Locator, Page } from "playwright-core";
import { showPorts } from "./forwarding.ts";
import { connect, connected, givePassword } from "./story.ts";
import type { World } from "./world.ts";

/** The row of a page that was found by itself, by its port. */
export function foundPage(app: Page, port: number): Locator {
  return app
    .locator('porthole-ports [data-test="found"] button.page')
    .filter({ has: app.locator(".where", { hasText: new RegExp(`:${port}\\b`) }) });
}

/** The row of a page that a configuration or a bookmark names. */
export function listedPage(app: Page, list: "Ready pages" | "Bookmarks", name: string): Locator {
  return app
    .locator("porthole-ports")
    .getByRole("list", { name: list })
    .locator("button.page", { hasText: name });
}

/** Clicks a row and returns the tab that it opens. */
export async function tabOf(app: Page, row: Locator): Promise<Page> {
  const opened = app.context().waitForEvent("page", { timeout: 30_000 });
  try {
    const [tab] = await Promise.all([opened, row.click()]);
    return tab;
  } catch (error) {
    const shown = await app.locator("porthole-ports .panel").innerText();
    throw new Error(`no tab; the panel says:\n${shown}`, { cause: error });
  }
}

/** Opens a page that was found. */
export async function openFound(app: Page, port: number): Promise<Page> {
  await showPorts(app);
  return tabOf(app, foundPage(app, port));
}

/** After a reload of the app: connects again as the browser remembers; forwards open by themselves. */
export async function connectAgain(app: Page, world: World): Promise<void> {
  await app.getByRole("button", { name: "Connect", exact: true }).waitFor();
  await app.waitForFunction((user) => {
    const device = document.querySelector("porthole-device");
    return device?.shadowRoot?.querySelector<HTMLInputElement>("#ssh-user")?.value === user;
  }, world.user);
  await connect(app);
  await givePassword(app, world.password);
  await connected(app);
}

/** Answers the app's question for a page's user and password; returns the dialog. */
export async function givePagePassword(
  app: Page,
  user: string,
  password: string,
): Promise<Locator> {
  const dialog = app.locator("porthole-ports wa-dialog[open]");
  await dialog.getByLabel("User", { exact: true }).fill(user);
  await dialog.getByLabel("Password", { exact: true }).fill(password);
  await dialog.getByRole("button", { name: "Sign in" }).click();
  return dialog;
}

/** The question before bytes go out that gateway and platform can read. */
export function agreement(app: Page): Locator {
  return app
    .locator("porthole-ports wa-dialog[open]")
    .filter({ has: app.getByRole("heading", { name: "Not end-to-end encrypted" }) });
}

export async function agree(app: Page): Promise<void> {
  await agreement(app).getByRole("button", { name: "Open it all the same" }).click();
}

/** What assistive technology finds in a page, closed shadow roots included, by role "note". */
export async function notesOf(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  return nodes
    .filter(({ role }) => role?.value === "note")
    .map(({ childIds = [] }) => String(byId.get(childIds[0] ?? "")?.name?.value ?? ""));
}
