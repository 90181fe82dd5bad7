/** "Clear this page's data" of the ports panel: no cookie of the page is left, whatever its path. */

import { strict as assert } from "node:assert";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { forwardIs, forwardRow, showPorts, until, useForwarding } from "./support/forwarding.ts";
import { get, heading, stopWorkers } from "./support/in-page.ts";
import { connectAgain } from "./support/ports-story.ts";

const f = useForwarding({}, ({ device }) => {
  device.serve({
    "/deep/in/it": ({ response }) => {
      const cookies = [
        "file=1; Path=/deep/in/it",
        "folder=1; Path=/deep/",
        "other=1; Path=/far/away",
      ];
      response
        .writeHead(200, { "content-type": "text/html", "set-cookie": cookies })
        .end("<!doctype html><h1>deep</h1>");
    },
  });
  return Promise.resolve();
});

/** Names and paths of what the browser holds for the forward's host, sorted. */
async function held(): Promise<string[]> {
  const { hostname } = new URL(f().origin);
  return (await f().context.cookies())
    .filter(({ domain }) => domain.replace(/^\./, "") === hostname)
    .map(({ name, path }) => `${name} ${path}`)
    .sort();
}

async function clearData(): Promise<void> {
  const { app, target } = f();
  await showPorts(app);
  await forwardIs(app, target, "open");
  await forwardRow(app, target)
    .getByRole("button", { name: /^Clear this page's data/ })
    .click();
  const dialog = app.locator("porthole-ports wa-dialog[open]");
  await dialog.getByRole("button", { name: "Clear" }).click();
}

async function isClear(): Promise<void> {
  let left: string[] = [];
  const empty = async () => {
    left = await held();
    return left.length === 0;
  };
  await until("no cookie of the page is left", empty).catch((error: unknown) => {
    throw new Error(`left: ${left.join(", ")}`, { cause: error });
  });
}

/** A tab with cookies of the device, for paths that the app's frame is not at. */
async function deepCookies(): Promise<Page> {
  const page = await f().tab("/deep/in/it");
  await heading(page, /deep/);
  const want = ["file /deep/in/it/", "folder /deep/", "other /far/away/"];
  assert.deepEqual(await held(), want);
  return page;
}

async function reloadApp(): Promise<void> {
  const { app, world } = f();
  app.once("dialog", (dialog) => void dialog.accept());
  await app.reload();
  await connectAgain(app, world);
}

test("the device's cookies of deep paths are removed", async () => {
  const page = await deepCookies();
  await clearData();
  await isClear();
  await page.close();
});

test("cookies that the page itself set for its folder, a file or its host are removed", async () => {
  const page = await f().tab("/deep/in/it");
  await page.evaluate(() => {
    document.cookie = "own=1";
    document.cookie = "named=1; Path=/deep/in/it";
    document.cookie = `wide=1; Path=/deep; Domain=${location.hostname}`;
  });
  const kept = await held();
  for (const cookie of ["own /deep/in", "named /deep/in/it", "wide /deep"]) {
    assert.ok(kept.includes(cookie), `${cookie} is not among ${kept.join(", ")}`);
  }
  await clearData();
  await isClear();
  await page.close();
});

test("cookies that demand Secure, and partitioned ones, are removed", async () => {
  const page = await f().tab("/deep/in/it");
  await page.evaluate(() => {
    document.cookie = "__Secure-own=1; Secure";
    document.cookie = "__Host-own=1; Secure; Path=/";
    document.cookie = "parted=1; Secure; Path=/; Partitioned";
  });
  const kept = await held();
  for (const cookie of ["__Secure-own /deep/in", "__Host-own /", "parted /"]) {
    assert.ok(kept.includes(cookie), `${cookie} is not among ${kept.join(", ")}`);
  }
  await clearData();
  await isClear();
  await page.close();
});

test("cookies of pages that are closed are removed, after the service worker was stopped and the app reloaded", async () => {
  const page = await deepCookies();
  await page.evaluate("document.cookie = 'own=1; Path=/deep/in'");
  assert.equal((await get(page, "/deep/in/it")).status, 200);
  await stopWorkers(page);
  await page.close();
  await reloadApp();
  await clearData();
  await isClear();
});

test("cookies that are set again after a clear and a reload of the app are removed again", async () => {
  const page = await deepCookies();
  await clearData();
  await isClear();
  await page.close();
  await reloadApp();
  await forwardIs(f().app, f().target, "open");
  await (await deepCookies()).close();
  await clearData();
  await isClear();
});
