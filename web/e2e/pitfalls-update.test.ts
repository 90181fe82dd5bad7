/** P27: the gateway is updated while pages of devices are open. */

import { strict as assert } from "node:assert";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { FORWARD_PROTOCOL } from "../src/forward/protocol.ts";
import { forwardIs, forwardRow, until, useForwarding } from "./support/forwarding.ts";
import { get, heading } from "./support/in-page.ts";

const assets = mkdtempSync(join(tmpdir(), "porthole-assets-"));
cpSync(resolve(process.env["PORTHOLE_ROOT"] ?? "..", "static/dist"), assets, { recursive: true });
after(() => {
  rmSync(assets, { recursive: true, force: true });
});

const f = useForwarding({ flags: ["--assets-dir", assets] });

/** Which build of the service worker serves the page: the later one says so. */
function build(page: Page): Promise<unknown> {
  return page.evaluate(
    () =>
      new Promise((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => {
          done(data);
        };
        setTimeout(done, 500, "first"); // the first build does not know the question
        navigator.serviceWorker.controller?.postMessage({ type: "build" }, [port2]);
      }),
  );
}

test("P27: an open page goes on under a new service worker, its websockets too", async () => {
  const page = await f().tab("/");
  assert.equal(await build(page), "first");
  await page.evaluate(() => {
    const socket = new WebSocket("/echo");
    Object.assign(window, { socket, heard: [] as string[] });
    socket.onmessage = ({ data }: MessageEvent<string>) =>
      (window as unknown as { heard: string[] }).heard.push(data);
    return new Promise((done) => (socket.onopen = done));
  });
  appendFileSync(
    join(assets, "fwd/sw.js"),
    `\naddEventListener("message", ({ data, ports }) => { if (data.type === "build") ports[0].postMessage("second"); });\n`,
  );
  const other = await f().tab("/linked"); // a navigation makes the browser look for a new one
  await heading(other, /linked/);
  await until(
    "the new service worker took over",
    async () => (await build(page)) === "second",
    30_000,
  );
  assert.equal((await get(page, "/1k")).status, 200);
  await page.evaluate("window.socket.send('still there')");
  await page.waitForFunction("window.heard.includes('still there')");
  assert.equal(await page.evaluate("talk('/echo', 'new')"), "new");
  await page.reload();
  await heading(page, /The device/);
  assert.equal(await build(page), "second");
});

/** Makes the next protocol of a built part. */
function bump(part: string): void {
  const file = join(assets, "fwd", part);
  const text = readFileSync(file, "utf8");
  const later = text.replace(
    new RegExp(`(protocol[:>]|port\`&&\\w+===)${FORWARD_PROTOCOL}\\b`, "g"),
    `$1${FORWARD_PROTOCOL + 1}`,
  );
  assert.notEqual(later, text, `${part} names its protocol in another way`);
  writeFileSync(file, later);
}

test("P27: a new build that speaks another protocol: the app, still the old one, says what to do", async () => {
  const { app, target } = f();
  for (const part of ["sw.js", "bridge.js"]) bump(part);
  const page = await f().tab("/linked"); // a navigation makes the browser look for a new one
  const without = async () => (await get(page, "/1k")).status === 503;
  await until("the new service worker takes no port of the old build", without, 30_000);
  await forwardIs(app, target, "failed");
  assert.match(
    await forwardRow(app, target).innerText(),
    /of different versions. Reload this page/,
  );
  await page.reload();
  await heading(page, /not connected/i);
  await page.close();
});
