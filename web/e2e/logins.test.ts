/** Ways to prove who one is to a device, and devices that are hard to agree with. */

import { strict as assert } from "node:assert";
import { createServer, type AddressInfo, type Server } from "node:net";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { launch, open, type Watched } from "./support/browser.ts";
import type { Child } from "./support/process.ts";
import {
  atDemoDevice,
  connect,
  connected,
  ending,
  givePassword,
  noFaults,
  prompt,
  run,
  trustHostKey,
} from "./support/story.ts";
import { startPeers, type Peers } from "./support/tools.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
let browser: Browser;
let peers: Peers;
let servers: Child;
let tab: Watched;
let strange: Server;

/** The first bytes of a server that knows one key exchange, which nobody else knows (RFC 4253 §7.1). */
function strangeGreeting(): Buffer {
  const list = (names: string) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(names.length);
    return Buffer.concat([head, Buffer.from(names)]);
  };
  const names = ["unheard-of-kex@example.com", "ssh-ed25519", "aes128-ctr", "aes128-ctr"];
  names.push("hmac-sha2-256", "hmac-sha2-256", "none", "none", "", "");
  const body = [Buffer.from([20]), Buffer.alloc(16), ...names.map(list), Buffer.alloc(5)];
  const payload = Buffer.concat(body);
  const padding = 16 - ((payload.length + 5) % 8);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + padding + 1);
  head.writeUInt8(padding, 4);
  return Buffer.concat([Buffer.from("SSH-2.0-strange\r\n"), head, payload, Buffer.alloc(padding)]);
}

before(async () => {
  ({ peers, child: servers } = await startPeers());
  strange = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.write(strangeGreeting());
  });
  await new Promise<void>((done) => strange.listen(0, "127.0.0.1", done));
  const { port } = strange.address() as AddressInfo;
  const ports: Record<string, number> = { ...peers.ports, strange: port };
  const address = ([name, at]: [string, number]) => [name, `127.0.0.1:${at}`] as const;
  world = await startWorld({
    configurations: Object.fromEntries(Object.entries(ports).map(address)),
  });
  browser = await launch();
});
after(async () => {
  await browser.close();
  await world.stop();
  await servers.stop();
  strange.close();
});
beforeEach(async () => {
  tab = await open(browser, world.url);
});
afterEach(async () => {
  noFaults(tab.faults);
  await tab.close();
});

const dialog = (page: Page): Locator => page.locator("wa-dialog[open]");
async function choose(page: Page, configuration: string): Promise<void> {
  const select = page.getByLabel("Configuration");
  const option = select.locator("option", { hasText: `${configuration} (` });
  await select.selectOption((await option.getAttribute("value")) ?? "");
}
const proceed = (page: Page) => page.getByRole("button", { name: "Continue" }).click();

test("no common algorithm: it says which, and old ones are allowed by a warned, remembered switch", async () => {
  const { page } = tab;
  await atDemoDevice(page, world);
  await connect(page, { configuration: "old", user: peers.user });
  const text = await ending(page);
  assert.match(text, /algorithm/i);
  assert.match(text, /diffie-hellman-group14-sha1/);
  await page.getByRole("button", { name: "Allow old algorithms…" }).click();
  const allow = page.getByLabel("Allow old algorithms");
  assert.equal(await allow.isChecked(), false, "a click on the way allowed it already");
  await page.getByText(/SHA-1 and CBC ciphers are weak/).waitFor();
  await allow.check();
  await connect(page);
  await trustHostKey(page);
  await givePassword(page, peers.password);
  await connected(page);
  assert.match(await page.locator(".state-line").innerText(), /aes128-cbc/);

  page.on("dialog", (leaving) => void leaving.accept());
  await page.reload();
  await page.getByLabel("SSH user").waitFor();
  const warning = page.getByText(/SHA-1 and CBC ciphers are weak/);
  await choose(page, "old");
  await warning.waitFor();
  assert.equal(await allow.isChecked(), true, "the switch was not remembered");
  await choose(page, "ssh");
  await warning.waitFor({ state: "detached" });
  assert.equal(await allow.isChecked(), false, "the switch is another configuration's too");
});

test("no common algorithm even with old ones: it says what the device has, and offers no switch", async () => {
  const { page } = tab;
  await atDemoDevice(page, world);
  await choose(page, "strange"); // the switch belongs to the configuration
  await page.getByLabel("Allow old algorithms").check();
  await connect(page, { user: peers.user });
  const text = await ending(page);
  assert.match(text, /unheard-of-kex@example\.com/);
  assert.equal(await page.getByRole("button", { name: "Allow old algorithms…" }).count(), 0);
});

test("an expired password is changed in the device's own dialog", async () => {
  const { page } = tab;
  await atDemoDevice(page, world);
  await connect(page, { configuration: "expired", user: peers.user });
  await trustHostKey(page);
  await page.getByLabel("Password:").fill(peers.password);
  await proceed(page);
  await page.getByText("You are required to change your password immediately").waitFor();
  await page.getByLabel("Current password:").fill(peers.password);
  await proceed(page);
  const fresh = page.getByLabel("New password:", { exact: true });
  const again = page.getByLabel("Retype new password:");
  await fresh.fill("a new one");
  await again.fill("a new one");
  assert.equal(await fresh.getAttribute("type"), "password");
  assert.equal(await again.getAttribute("type"), "password");
  await proceed(page);
  await connected(page);
});

test("a password change that is typed wrong twice starts the dialog anew", async () => {
  const { page } = tab;
  await atDemoDevice(page, world);
  await connect(page, { configuration: "expired", user: peers.user });
  await trustHostKey(page);
  await page.getByLabel("Password:").fill(peers.password);
  await proceed(page);
  await page.getByLabel("Current password:").fill(peers.password);
  await proceed(page);
  await page.getByLabel("New password:", { exact: true }).fill("one");
  await page.getByLabel("Retype new password:").fill("another");
  await proceed(page);
  const first = page.getByLabel("Password:", { exact: true });
  await first.waitFor();
  assert.equal(await first.inputValue(), "", "an earlier answer is still in the field");
});

test("several questions at once: what may be seen while it is typed is seen, the rest is not", async () => {
  const { page } = tab;
  await atDemoDevice(page, world);
  await connect(page, { configuration: "questions", user: peers.user });
  await trustHostKey(page);
  await dialog(page).getByText("Two questions").waitFor();
  await dialog(page).getByText("Both are needed.").waitFor();
  const ticket = page.getByLabel("Ticket number:");
  const code = page.getByLabel("Code:");
  assert.equal(await ticket.getAttribute("type"), "text");
  assert.equal(await code.getAttribute("type"), "password");
  await ticket.fill("4711");
  await code.fill(peers.password);
  await page.keyboard.press("Enter");
  await connected(page);
});

test("OpenSSH with keyboard-interactive only: the wrong answer, then the right one", async () => {
  const { page } = tab;
  await atDemoDevice(page, world);
  await connect(page, { configuration: "keyboard", user: peers.keyboardUser });
  await trustHostKey(page);
  const password = dialog(page).locator('input[type="password"]');
  await password.fill("wrong");
  await proceed(page);
  await page.waitForFunction(() => {
    const device = document.querySelector("porthole-device");
    return device?.shadowRoot?.querySelector<HTMLInputElement>("#answer-0")?.value === "";
  });
  await password.fill(peers.keyboardPassword);
  await proceed(page);
  await connected(page);
  await prompt(page);
  assert.match(await run(page, "echo asked and answered"), /asked and answered/);
});

test("an encrypted private key: its passphrase is asked for, also after a wrong one", async () => {
  const { page } = tab;
  await atDemoDevice(page, world);
  await connect(page, { configuration: "key", user: peers.user, credential: "Private key" });
  await trustHostKey(page);
  await dialog(page).locator("textarea").fill(peers.encryptedKey);
  await page.getByRole("button", { name: "Use this key" }).click();
  const passphrase = page.getByLabel("Passphrase", { exact: true });
  await passphrase.fill("wrong");
  await proceed(page);
  await page.getByText("That passphrase does not open the key. This is attempt 2.").waitFor();
  await passphrase.fill(peers.passphrase);
  await proceed(page);
  await connected(page);
});

test("a public key pasted by mistake is told as such, and the private one still works", async () => {
  const { page } = tab;
  await atDemoDevice(page, world);
  await connect(page, { configuration: "key", user: peers.user, credential: "Private key" });
  await trustHostKey(page);
  await dialog(page).locator("textarea").fill(peers.publicKey);
  await page.getByRole("button", { name: "Use this key" }).click();
  await dialog(page)
    .getByText(/public key/i)
    .waitFor();
  await dialog(page).locator("textarea").fill(peers.encryptedKey);
  await page.getByRole("button", { name: "Use this key" }).click();
  await page.getByLabel("Passphrase", { exact: true }).fill(peers.passphrase);
  await proceed(page);
  await connected(page);
});
