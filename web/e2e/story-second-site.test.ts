/** Forwards on a site of their own, as production has it: a viewer tab there hosts the page. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { FrameLocator, Page } from "playwright-core";
import type { Partitioned } from "./support/chromium-partitioned.ts";
import { html } from "./support/device/pages.ts";
import type { Device } from "./support/device/server.ts";
import { endAll, type Ends } from "./support/ends.ts";
import { forwardIs, openByAddress, showPorts, until, startShell } from "./support/forwarding.ts";
import { connectAgain } from "./support/ports-story.ts";
import type { World } from "./support/world.ts";

let device: Device;
let world: World;
let browser: Partitioned;
let app: Page;
let viewer: Page;
let target: string;
const ends: Ends = [];

before(async () => {
  const flags = ["--forward-site", "http://usercontent.localhost:0"];
  ({ device, world, browser, app } = await startShell({ flags }, ends));
  target = `http://localhost:${device.port}`;
});
after(() => endAll(ends));

/** The device's page inside the viewer tab. */
function shown(tab = viewer): FrameLocator {
  return tab.frameLocator("#page");
}

/** Runs a function of the device's page. */
async function talk(message: string, tab = viewer): Promise<unknown> {
  return shown(tab)
    .locator("html")
    .evaluate((_, text) => {
      const page = window as unknown as { talk(path: string, text: string): Promise<unknown> };
      return page.talk("/echo", text);
    }, message);
}

test("a viewer tab on the second site shows the page, and its websocket works", async () => {
  viewer = await openByAddress(app, `localhost:${device.port}`);
  await viewer.waitForURL(/\.?usercontent\.localhost/);
  await shown()
    .getByRole("heading", { name: "The device", exact: true })
    .waitFor({ timeout: 30_000 });
  assert.equal(await talk("on a site of its own"), "on a site of its own");
  assert.match(await viewer.title(), /Demo device · localhost:\d+/);
  const asked = device.at("/").filter(({ headers }) => headers["user-agent"] !== "Porthole");
  assert.equal(asked.length, 1, "the page loads once; only the look for pages asks besides");
});

test("the page's own tab works too, as long as the viewer is there", async () => {
  const [own] = await Promise.all([
    app.context().waitForEvent("page"),
    viewer.getByRole("link", { name: "Open in a tab of its own" }).click(),
  ]);
  await own.getByRole("heading", { name: "The device", exact: true }).waitFor({ timeout: 30_000 });
  assert.equal(await own.evaluate("talk('/echo', 'alone')"), "alone");
  assert.equal(await own.evaluate("window.opener"), null);
  await own.close();
});

test("the device's page reaches neither the viewer's opener nor the app", async () => {
  const reach = await shown()
    .locator("html")
    .evaluate(() => {
      const tries: Record<string, () => unknown> = {
        parent: () => parent.document.title,
        top: () => top?.document.title,
        opener: () => (top?.opener as Window | null)?.document.title,
      };
      return Object.entries(tries).map(([name, attempt]) => {
        try {
          return `${name}: ${String(attempt())}`;
        } catch (error) {
          return `${name}: ${(error as Error).name}`;
        }
      });
    });
  for (const outcome of reach) assert.match(outcome, /SecurityError/);
});

test("P28: cookies that the page tosses at its parent domains never reach the app", async () => {
  device.serve({
    "/toss-all": ({ response }) =>
      response.writeHead(200, { "content-type": "text/html" }).end(
        html(`<script>
          const labels = location.hostname.split(".");
          for (let from = 0; from < labels.length; from++)
            for (let i = 0; i < 400; i++)
              document.cookie = "tossed" + from + "x" + i + "=1; path=/; domain=" + labels.slice(from).join(".");
          for (const name of ["porthole", "__Host-porthole"])
            document.cookie = name + "=stolen; path=/; domain=porthole.localhost";
          document.title = "tossed";
        </script>`),
      ),
  });
  const { origin } = new URL(
    await shown()
      .locator("html")
      .evaluate(() => location.href),
  );
  const tab = await browser.tab();
  await tab.goto(`${origin}/toss-all`);
  await tab.waitForFunction("document.title === 'tossed'");
  const cookies = await app.context().cookies(world.url);
  assert.deepEqual(
    cookies.map(({ name }) => name).filter((name) => name !== "__Host-porthole"),
    [],
  );
  const second = await browser.tab();
  await second.goto(world.url);
  await second.getByRole("list", { name: "Devices" }).waitFor();
  await second.close();
  await tab.close();
});

test("a request with the app's login cannot be made from there at all", async () => {
  const before = await app.evaluate(() => document.querySelectorAll("porthole-device").length);
  const outcome = await shown()
    .locator("html")
    .evaluate(
      (_, url) =>
        fetch(`${url}/api/forwards`, { method: "POST", credentials: "include", body: "{}" }).then(
          ({ status }) => String(status),
          (error: unknown) => (error as Error).name,
        ),
      world.url,
    );
  assert.match(outcome, /TypeError|403/);
  assert.equal(before, 1);
});

test("the app is reloaded and connected again: the viewer tab's page comes back by itself", async () => {
  app.once("dialog", (dialog) => void dialog.accept());
  await app.reload();
  await viewer.locator("#state:not([hidden])").waitFor({ timeout: 30_000 });
  await connectAgain(app, world);
  await forwardIs(app, target, "open");
  await viewer.locator("#state[hidden]").waitFor({ state: "attached", timeout: 30_000 });
  await until("the page talks again", async () => (await talk("again")) === "again", 20_000);
});

test("the forward is closed: the viewer tab says so", async () => {
  await showPorts(app);
  await app
    .locator(`porthole-ports li[data-target="${target}"]`)
    .getByRole("button", { name: /^Close/ })
    .click();
  await viewer.locator("#state:not([hidden])").waitFor({ timeout: 30_000 });
  assert.deepEqual(browser.faults, []);
});
