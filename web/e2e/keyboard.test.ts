/** The whole job without a mouse. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch, open } from "./support/browser.ts";
import { arrives, reach } from "./support/focus.ts";
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
