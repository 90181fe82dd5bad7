/** The first page of a browser that has just started, asked for at once. */

import { strict as assert } from "node:assert";
import { createServer } from "node:net";
import { test } from "node:test";
import { launchPartitioned } from "./support/chromium-partitioned.ts";
import { startDevice } from "./support/device/server.ts";
import { openByAddress, showPorts } from "./support/forwarding.ts";
import { heading } from "./support/in-page.ts";
import { shellOnDemoDevice } from "./support/story.ts";
import { startWorld } from "./support/world.ts";

/** Two waits for a port and a retry would take longer. */
const SOON_MS = 5_000;

test("the first page is there soon, and no document says that it is not connected", async (t) => {
  const device = await startDevice();
  t.after(() => device.close());
  // Asked whether it is a web page it says nothing: the look for pages goes on meanwhile.
  const silent = createServer(() => undefined);
  await new Promise<void>((listens) => silent.listen(0, "127.0.0.1", listens));
  t.after(() => silent.close());
  const world = await startWorld();
  t.after(() => world.stop());
  const browser = await launchPartitioned();
  t.after(() => browser.close());
  const app = await browser.tab();
  await shellOnDemoDevice(app, world);
  const documents: string[] = [];
  browser.context.on("response", (answer) => {
    const { hostname, pathname } = new URL(answer.url());
    if (answer.request().isNavigationRequest() && hostname.includes(".fwd."))
      documents.push(`${answer.status()} ${pathname}`);
  });
  await showPorts(app);
  await app.getByText("Looking for pages").waitFor();
  const started = Date.now();
  const page = await openByAddress(app, `localhost:${device.port}`);
  await heading(page, /^The device/);
  const took = Date.now() - started;
  assert.ok(took < SOON_MS, `it took ${took} ms; ${documents.join(", ")}`);
  assert.deepEqual(
    documents.filter((one) => !one.startsWith("200 ")),
    [],
  );
  assert.ok(documents.some((one) => one === "200 /"));
});
