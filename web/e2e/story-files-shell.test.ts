/** The same support engineer on a device with dropbear and no SFTP server: shell tools do it. */

import { strict as assert } from "node:assert";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { endAll, type Ends } from "./support/ends.ts";
import {
  choose,
  closeView,
  fetchFile,
  followShows,
  goTo,
  mendLine,
  putBack,
  showFiles,
} from "./support/files-story.ts";
import { start } from "./support/process.ts";
import {
  atDemoDevice,
  connect,
  connected,
  givePassword,
  noFaults,
  prompt,
  run,
  trustHostKey,
} from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

const root = resolve(process.env["PORTHOLE_ROOT"] ?? "..");
let world: World;
let browser: Partitioned;
let app: Page;
let service: string;
const ends: Ends = [];

before(async () => {
  const dropbear = start(join(root, "bin/realpeer"), ["--server", "dropbear", "--no-sftp"]);
  ends.push(() => dropbear.stop());
  const [line] = await dropbear.match(/^\{.*\}$/m);
  const peer = JSON.parse(line) as { host: string; port: number; user: string; password: string };
  world = await startWorld({ configurations: { dropbear: `${peer.host}:${peer.port}` } });
  ends.push(() => world.stop());
  service = join(world.stateDir, "demo_device");
  browser = await launchPartitioned({ acceptDownloads: true });
  ends.push(() => browser.close());
  app = await browser.tab();
  await atDemoDevice(app, world);
  await connect(app, { configuration: "dropbear", user: peer.user });
  await trustHostKey(app);
  await givePassword(app, peer.password);
  await connected(app);
  await prompt(app);
});
after(() => endAll(ends));

test("the panel says that it works by shell tools", async () => {
  const panel = await showFiles(app);
  await panel.locator("[data-test=backend]").filter({ hasText: /shell/i }).waitFor();
});

test("the log is followed and fetched", async () => {
  await goTo(app, join(service, "log"));
  await choose(app, "pumpd.log", "Follow");
  await followShows(app, "error", 'unknown unit "Bar" in etc/pumpd.conf');
  await closeView(app);
  const fetched = await fetchFile(app, "pumpd.log");
  const onDevice = readFileSync(join(service, "log/pumpd.log"));
  assert.ok(fetched.length > 100 && onDevice.subarray(0, fetched.length).equals(fetched));
});

test("the settings are mended, the program is put back, and the service measures", async () => {
  await goTo(app, join(service, "etc"));
  await choose(app, "pumpd.conf", "Edit");
  await mendLine(app, "unit=Bar", "unit=bar");
  await closeView(app);
  assert.match(readFileSync(join(service, "etc/pumpd.conf"), "utf8"), /^unit=bar$/m);
  await goTo(app, join(service, "bin"));
  const program = await fetchFile(app, "pumpd");
  const mended = Buffer.from(program.toString().replace("version=1.4.2", "version=1.4.3"));
  await putBack(app, "pumpd", mended);
  assert.ok(readFileSync(join(service, "bin/pumpd")).equals(mended));
  assert.equal(statSync(join(service, "bin/pumpd")).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(join(service, "bin")), ["pumpd"], "no part is left");
  assert.match(await run(app, `${service}/service restart`), /pumpd started/);
  await goTo(app, join(service, "log"));
  await choose(app, "pumpd.log", "Follow");
  await followShows(app, "info", /pressure \d\.\d bar/);
  noFaults(browser.faults);
});
