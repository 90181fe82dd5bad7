/** Frames of a device's page that browsers give no service worker: they say why they stay empty. */

import { strict as assert } from "node:assert";
import { test } from "node:test";
import { useForwarding } from "./support/forwarding.ts";
import { html } from "./support/device/pages.ts";

const f = useForwarding({}, ({ device }) => {
  const frame = (sandbox: string) => html(`<iframe sandbox="${sandbox}" src="/"></iframe>`);
  for (const [path, sandbox] of Object.entries({
    "/no-scripts": "",
    "/scripts": "allow-scripts",
    "/same-origin": "allow-scripts allow-same-origin",
  })) {
    device.serve({
      [path]: ({ response }) =>
        response.writeHead(200, { "content-type": "text/html" }).end(frame(sandbox)),
    });
  }
  return Promise.resolve();
});

for (const path of ["/no-scripts", "/scripts"]) {
  test(`a sandboxed frame of ${path} says why it cannot show the page, and what to do`, async () => {
    const page = await f().tab(path);
    const said = page.frameLocator("iframe").getByText("It cannot be shown here");
    await said.waitFor();
    assert.match(await said.innerText(), /sandboxed frame.*Open the page in a tab of its own/s);
    await page.close();
  });
}

test("a sandboxed frame with allow-same-origin shows the page", async () => {
  const page = await f().tab("/same-origin");
  await page
    .frameLocator("iframe")
    .getByRole("heading", { name: "The device", exact: true })
    .waitFor();
  await page.close();
});
