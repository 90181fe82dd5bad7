/** Devices that misbehave: each fault is a page or an error that says so, and ends. */

import { strict as assert } from "node:assert";
import { test } from "node:test";
import {
  enterAddress,
  forwardRow,
  openByAddress,
  until,
  useForwarding,
} from "./support/forwarding.ts";
import { get, heading } from "./support/in-page.ts";
import { freePort } from "./support/world.ts";

const f = useForwarding();

/** Status of a navigation and the heading of the page that it shows. */
async function navigated(path: string): Promise<{ status: number; text: string }> {
  const page = await f().browser.tab();
  const answer = await page.goto(f().origin + path);
  const text = await page.locator("body").innerText();
  await page.close();
  return { status: answer?.status() ?? 0, text };
}

test("garbage and HTTP/0.9 are no web page: 502 and a sentence", async () => {
  for (const path of ["/garbage", "/http09"]) {
    const { status, text } = await navigated(path);
    assert.equal(status, 502, path);
    assert.match(text, /not (a web page|HTTP)/i);
    assert.equal((await get(f().page, path)).status, 502);
  }
});

test("a device that hangs up, before the head or in the body, is said to have broken off", async () => {
  const { status, text } = await navigated("/hang-up");
  assert.equal(status, 502);
  assert.match(text, /broke|closed/i);
  for (const path of ["/mid-body", "/mid-chunk", "/bad-chunk"]) {
    const answer = await get(f().page, path);
    assert.equal(answer.status, 0, `${path} ended as if it were whole: ${answer.text}`);
  }
});

test("1 MB of headers is refused, 200 kB pass", async () => {
  assert.equal((await get(f().page, "/big-head")).status, 502);
  assert.equal((await get(f().page, "/large-head")).text, "large head");
});

test("two different Content-Lengths are refused, two equal ones pass", async () => {
  assert.equal((await get(f().page, "/two-lengths")).status, 502);
  assert.equal((await get(f().page, "/same-lengths")).text, "hello");
});

test("a device that refuses the upload early is heard at once", async () => {
  const status = await f().page.evaluate(async () => {
    const answer = await fetch("/too-large", { method: "POST", body: new Blob(["x".repeat(9e6)]) });
    return answer.status;
  });
  assert.equal(status, 413);
});

test("a gzip bomb fills nothing: reading stops when the page stops, others go on", async () => {
  const read = await f().page.evaluate(async () => {
    const answer = await fetch("/bomb");
    const reader = answer.body?.getReader();
    let bytes = 0;
    while (reader !== undefined && bytes < 20e6) {
      const { value, done } = await reader.read();
      if (done) break;
      bytes += value.length;
    }
    const other = await fetch("/1k");
    await reader?.cancel();
    return { bytes, other: other.status };
  });
  assert.ok(read.bytes >= 20e6, `only ${read.bytes} bytes`);
  assert.equal(read.other, 200);
});

test("a body without end that nobody reads: the device is made to wait, others go on", async () => {
  const { device, page } = f();
  const twenty = () =>
    page.evaluate(async () => {
      const started = performance.now();
      for (let i = 0; i < 20; i++) await (await fetch("/1k")).text();
      return performance.now() - started;
    });
  const alone = await twenty();
  await page.evaluate(async () => {
    Object.assign(window, { unread: await fetch("/endless?unread") });
  });
  // Chromium itself takes 55 MiB of any service worker's answer ahead of the page.
  const sent = () => device.at("/endless")[0]?.bytes ?? 0;
  let last = -1;
  await until(
    "the device has to wait",
    async () => {
      const before = last;
      last = sent();
      await twenty();
      return last > 0 && before === last;
    },
    90_000,
  );
  assert.ok(last < 160e6, `the device sent ${last} bytes into the void`);
  const beside = await twenty();
  assert.ok(beside < 5 * alone + 1_000, `20 requests: ${alone} ms alone, ${beside} ms beside it`);
  await page.evaluate("window.unread.body.cancel()");
  await until("the device is told", () => device.at("/endless")[0]?.aborted === true);
});

test("nothing listens on the port: the page says so, and comes when the program does", async () => {
  const port = await freePort();
  const page = await openByAddress(f().app, `localhost:${port}`);
  assert.match(await heading(page, /nothing answers/i), /nothing answers/i);
  await page.close();
  await forwardRow(f().app, `http://localhost:${port}`)
    .getByRole("button", { name: "Close" })
    .click();
});

test("an address that is none is refused where it is typed", async () => {
  const { app } = f();
  for (const address of ["", "localhost", "localhost:99999", "javascript:alert(1)", "a b:80"]) {
    await enterAddress(app, address);
    await app.locator("#add-problem").waitFor();
    assert.notEqual(await app.locator("#add-problem").innerText(), "");
  }
});

test("after all of that the forward still works, and its log tells what failed", async () => {
  const { app, target } = f();
  await get(f().page, "/garbage");
  assert.equal((await get(f().page, "/1k")).text.length, 1024);
  await forwardRow(app, target).getByRole("button", { name: "Log" }).click();
  const log = app.locator("porthole-ports table.log");
  await until("the log shows the failed request", async () =>
    /GET[\s\S]*\/garbage/.test(await log.innerText()),
  );
});
