/** HTTP through a forward: what the page sends, what the device answers, and the odd statuses. */

import { strict as assert } from "node:assert";
import { createReadStream } from "node:fs";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { pattern, sha256 } from "./support/device/bodies.ts";
import { useForwarding } from "./support/forwarding.ts";
import { get, heading, upload } from "./support/in-page.ts";

const f = useForwarding();

interface Echo {
  method: string;
  headers: Record<string, string>;
  bytes: number;
  text: string;
}
async function echo(path: string, init: RequestInit = {}): Promise<Echo> {
  return JSON.parse((await get(f().page, path, init)).text) as Echo;
}

test("the device sees its own name, the browser's language and none of the browser's sec- headers", async () => {
  const { headers } = await echo("/echo?a=1", { headers: { "x-own": "yes" } });
  assert.match(
    headers["host"] ?? "",
    new RegExp(`^(localhost|127\\.0\\.0\\.1):${f().device.port}$`),
  );
  assert.equal(headers["x-own"], "yes");
  assert.match(headers["user-agent"] ?? "", /Chrom/);
  assert.notEqual(headers["accept-language"] ?? "", "");
  const foreign = Object.keys(headers).filter((name) => /^sec-|^proxy|forwarded/.test(name));
  assert.deepEqual(foreign, []);
  const posted = await echo("/echo", { method: "POST", body: "x" });
  assert.equal(posted.headers["origin"], `http://${headers["host"] ?? ""}`);
  assert.equal(posted.headers["referer"], `http://${headers["host"] ?? ""}/`);
});

test("P17: an upload reaches the device with its length, never chunked, byte for byte", async () => {
  const seen = await upload(f().page, "/upload", 5 * 1024 * 1024 + 1);
  assert.equal(seen.sha256, seen.sent);
  assert.equal(seen.headers["content-length"], String(5 * 1024 * 1024 + 1));
  assert.equal(seen.headers["transfer-encoding"], undefined);
  const empty = await echo("/echo", { method: "POST" });
  assert.equal(empty.headers["content-length"], "0");
});

test("P17: a form with a file, a beacon, and every method arrive whole", async () => {
  const form = await f().tab("/form");
  await form.locator("input[type=file]").setInputFiles({
    name: "ü.bin",
    mimeType: "application/octet-stream",
    buffer: pattern(100_000),
  });
  await form.getByRole("button", { name: "Send" }).click();
  await heading(form, /^posted 100\d\d\d bytes$/);
  await form.close();
  const [posted] = f().device.at("/posted", "POST");
  assert.match(posted?.headers["content-type"] ?? "", /^multipart\/form-data; boundary=/);
  await f().page.evaluate(() => navigator.sendBeacon("/echo/beacon", "beacon"));
  for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"])
    assert.equal((await echo("/echo", { method, body: "b" })).method, method);
  assert.equal(f().device.at("/echo/beacon", "POST")[0]?.text, "beacon");
});

test("P19: a synchronous request is refused with an explanation, in a worker it works", async () => {
  const sync = await f().page.evaluate(() => {
    const request = new XMLHttpRequest();
    request.open("GET", "/1k", false);
    request.send();
    return { status: request.status, text: request.responseText };
  });
  assert.equal(sync.status, 421);
  assert.match(sync.text, /synchronous/i);
  const inWorker = await f().page.evaluate(
    () =>
      new Promise((resolve) => {
        const script = `const r = new XMLHttpRequest(); r.open("GET", "${location.origin}/1k", false);
          r.send(); postMessage(r.status + " " + r.responseText.length);`;
        const worker = new Worker(URL.createObjectURL(new Blob([script])));
        worker.onmessage = (event) => {
          resolve(event.data);
        };
      }),
  );
  assert.equal(inWorker, "200 1024");
});

test("P21: statuses without a body, and HEAD, are passed on as they are", async () => {
  for (const status of [204, 205, 304]) {
    const answer = await get(f().page, `/status/${status}`);
    assert.deepEqual([answer.status, answer.text], [status, ""]);
  }
  const head = await get(f().page, "/1k", { method: "HEAD" });
  assert.deepEqual([head.status, head.text, head.headers["content-length"]], [200, "", "1024"]);
  assert.equal((await get(f().page, "/unasked-body")).status, 204);
  assert.equal((await get(f().page, "/switching")).status, 502);
  assert.equal((await get(f().page, "/1k")).text.length, 1024);
});

test("P22: a reason phrase and headers outside ASCII break nothing", async () => {
  const answer = await get(f().page, "/latin1");
  assert.deepEqual([answer.status, answer.text], [200, "latin"]);
  // Chromium hands a service worker's Latin-1 on as UTF-8: the last letter is its affair.
  assert.match(answer.headers["x-name"] ?? "", /^caf/);
});

test("ranges, gzip, deflate and HTTP/1.0 arrive as they would without the tunnel", async () => {
  const part = await get(f().page, "/download?size=1000", { headers: { range: "bytes=10-19" } });
  assert.equal(part.status, 206);
  assert.equal(part.headers["content-range"], "bytes 10-19/1000");
  assert.match((await get(f().page, "/gzip")).text, /unpacked/);
  assert.equal((await get(f().page, "/gzip")).headers["content-encoding"], undefined);
  assert.equal((await get(f().page, "/gzip-and-more")).text, "packed");
  assert.equal((await get(f().page, "/deflate")).text, "inflated");
  assert.equal((await get(f().page, "/http10")).text, "until the connection closes");
  assert.equal((await get(f().page, "/continue")).text, "the answer");
});

test("a download keeps its name and every byte", async () => {
  const page = await f().browser.tab();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.goto(`${f().origin}/download?size=30000001&name=log.bin`).catch(() => undefined),
  ]);
  assert.equal(download.suggestedFilename(), "log.bin");
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(await download.path())) hash.update(chunk as Buffer);
  assert.equal(hash.digest("hex"), sha256(pattern(30_000_001)));
  await page.close();
});

test("redirects of each status lead to where the device means, in fetch and in the address", async () => {
  for (const status of [301, 302, 303, 307, 308])
    for (const to of ["path", "address", "name"]) {
      const answer = await get(f().page, `/redirect/${status}?to=${to}`);
      assert.deepEqual([status, to, answer.url], [status, to, `${f().origin}/landed?by=${to}`]);
      assert.equal(answer.redirected, true);
    }
  const page = await f().tab("/redirect/302?to=address");
  await heading(page, /landed/);
  assert.equal(page.url(), `${f().origin}/landed?by=address`);
  await page.close();
  const kept = await get(f().page, "/redirect/307", { method: "POST", body: "body" });
  assert.match(kept.text, /POST 4/);
  assert.match(
    (await get(f().page, "/redirect/303", { method: "POST", body: "body" })).text,
    /GET 0/,
  );
});

test("a redirect to another host is a page that says so, a loop is the browser's own error", async () => {
  const page = await f().tab("/redirect/302?to=other");
  await heading(page, /leads out of the tunnel/i);
  assert.match(await page.locator("body").innerText(), /192\.0\.2\.7/);
  const loop = await page.goto(`${f().origin}/redirect/302?to=loop`).then(
    () => "a page",
    (error: unknown) => String(error),
  );
  assert.match(loop, /ERR_TOO_MANY_REDIRECTS/);
  await page.close();
});

test("what the page aborts, the device notices: fetch, event stream, and a closed tab", async () => {
  const { device } = f();
  const page = await f().tab("/");
  await page.evaluate(async () => {
    const stop = new AbortController();
    const answer = await fetch("/endless", { signal: stop.signal });
    await answer.body?.getReader().read();
    stop.abort();
    const events = new EventSource("/events?every=50");
    await new Promise((done) => (events.onmessage = done));
    events.close();
    await (await fetch("/slow?count=100000")).body?.getReader().read();
  });
  await page.close();
  const gone = async (path: string) => {
    const deadline = Date.now() + 10_000;
    while (device.at(path).some(({ aborted }) => !aborted))
      if (Date.now() > deadline) assert.fail(`the device still sends ${path}`);
      else await new Promise((done) => setTimeout(done, 50));
    assert.equal(device.at(path).length, 1);
  };
  for (const path of ["/endless", "/events", "/slow"]) await gone(path);
});
