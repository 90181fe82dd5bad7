/** Documents of every make get the shim and stay what they are: P20, policies, scripts, workers, links. */

import { strict as assert } from "node:assert";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { until, useForwarding } from "./support/forwarding.ts";
import { heading } from "./support/in-page.ts";

const f = useForwarding();

/** The page's own script ran, and its websocket goes through the tunnel. */
async function talks(page: Page): Promise<void> {
  await page.waitForFunction("window.ran === 1");
  assert.equal(await page.evaluate("talk('/echo', 'through')"), "through");
}

for (const kind of ["none", "doctype", "split", "comment", "long", "latin1", "header", "xhtml"])
  test(`P20: a document with this head keeps its content and gets websockets: ${kind}`, async () => {
    const page = await f().tab(`/head/${kind}`);
    await talks(page);
    if (kind === "latin1") assert.equal(await page.locator("#t").innerText(), "grüße");
    if (kind === "none") assert.match(await page.locator("p").innerText(), /no head/);
    const standard = ["doctype", "split", "xhtml"].includes(kind);
    assert.equal(
      await page.evaluate("document.compatMode"),
      standard ? "CSS1Compat" : "BackCompat",
    );
    await page.close();
  });

test("P20: UTF-16 and an empty document are passed on untouched", async () => {
  const page = await f().tab("/head/utf16");
  assert.equal(await page.locator("p").innerText(), "zwei Bytes je Zeichen: ü€");
  const answer = await page.goto(`${f().origin}/head/empty`);
  assert.equal(answer?.status(), 200);
  await page.close();
});

test("P20: a packed document is unpacked, gets the shim, and runs", async () => {
  const page = await f().tab("/gzip");
  await heading(page, /unpacked/);
  assert.equal(await page.evaluate("WebSocket.toString().includes('[native code]')"), false);
  await page.close();
});

test("a strict policy of the device stays in force, and websockets work under it", async () => {
  for (const kind of ["nonce", "dynamic", "sealed", "ancestors"]) {
    const page = await f().tab(`/csp/${kind}`);
    await talks(page);
    const unasked = await page.evaluate("window.unasked");
    const allowed = kind === "sealed" || kind === "ancestors";
    assert.equal(unasked, allowed ? true : undefined, kind);
    await page.close();
  }
  for (const kind of ["none", "no-script"]) {
    const page = await f().tab(`/csp/${kind}`);
    await page.waitForLoadState();
    assert.equal(await page.evaluate("window.ran"), undefined, `${kind}: a forbidden script ran`);
    await page.close();
  }
});

test("a policy in a meta tag comes after the shim", async () => {
  const page = await f().tab("/csp-meta");
  await talks(page);
  assert.equal(await page.evaluate("window.unasked"), undefined);
  await page.close();
});

test("a page that freezes its prototypes still runs", async () => {
  const page = await f().tab("/frozen");
  await talks(page);
  await page.close();
});

test("modules, import maps and their addresses are as the device means them", async () => {
  const page = await f().tab("/module");
  await page.waitForFunction("window.imported !== undefined");
  assert.equal(await page.evaluate("window.imported"), "/module/named.js");
  await page.close();
});

for (const [kind, call] of [
  ["classic", "classic()"],
  ["module", "moduleWorker()"],
  ["shared", "shared()"],
])
  test(`a websocket works in a ${kind} worker of the page`, async () => {
    const page = await f().tab("/workers");
    assert.equal(await page.evaluate(call ?? ""), `from the ${kind} worker`);
    await page.close();
  });

test("P16: links, forms and windows that name the device's own address stay in the tunnel", async () => {
  const { origin, context } = f();
  for (const link of ["own", "name"]) {
    const page = await f().tab("/links");
    await page.locator(`#${link}`).click();
    await heading(page, /linked/);
    assert.equal(new URL(page.url()).origin, origin);
    await page.close();
  }
  const page = await f().tab("/links");
  const [opened] = await Promise.all([context.waitForEvent("page"), page.locator("#open").click()]);
  await heading(opened, /linked/);
  assert.equal(opened.url(), `${origin}/linked?by=window`);
  await opened.close();
  await page.getByRole("button", { name: "Go" }).click();
  await heading(page, /posted/);
  assert.equal(new URL(page.url()).origin, origin);
  await page.close();
});

test("P16: nothing of these links reached the person's own machine", async () => {
  // The device listens on this machine too, so what comes without the tunnel would be seen
  // here: a browser says of itself what the tunnel drops.
  const direct = f().device.seen.filter(({ raw }) => raw.some((name) => /^sec-fetch/i.test(name)));
  assert.deepEqual(
    direct.map(({ path }) => path),
    [],
  );
  await until("the links were followed", () => f().device.at("/linked").length === 3);
});
