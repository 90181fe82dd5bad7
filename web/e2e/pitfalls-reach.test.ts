/** P2, P26: which names lead to the device's page and to the app, and which to nothing. */

import { strict as assert } from "node:assert";
import { request, type IncomingMessage } from "node:http";
import { test } from "node:test";
import { useForwarding } from "./support/forwarding.ts";

const f = useForwarding();

test("P2: a tab opened by its address shows the device's page, and its websocket works", async () => {
  const tab = await f().tab("/");
  await tab.getByRole("heading", { name: "The device", exact: true }).waitFor();
  assert.equal(await tab.evaluate("talk('/echo', 'hello')"), "hello");
  await tab.close();
});

/** GET / of the gateway under that host name, without a browser; Node knows no *.localhost. */
function under(host: string): Promise<IncomingMessage> {
  const { port } = new URL(f().world.url);
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, headers: { host: `${host}:${port}` } }, (answer) => {
      answer.resume();
      resolve(answer);
    })
      .on("error", reject)
      .end();
  });
}

test("P26: under bare localhost, another site than its forwards, there is no app", async () => {
  assert.equal((await under("porthole.localhost")).statusCode, 200);
  for (const host of [
    "localhost",
    "127.0.0.1",
    "other.porthole.localhost",
    "fwd.porthole.localhost",
  ])
    assert.equal((await under(host)).statusCode, 421, host);
});

test("an origin that the gateway never gave out shows no device", async () => {
  const page = await f().browser.tab();
  const { port } = new URL(f().world.url);
  const before = f().device.seen.length;
  await page.goto(`http://${"a".repeat(26)}.fwd.porthole.localhost:${port}/`);
  await page.getByText("Porthole").first().waitFor();
  assert.equal(f().device.seen.length, before);
  await page.close();
});
