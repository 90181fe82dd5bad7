/** The main story: the printed link, the demo device, a shell, and the programs people use in it. */

import { strict as assert } from "node:assert";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch, open, type Watched } from "./support/browser.ts";
import {
  connect,
  connected,
  ending,
  givePassword,
  noFaults,
  openDevice,
  run,
  shellOnDemoDevice,
  shows,
  signInByLink,
  size,
  trustHostKey,
  type,
} from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
let browser: Browser;
let tab: Watched;

before(async () => {
  world = await startWorld();
  browser = await launch();
});
after(async () => {
  await browser.close();
  await world.stop();
});
beforeEach(async () => {
  tab = await open(browser, world.url);
});
afterEach(async () => {
  noFaults(tab.faults);
  await tab.close();
});

test("the printed link leads to a prompt, and works once", async () => {
  const { page } = tab;
  const link = await world.newLink();
  await signInByLink(page, link);
  assert.equal(new URL(page.url()).hash, "", "the code stays in the address");
  await openDevice(page);
  await connect(page, { user: world.user });
  await trustHostKey(page);
  await givePassword(page, world.password);
  await connected(page);
  assert.match(await run(page, "echo hello from $((6*7))"), /^hello from 42$/m);
  assert.match(
    await page.locator(".state-line").innerText(),
    /Connected[\s\S]*ms[\s\S]*chacha20-poly1305/,
  );

  const second = await open(browser, world.url);
  await second.page.goto(link);
  await second.page.getByText(/link/i).first().waitFor();
  assert.match(await second.page.locator("main").innerText(), /used|spent|new (one|link)/i);
  await second.close();
});

test("vi edits a file, top runs and ends", async () => {
  const { page } = tab;
  await shellOnDemoDevice(page, world);
  const file = `${world.stateDir}/note.txt`;
  await type(page, `vi ${file}\n`);
  await shows(page, /~\n~/);
  await type(page, "iwritten in vi");
  await shows(page, /written in vi/);
  await page.keyboard.press("Escape");
  await type(page, ":wq\n");
  assert.equal(await run(page, `cat ${file}`), "written in vi");

  await type(page, "top\n");
  await shows(page, /PID\s+USER/);
  await type(page, "q");
  assert.match(await run(page, "echo top ended"), /top ended/);
});

test("the shell's size follows the window", async () => {
  const { page } = tab;
  await shellOnDemoDevice(page, world);
  const reported = async () => (await run(page, "stty size")).trim();
  let now = await size(page);
  assert.equal(await reported(), `${now.rows} ${now.cols}`);
  await page.setViewportSize({ width: 700, height: 500 });
  await page.waitForFunction(
    (cols) => document.querySelector("porthole-app") !== null && cols > 0,
    now.cols,
  );
  const deadline = Date.now() + 5_000;
  const before = now;
  while (now.cols === before.cols && Date.now() < deadline) now = await size(page);
  assert.ok(now.cols < before.cols, "the terminal did not shrink");
  assert.equal(await reported(), `${now.rows} ${now.cols}`);
});

test("text in any script arrives whole, and an exit status is told", async () => {
  const { page } = tab;
  await shellOnDemoDevice(page, world);
  assert.match(await run(page, "printf 'ü€😀 日本語\\n'"), /ü€😀 日本語/);
  await type(page, "exit 3\n");
  assert.match(await ending(page), /exit status 3/);
  await page.keyboard.press("Enter");
  await givePassword(page, world.password);
  await connected(page);
});

test("after a reload the host key is known and only the password is asked", async () => {
  const { page } = tab;
  await shellOnDemoDevice(page, world);
  page.on("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
  await page.waitForFunction((user) => {
    const device = document.querySelector("porthole-device");
    return device?.shadowRoot?.querySelector<HTMLInputElement>("#ssh-user")?.value === user;
  }, world.user);
  await connect(page, {});
  await givePassword(page, world.password);
  await connected(page);
  assert.match(await run(page, "echo again"), /again/);
});
