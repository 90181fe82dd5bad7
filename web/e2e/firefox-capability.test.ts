/** P18 in Firefox, whose service workers no driver reaches: the gateway serves one that is overtaken. */

import { strict as assert } from "node:assert";
import { appendFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { FORWARD_PROTOCOL } from "../src/forward/protocol.ts";
import { ONLY_THE_LAST, answeredOf, tryPort } from "./support/capability.ts";
import { startDevice } from "./support/device/server.ts";
import { launchFirefox } from "./support/firefox.ts";
import { openInFirefox, shellInFirefox } from "./support/firefox-forwarding.ts";
import { startWorld } from "./support/world.ts";

test("P18 in Firefox: the capability port takes HTTP and websockets of one target, nothing else", async (t) => {
  const assets = mkdtempSync(join(tmpdir(), "porthole-assets-"));
  t.after(() => {
    rmSync(assets, { recursive: true, force: true });
  });
  cpSync(resolve(process.env["PORTHOLE_ROOT"] ?? "..", "static/dist"), assets, { recursive: true });
  appendFileSync(
    join(assets, "fwd/sw.js"),
    `\n${tryPort.toString()}
    addEventListener("message", ({ data, ports }) => {
      if (data.type === "try") void tryPort(data.protocol).then((replies) => ports[0].postMessage(replies));
    });\n`,
  );
  const device = await startDevice();
  t.after(() => device.close());
  const world = await startWorld({ flags: ["--assets-dir", assets] });
  t.after(() => world.stop());
  const firefox = await launchFirefox();
  t.after(() => firefox.close());
  const app = await firefox.tab();
  await shellInFirefox(app, world);
  const page = await openInFirefox(app, device.port);
  const replies = await page.evaluate(
    (protocol) =>
      new Promise<string[][]>((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => {
          done(data as string[][]);
        };
        navigator.serviceWorker.controller?.postMessage({ type: "try", protocol }, [port2]);
      }),
    FORWARD_PROTOCOL,
  );
  assert.deepEqual(answeredOf(replies), ONLY_THE_LAST, JSON.stringify(replies));
  const strange = device.seen.filter(
    ({ method, path }) => method === "CONNECT" || !path.startsWith("/"),
  );
  assert.deepEqual(strange, []);
});
