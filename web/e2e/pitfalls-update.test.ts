/** P27: the gateway is updated while pages of devices are open. */

import { strict as assert } from "node:assert";
import { appendFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { until, useForwarding } from "./support/forwarding.ts";
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
        setTimeout(done, 500, "first");
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
