/** P11, P12: what pages of other sites may not do to a device. */

import { strict as assert } from "node:assert";
import { test } from "node:test";
import { useForwarding } from "./support/forwarding.ts";
import { heading } from "./support/in-page.ts";
import { startSites, type Sites } from "./support/sites.ts";

let sites: Sites;
const f = useForwarding({}, async (_, ends) => {
  sites = await startSites();
  ends.push(() => sites.close());
});

/** A page of another site that sends a form to the forward as soon as it is opened. */
async function strike(headers: Record<string, string>): Promise<{ status: number; text: string }> {
  const { origin, browser } = f();
  sites.serve("evil", "/form", (_, response) => {
    response.writeHead(200, { "content-type": "text/html", ...headers }).end(
      `<form method="post" action="${origin}/posted?struck"><input name="a" value="b"></form>
         <script>document.forms[0].submit();</script>`,
    );
  });
  const tab = await browser.tab();
  const [answer] = await Promise.all([
    tab.waitForResponse((response) => response.url().includes("struck")),
    tab.goto(`${sites.origin("evil")}/form`).catch(() => undefined),
  ]);
  await tab.waitForLoadState();
  const struck = { status: answer.status(), text: await tab.locator("body").innerText() };
  await tab.close();
  return struck;
}

test("P11: a form of a foreign site is not sent to the device, with a referrer or without", async () => {
  for (const headers of [{}, { "referrer-policy": "no-referrer" }]) {
    const { status, text } = await strike(headers);
    assert.equal(status, 403);
    assert.match(text, /another site/i);
  }
  assert.equal(f().device.at("/posted").length, 0, "the device got the form");
  const own = await f().tab("/form");
  await own.getByRole("button", { name: "Send" }).click();
  await heading(own, /posted/);
  await own.close();
});

test("P12: fetch, image and frame of a foreign site reach no device", async () => {
  const { origin, browser, device } = f();
  sites.serve(
    "evil",
    "/reach",
    `<img src="${origin}/1k?image"><script src="${origin}/1k?script"></script>
     <iframe src="${origin}/1k?frame"></iframe>
     <script>fetch("${origin}/1k?fetch", { mode: "no-cors", credentials: "include" })
       .catch(() => 0).then(() => { document.title = "done"; });</script>`,
  );
  const tab = await browser.tab();
  await tab.goto(`${sites.origin("evil")}/reach`);
  await tab.waitForFunction("document.title === 'done'");
  await tab.close();
  assert.deepEqual(
    device.at("/1k").map(({ path }) => path),
    [],
  );
});
