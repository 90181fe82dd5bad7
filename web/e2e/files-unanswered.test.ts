/** Without the gateway's word on limits there is no files panel, and the person is told. */

import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { launchPartitioned } from "./support/chromium-partitioned.ts";
import { endAll, type Ends } from "./support/ends.ts";
import { shellOnDemoDevice } from "./support/story.ts";
import { startWorld } from "./support/world.ts";

let app: Page;
const ends: Ends = [];

before(async () => {
  const world = await startWorld();
  ends.push(() => world.stop());
  const browser = await launchPartitioned({});
  ends.push(() => browser.close());
  app = await browser.tab();
  await shellOnDemoDevice(app, world);
});
after(() => endAll(ends));

test("a gateway that does not answer keeps the panel shut, and trying again opens it", async () => {
  await app.route("**/api/config", (route) => route.abort());
  await app.reload();
  await app.getByRole("button", { name: "Files", exact: true }).click();
  const notice = app.getByRole("alert").filter({ hasText: "what the files panel may do" });
  await notice.waitFor();
  await app.unroute("**/api/config");
  await notice.getByRole("button", { name: "Try again" }).click();
  await app.locator("porthole-files .panel").waitFor();
  await notice.waitFor({ state: "detached" });
});
