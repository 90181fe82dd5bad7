/** The whole job without a mouse. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch, open } from "./support/browser.ts";
import { connected, ending, noFaults, prompt, shows, terminalText } from "./support/story.ts";
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

/** What has the focus, in words: its label or text. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    if (!(element instanceof HTMLElement)) return "";
    const labels =
      element instanceof HTMLInputElement || element instanceof HTMLSelectElement
        ? element.labels
        : [];
    const label = labels?.[0]?.textContent ?? element.getAttribute("aria-label");
    return (label ?? element.textContent).replace(/\s+/g, " ").trim();
  });
}

/** Presses a key until the wanted thing has the focus; a person would give up before 40 times. */
async function reach(page: Page, wanted: RegExp, key = "Tab"): Promise<void> {
  const seen: string[] = [];
  for (let i = 0; i < 40; i++) {
    const now = await focused(page);
    if (wanted.test(now)) return;
    seen.push(now);
    await page.keyboard.press(key);
  }
  assert.fail(`${key} does not reach ${String(wanted)}, only: ${seen.join(" | ")}`);
}

/** Waits until the focus is there by itself. */
async function arrives(page: Page, wanted: RegExp): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!wanted.test(await focused(page))) {
    if (Date.now() > deadline)
      assert.fail(`the focus is on "${await focused(page)}", not on ${String(wanted)}`);
    await page.waitForTimeout(50);
  }
}

test("keyboard only: sign in, connect, work, search, leave the terminal, disconnect, reconnect", async () => {
  const tab = await open(browser, world.url);
  const { page } = tab;
  const { keyboard } = page;
  await page.goto(world.url);
  await arrives(page, /^User$/);
  await keyboard.type("demo");
  await keyboard.press("Tab");
  await keyboard.type(`${world.platformPassword}\n`);

  await page.getByRole("list", { name: "Devices" }).waitFor();
  await reach(page, /^Demo device/);
  await keyboard.press("Enter");
  await page
    .getByRole("button", { name: "Connect", exact: true })
    .and(page.locator(":enabled"))
    .waitFor();
  await reach(page, /^SSH user$/);
  await keyboard.type(`${world.user}\n`);

  await arrives(page, /^Cancel$/); // a hasty Enter trusts nothing
  await reach(page, /^Trust and connect$/);
  await keyboard.press("Enter");
  await arrives(page, /^Password$/);
  await keyboard.type(`${world.password}\n`);
  await connected(page);
  await prompt(page);
  await keyboard.type("seq 1 200; echo needle-$((40+2)); seq 1 200\n");
  await shows(page, /needle-42[\s\S]*\n200\n/);

  await keyboard.press("Control+Shift+F");
  await keyboard.type("needle-42\n");
  await page.locator("porthole-terminal").getByText("1 of 1").waitFor();
  await keyboard.press("Escape");
  await keyboard.type("echo back in the shell\n");
  await shows(page, /^back in the shell$/m);

  await keyboard.press("Control+Shift+Escape");
  await reach(page, /^Disconnect$/);
  await keyboard.press("Enter");
  await ending(page);
  await arrives(page, /Reconnect$/);
  await keyboard.press("Enter");
  await arrives(page, /^Password$/);
  await keyboard.type(`${world.password}\n`);
  await connected(page);
  await keyboard.type("echo reconnected\n");
  await shows(page, /^reconnected$/m);
  assert.match(await terminalText(page), /back in the shell/, "the earlier output is gone");

  await keyboard.type("exit\n");
  await ending(page);
  await reach(page, /^Settings$/, "Shift+Tab");
  await keyboard.press("Enter");
  await page.locator('[data-test="back"]').waitFor();
  await reach(page, /^Back to terminal$/);
  await keyboard.press("Enter");
  await arrives(page, /Reconnect$/);
  await page.locator("porthole-terminal").waitFor();
  noFaults(tab.faults);
  await tab.close();
});
