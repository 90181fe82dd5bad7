/** What goes wrong between the page and the device: each has a sentence, soon, and nothing hangs. */

import { strict as assert } from "node:assert";
import { createServer, type Server, type Socket } from "node:net";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser } from "playwright-core";
import { launch, open, type Watched } from "./support/browser.ts";
import {
  atDemoDevice,
  connect,
  connected,
  ending,
  givePassword,
  noFaults,
  openDevice,
  run,
  shellOnDemoDevice,
  signInByLink,
  trustHostKey,
  type,
} from "./support/story.ts";
import { freePort, startWorld, type World } from "./support/world.ts";

let world: World;
let browser: Browser;
let tab: Watched;
const servers: Server[] = [];

/** A TCP server on loopback; each test that needs a strange peer has one. */
async function listen(serve: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    serve(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  return `127.0.0.1:${address.port}`;
}

before(async () => {
  world = await startWorld({
    configurations: {
      closed: `127.0.0.1:${await freePort()}`,
      webpage: await listen((s) => s.end("HTTP/1.1 400 Bad Request\r\n\r\nthis is a web server")),
      garbage: await listen((s) => s.end(Buffer.alloc(4096, 7))),
      silent: await listen(() => undefined),
    },
  });
  browser = await launch();
});
after(async () => {
  await browser.close();
  await world.stop();
  for (const server of servers) server.close();
});
beforeEach(async () => {
  tab = await open(browser, world.url);
});
afterEach(async () => {
  noFaults(tab.faults);
  await tab.close();
});

test("a wrong password is asked for again, up to the server's limit", async () => {
  const { page } = tab;
  await atDemoDevice(page, world);
  await connect(page, { configuration: "ssh", user: world.user });
  await trustHostKey(page);
  await givePassword(page, "wrong");
  await page.getByText("This is attempt 2.").waitFor();
  await givePassword(page, world.password);
  await connected(page);
  await page.getByRole("button", { name: "Disconnect" }).click();
  await ending(page);
  await page.keyboard.press("Enter");
  for (let attempt = 1; attempt <= 20; attempt++) {
    const ended = page.locator('[data-test="ending"]');
    const field = page.getByLabel("Password", { exact: true });
    await ended.or(field).first().waitFor();
    if (await ended.isVisible()) break;
    await givePassword(page, `wrong-${attempt}`);
    await page
      .getByText(`This is attempt ${attempt + 1}.`)
      .or(ended)
      .first()
      .waitFor();
  }
  assert.match(await ending(page), /password|credential|accept/i);
});

test("an unknown SSH user is not told apart from a wrong password", async () => {
  const { page } = tab;
  await atDemoDevice(page, world);
  await connect(page, { configuration: "ssh", user: "nobody-here" });
  await trustHostKey(page);
  await givePassword(page, world.password);
  await page.getByText("This is attempt 2.").waitFor();
});

test('an offline device: "last seen" within two seconds, and Cancel', async () => {
  const { page } = tab;
  await signInByLink(page, await world.newLink());
  await openDevice(page, "demo-offline");
  await connect(page, { user: "root" });
  await page
    .locator('[data-test="last-seen"]', { hasText: /last seen/i })
    .waitFor({ timeout: 2_000 });
  await page.locator('[data-test="cancel"]').click();
  await ending(page, 2_000);
});

test("a port that is closed on the device: its failure reason within two seconds", async () => {
  const { page } = tab;
  await atDemoDevice(page, world);
  await connect(page, { configuration: "closed", user: "root" });
  assert.match(await ending(page, 2_500), /refused/i);
});

for (const [name, pattern] of [
  ["webpage", /not.*SSH|SSH.*not/i],
  ["garbage", /not.*SSH|SSH.*not/i],
] as const)
  test(`something that is not SSH on that port: ${name}`, async () => {
    const { page } = tab;
    await atDemoDevice(page, world);
    await connect(page, { configuration: name, user: "root" });
    const text = await ending(page);
    assert.match(text, pattern);
    if (name === "webpage") assert.match(text, /HTTP\/1\.1 400/);
  });

test("a port that accepts and stays silent can be cancelled", async () => {
  const { page } = tab;
  await atDemoDevice(page, world);
  await connect(page, { configuration: "silent", user: "root" });
  await page.locator('[data-phase="waiting"]').waitFor();
  await page.locator('[data-test="cancel"]').click();
  await ending(page, 2_000);
});

test("a device unknown to the tenant", async () => {
  const { page } = tab;
  await signInByLink(page, await world.newLink());
  await page.goto(`${world.url}/devices/987654321`);
  const problem = page.locator('[data-test="problem"]');
  await problem.waitFor();
  assert.match(await problem.innerText(), /device/i);
});

test("the gateway stops while connected: it says so, and keys are answered, not eaten", async () => {
  const { page } = tab;
  await shellOnDemoDevice(page, world);
  assert.match(await run(page, "echo before"), /before/);
  await world.restart();
  const text = await ending(page, 5_000);
  assert.match(text, /gateway/i);
  await type(page, "x");
  await page.getByText("keys go nowhere").waitFor();
  await page.locator("porthole-terminal").getByText("before").first().waitFor();
});

test("the gateway is killed while connected", async () => {
  const { page } = tab;
  await shellOnDemoDevice(page, world);
  world.gateway.kill("SIGKILL");
  await ending(page, 5_000);
  await world.restart();
});
