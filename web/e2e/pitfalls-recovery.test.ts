/** P3, P5, P27: service worker killed, page reloaded, app reloaded or closed, a new build: all recover. */

import { strict as assert } from "node:assert";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { showPorts, until, useForwarding } from "./support/forwarding.ts";
import { get, heading, stopWorkers } from "./support/in-page.ts";
import { connect, connected, givePassword, openDevice, signInByLink } from "./support/story.ts";

const f = useForwarding();

test("P3: with the service worker killed, fetch and reload go on, and open websockets live", async () => {
  const page = await f().tab("/");
  await page.evaluate(() => {
    const socket = new WebSocket("/echo");
    Object.assign(window, { socket, heard: [] as string[] });
    socket.onmessage = ({ data }: MessageEvent<string>) =>
      (window as unknown as { heard: string[] }).heard.push(data);
    return new Promise((resolve) => (socket.onopen = resolve));
  });
  for (let i = 0; i < 4; i++) {
    await stopWorkers(page);
    const started = Date.now();
    assert.equal((await get(page, "/1k")).status, 200);
    assert.ok(Date.now() - started < 3_000, "the answer took more than 3 s");
  }
  await page.evaluate("window.socket.send('still there')");
  await page.waitForFunction("window.heard.includes('still there')");
  await stopWorkers(page);
  await page.reload();
  await heading(page, /The device/);
  await page.close();
});

test("three tabs and a hard reload share one forward", async () => {
  const tabs = [await f().tab("/"), await f().tab("/linked"), await f().tab("/form")];
  const session = await f().context.newCDPSession(tabs[0] ?? f().page);
  await session.send("Page.reload", { ignoreCache: true });
  await session.detach();
  await tabs[0]?.waitForFunction("performance.getEntriesByType('navigation')[0].type === 'reload'");
  await heading(tabs[0] ?? f().page, /The device/);
  for (const tab of tabs) assert.equal((await get(tab, "/1k")).status, 200);
  assert.equal(await f().app.locator("li[data-target]").count(), 1);
  for (const tab of tabs) await tab.close();
});

/** After a reload of the app: connects again; the forward opens by itself. */
async function connectAgain(app: Page): Promise<void> {
  await app.getByRole("button", { name: "Connect", exact: true }).waitFor();
  await app.waitForFunction((user) => {
    const device = document.querySelector("porthole-device");
    return device?.shadowRoot?.querySelector<HTMLInputElement>("#ssh-user")?.value === user;
  }, f().world.user);
  await connect(app, {});
  await givePassword(app, f().world.password);
  await connected(app);
}

test("P5: the app is reloaded: websockets close at once, pages wait and come back by themselves", async () => {
  const { app } = f();
  const page = await f().tab("/");
  await page.evaluate(() => {
    const socket = new WebSocket("/echo");
    socket.onclose = ({ code, wasClean }) => Object.assign(window, { ended: [code, wasClean] });
    return new Promise((resolve) => (socket.onopen = resolve));
  });
  app.once("dialog", (dialog) => void dialog.accept());
  await app.reload();
  await page.waitForFunction("window.ended !== undefined", undefined, { timeout: 3_000 });
  assert.deepEqual(await page.evaluate("window.ended"), [1006, false]);
  const started = Date.now();
  assert.equal((await get(page, "/1k")).status, 503);
  assert.ok(Date.now() - started < 5_000, "a request without a tunnel took more than 5 s");
  const waiting = await f().tab("/linked");
  await heading(waiting, /not connected/i);
  await connectAgain(app);
  await heading(waiting, /linked/, 20_000);
  assert.equal((await get(page, "/1k")).status, 200);
  assert.equal(await page.evaluate("talk('/echo', 'again')"), "again");
  await waiting.close();
  await page.close();
});

test("P5: the SSH connection is closed and made again: the waiting page comes back", async () => {
  const { app } = f();
  const page = await f().tab("/");
  await app.getByRole("button", { name: "Disconnect" }).click();
  await page.reload();
  await heading(page, /not connected/i);
  await app.locator('[data-test="reconnect"]').click();
  await givePassword(app, f().world.password);
  await connected(app);
  await heading(page, /The device/, 20_000);
  await page.close();
});

test("P5: the app's tab is closed: the page says so, and comes back with another app tab", async () => {
  const { app, context, world, device } = f();
  const page = await f().tab("/");
  app.once("dialog", (dialog) => void dialog.accept());
  await app.close();
  await page.reload();
  await heading(page, /not connected/i);
  const back = page.getByRole("link");
  assert.match((await back.first().getAttribute("href")) ?? "", new RegExp(`^${world.url}`));
  const second = await context.newPage();
  second.setDefaultTimeout(15_000);
  await signInByLink(second, await world.newLink());
  await openDevice(second);
  await connectAgain(second);
  const panel = await showPorts(second);
  await panel.getByLabel("Host and port").fill(`localhost:${device.port}`);
  await panel.locator("form.add").getByRole("button", { name: "Open", exact: true }).click();
  await heading(page, /The device/, 20_000);
  await until("the page talks again", async () => (await get(page, "/1k")).status === 200);
  await page.close();
});
