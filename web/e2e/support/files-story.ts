/** The words of stories about files: the panel, its list, its views, its transfers. */

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import type { Locator, Page } from "playwright-core";
import { until } from "./forwarding.ts";

/** Shows the files panel and waits for its first list. */
export async function showFiles(app: Page): Promise<Locator> {
  const panel = app.locator("porthole-files");
  const button = app.getByRole("button", { name: "Files", exact: true });
  if ((await button.getAttribute("aria-pressed")) !== "true") await button.click();
  await panel.locator('.listing[data-phase="done"]').waitFor({ timeout: 30_000 });
  return panel;
}

/** The row of a name in the list. */
export function fileRow(app: Page, name: string): Locator {
  return app
    .locator("porthole-files [data-at]")
    .filter({ has: app.locator(`.name[title="${name}"]`) });
}

/** Types a path into the panel, from wherever it is, and waits for its list. */
export async function goTo(app: Page, path: string): Promise<void> {
  const panel = app.locator("porthole-files");
  await panel.getByRole("button", { name: "Type a path" }).click();
  await panel.getByRole("combobox", { name: "Path" }).fill(path);
  await app.keyboard.press("Enter");
  await panel.getByRole("grid", { name: `Files in ${path}` }).waitFor();
  await panel.locator('.listing[data-phase="done"]').waitFor({ timeout: 30_000 });
}

/** Chooses an item of a file's menu. */
export async function choose(app: Page, name: string, item: string | RegExp): Promise<void> {
  await fileRow(app, name).click({ button: "right" });
  await app.locator("porthole-files").getByRole("menuitem", { name: item, exact: true }).click();
}

/** Closes the view of a file. */
export async function closeView(app: Page): Promise<void> {
  await app
    .locator("porthole-file-view")
    .getByRole("button", { name: /^Close/ })
    .click();
  await app.locator("porthole-file-view").waitFor({ state: "detached" });
}

/** Downloads a file by its menu; what arrived. */
export async function fetchFile(app: Page, name: string): Promise<Buffer> {
  const arriving = app.waitForEvent("download", { timeout: 30_000 });
  await choose(app, name, "Download");
  const download = await arriving;
  assert.equal(download.suggestedFilename(), name);
  return readFileSync(await download.path());
}

/** Waits until the followed log shows a line of a level with a text. */
export async function followShows(app: Page, level: string, text: string | RegExp): Promise<void> {
  await app
    .locator(`porthole-log .line[data-level="${level}"]`)
    .filter({ hasText: text })
    .first()
    .waitFor({ timeout: 30_000 });
}

/** Replaces the end of a line of the file that is edited, and saves it. */
export async function mendLine(app: Page, line: string, mended: string): Promise<void> {
  const editor = app.locator("porthole-file-editor");
  await editor.locator(".cm-line").getByText(line, { exact: true }).click();
  await app.keyboard.press("End");
  await app.keyboard.press("Shift+Home");
  await app.keyboard.type(mended);
  await app.keyboard.press("Control+s");
  await editor.getByText("Saved", { exact: true }).waitFor({ timeout: 30_000 });
}

/** Puts a file of the person's computer where one of its name is already. */
export async function putBack(app: Page, name: string, data: Buffer): Promise<void> {
  const panel = app.locator("porthole-files");
  await panel
    .locator("[data-test=file-input]")
    .setInputFiles({ name, mimeType: "application/octet-stream", buffer: data });
  await panel.locator("[data-test=answer-overwrite]").click();
  const done = panel
    .locator('[data-test=transfer][data-state="done"]')
    .filter({ has: app.locator('.way[title="To the device"]'), hasText: name });
  await until("the upload is done", async () => (await done.count()) > 0, 30_000);
}
