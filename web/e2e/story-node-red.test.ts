/** The whole of it with a real page: Node-RED on a device, found, opened, deployed to, heard from. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { connectAgain, foundPage, openFound } from "./support/ports-story.ts";
import { startNodeRED, type RealPage } from "./support/real-pages.ts";
import { forwardIs, showPorts } from "./support/forwarding.ts";
import { shellOnDemoDevice } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
let nodeRED: RealPage;
let browser: Partitioned;
let app: Page;
let editor: Page;

before(async () => {
  [world, nodeRED] = await Promise.all([startWorld(), startNodeRED()]);
  browser = await launchPartitioned();
  app = await browser.tab();
});
after(async () => {
  await browser.close();
  await nodeRED.stop();
  await world.stop();
});

/** A flow as people hand it on: a button that sends a greeting to the debug sidebar. */
const FLOW = JSON.stringify([
  { id: "a0000001", type: "tab", label: "Greeting" },
  {
    ...{ id: "a0000002", type: "inject", z: "a0000001", name: "greet", x: 160, y: 120 },
    ...{ props: [{ p: "payload" }], payload: "hello from the device", payloadType: "str" },
    ...{ topic: "", repeat: "", crontab: "", once: false, onceDelay: 0.1 },
    wires: [["a0000003"]],
  },
  {
    ...{ id: "a0000003", type: "debug", z: "a0000001", name: "said", x: 400, y: 120 },
    ...{ active: true, tosidebar: true, complete: "payload", targetType: "msg", wires: [] },
  },
]);

/** Presses the button of the inject node. */
async function greet(): Promise<void> {
  await editor
    .locator("g.red-ui-flow-node-button rect.red-ui-flow-node-button-button")
    .first()
    .click();
}

/** Waits until the debug sidebar has that many greetings. */
async function heard(count: number): Promise<void> {
  await editor
    .locator(".red-ui-debug-msg", { hasText: "hello from the device" })
    .nth(count - 1)
    .waitFor({ timeout: 30_000 });
}

test("a person connects, clicks Ports, clicks Node-RED, deploys a flow and sees its message", async () => {
  await shellOnDemoDevice(app, world);
  await showPorts(app);
  const row = foundPage(app, nodeRED.port);
  await row.waitFor({ timeout: 60_000 });
  assert.match(await row.innerText(), /Node-RED/);
  editor = await openFound(app, nodeRED.port);
  await editor.locator("#red-ui-header-button-deploy").waitFor({ timeout: 60_000 });
  assert.match(editor.url(), /\.fwd\.porthole\.localhost/);

  await editor.locator("#red-ui-workspace-chart").click({ position: { x: 50, y: 300 } });
  await editor.keyboard.press("Control+i");
  const pasted = editor.locator("#red-ui-clipboard-dialog-import-text");
  await pasted.fill(FLOW);
  await pasted.press("End"); // the editor looks at the text when a key comes up
  await editor.locator("#red-ui-clipboard-dialog-ok").click();
  await editor.getByRole("link", { name: "Greeting" }).first().click();
  await editor.locator("#red-ui-header-button-deploy:not(.disabled)").click();
  await editor.getByText("Successfully deployed").waitFor({ timeout: 30_000 });
  await editor.keyboard.press("Control+g");
  await editor.keyboard.press("d");
  await greet();
  await heard(1);
});

test("the app is reloaded and connected again: the editor's websocket comes back by itself", async () => {
  app.once("dialog", (dialog) => void dialog.accept());
  await app.reload();
  await editor.getByText("Lost connection to server").first().waitFor({ timeout: 20_000 });
  await connectAgain(app, world);
  await forwardIs(app, `http://localhost:${nodeRED.port}`, "open");
  await editor
    .getByText("Lost connection to server")
    .first()
    .waitFor({ state: "detached", timeout: 90_000 });
  await greet();
  await heard(2);
  assert.deepEqual(browser.faults, []);
});
