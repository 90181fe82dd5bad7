/** Pages over TLS with certificates of the device's own making: asked, pinned, refused when changed. */

import { strict as assert } from "node:assert";
import { createHash, X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { selfSigned, startDevice, type Device } from "./support/device/server.ts";
import { forwardRow, showPorts } from "./support/forwarding.ts";
import { heading } from "./support/in-page.ts";
import { listedPage, tabOf } from "./support/ports-story.ts";
import { atDemoDevice, DEMO_DEVICE } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

const [first, second] = [selfSigned("first"), selfSigned("second")];
let device: Device;
let world: World;
let browser: Partitioned;
let app: Page;
let page: Page;
let target: string;

before(async () => {
  device = await startDevice({ certificate: first });
  target = `https://127.0.0.1:${device.port}`;
  world = await startWorld({ configurations: { "https: gate": `127.0.0.1:${device.port}` } });
  browser = await launchPartitioned();
  app = await browser.tab();
  await atDemoDevice(app, world);
});
after(async () => {
  await browser.close();
  await world.stop();
  await device.close();
});

/** As OpenSSH names keys: SHA-256 of the public key, in base64 without padding. */
function fingerprint(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" });
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

function question(): Locator {
  return app.locator("porthole-ports wa-dialog[open]");
}

async function asked(): Promise<string> {
  const shown = question().locator('[data-test="certificate-fingerprint"]');
  await shown.waitFor({ timeout: 30_000 });
  return (await shown.innerText()).trim();
}

test("first use: the fingerprint is shown, and trusting it opens the page without a mark", async () => {
  await showPorts(app);
  const answered = async () => {
    assert.equal(await asked(), fingerprint(first.cert));
    assert.equal(device.seen.length, 0, "a request went out before the certificate was trusted");
    await question().getByRole("button", { name: "Trust this certificate" }).click();
  };
  // The driver tells of a tab once its first answer is there, which waits for ours.
  [page] = await Promise.all([tabOf(app, listedPage(app, "Ready pages", "gate")), answered()]);
  await heading(page, /The device/, 30_000);
  assert.equal(await page.evaluate("talk('/echo', 'over TLS')"), "over TLS");
  assert.equal(await forwardRow(app, target).locator(".plain-mark").count(), 0);
});

test("the trusted certificate is remembered after a reload of the app", async () => {
  app.once("dialog", (dialog) => void dialog.accept());
  await app.reload();
  await showPorts(app);
  const again = await tabOf(app, listedPage(app, "Ready pages", "gate"));
  await heading(again, /The device/, 30_000);
  assert.equal(await question().count(), 0);
  await again.close();
});

test("a changed certificate is refused, with the old fingerprint and the new", async () => {
  const { port } = device;
  await device.close();
  device = await startDevice({ certificate: second, port });
  await page.reload();
  await heading(page, /certificate/i);
  const trouble = forwardRow(app, target).locator('[data-test="forward-trouble"]');
  await trouble.waitFor({ timeout: 30_000 });
  const prints = (await trouble.locator("dd").allInnerTexts()).map((text) => text.trim());
  assert.deepEqual(prints, [fingerprint(first.cert), fingerprint(second.cert)]);
  assert.equal(device.seen.length, 0, "a request reached whoever has the new certificate");
});

test("the old certificate forgotten on purpose: the new one is asked about", async () => {
  await forwardRow(app, target)
    .getByRole("button", { name: /Forget the old certificate/ })
    .click();
  const confirm = app.locator("porthole-confirm wa-dialog[open]");
  await confirm.getByRole("textbox").fill(DEMO_DEVICE);
  await confirm.getByRole("button", { name: "Forget the old certificate" }).click();
  await confirm.waitFor({ state: "detached" });
  const reloaded = page.reload();
  assert.equal(await asked(), fingerprint(second.cert));
  await question().getByRole("button", { name: "Cancel" }).click();
  await reloaded;
  await heading(page, /certificate/i);
  const again = page.reload();
  await asked();
  await question().getByRole("button", { name: "Trust this certificate" }).click();
  await again;
  await heading(page, /The device/, 30_000);
});
