/** P2 to P7: a tab reaches the device, whatever happens to the service worker and to the app. */

import { strict as assert } from "node:assert";
import { test } from "node:test";
import { useForwarding } from "./support/forwarding.ts";

const f = useForwarding();

test("P2: a tab opened by its address shows the device's page, and its websocket works", async () => {
  const tab = await f().tab("/");
  await tab.getByRole("heading", { name: "The device" }).waitFor();
  assert.equal(await tab.evaluate("talk('/echo', 'hello')"), "hello");
  await tab.close();
});
