/**
 * A support engineer at work: a device's service measures nothing. Find its log, follow it,
 * fetch it, mend the settings in place, put a new program there, restart the service.
 */

import { strict as assert } from "node:assert";
import { chmodSync, linkSync, readFileSync, readdirSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { endAll, type Ends } from "./support/ends.ts";
import {
  choose,
  closeView,
  fetchFile,
  fileRow,
  followShows,
  goTo,
  mendLine,
  putBack,
  showFiles,
} from "./support/files-story.ts";
import { until } from "./support/forwarding.ts";
import { noFaults, run, shellOnDemoDevice } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
let browser: Partitioned;
let app: Page;
/** Where the demo device's service lies; this machine is the device. */
let service: string;
const ends: Ends = [];

before(async () => {
  world = await startWorld({ flags: ["--log-level", "info"] });
  ends.push(() => world.stop());
  service = join(world.stateDir, "demo_device");
  browser = await launchPartitioned({ acceptDownloads: true });
  ends.push(() => browser.close());
  app = await browser.tab();
  await shellOnDemoDevice(app, world);
});
after(() => endAll(ends));

test("the panel opens where the shell is, and the log is found", async () => {
  assert.match(await run(app, `cd ${service} && ./service status`), /pumpd is running/);
  const panel = await showFiles(app);
  await panel.getByRole("grid", { name: `Files in ${service}` }).waitFor();
  await fileRow(app, "log").dblclick();
  await fileRow(app, "pumpd.log").waitFor();
});

test("followed, the log says what is wrong, and goes on saying it", async () => {
  await choose(app, "pumpd.log", "Follow");
  await followShows(app, "error", 'unknown unit "Bar" in etc/pumpd.conf');
  const lines = () => app.locator("porthole-log .line").count();
  const before = await lines();
  await until("the log goes on", async () => (await lines()) > before, 20_000);
  await closeView(app);
});

test("the log is fetched as it is by then", async () => {
  const fetched = await fetchFile(app, "pumpd.log");
  assert.ok(fetched.length > 100);
  const onDevice = readFileSync(join(service, "log/pumpd.log"));
  assert.ok(onDevice.subarray(0, fetched.length).equals(fetched), fetched.toString());
});

test("the settings are mended in place; the file keeps its mode", async () => {
  chmodSync(join(service, "etc/pumpd.conf"), 0o640);
  await goTo(app, join(service, "etc"));
  await choose(app, "pumpd.conf", "Edit");
  await mendLine(app, "unit=Bar", "unit=bar");
  await closeView(app);
  const settings = readFileSync(join(service, "etc/pumpd.conf"), "utf8");
  assert.match(settings, /^unit=bar$/m);
  assert.match(settings, /^interval=1$/m, "the rest of the file is as it was");
  assert.equal(statSync(join(service, "etc/pumpd.conf")).mode & 0o777, 0o640);
});

test("settings that have two names keep both, and the editor says so", async () => {
  const [conf, other] = [join(service, "etc/pumpd.conf"), join(service, "log/same.conf")];
  linkSync(conf, other);
  await choose(app, "pumpd.conf", "Edit");
  await mendLine(app, "# bar or kPa.", "# bar, not Bar.");
  await app
    .locator("porthole-file-editor")
    .getByText(/pumpd\.conf.* has 2 names on the device.*in place/)
    .waitFor();
  await closeView(app);
  assert.match(readFileSync(other, "utf8"), /^# bar, not Bar\.$/m);
  assert.equal(statSync(conf).ino, statSync(other).ino);
  assert.deepEqual(readdirSync(join(service, "etc")), ["pumpd.conf"], "no copy is left");
  unlinkSync(other);
});

test("the program is fetched, mended and put back; it stays a program", async () => {
  await goTo(app, join(service, "bin"));
  const program = await fetchFile(app, "pumpd");
  const mended = Buffer.from(program.toString().replace("version=1.4.2", "version=1.4.3"));
  assert.ok(!mended.equals(program));
  await putBack(app, "pumpd", mended);
  assert.ok(readFileSync(join(service, "bin/pumpd")).equals(mended));
  assert.equal(statSync(join(service, "bin/pumpd")).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(join(service, "bin")), ["pumpd"], "no part is left");
});

test("restarted in the terminal beside it, the service measures", async () => {
  assert.match(await run(app, "./service restart"), /pumpd started/);
  await goTo(app, join(service, "log"));
  await choose(app, "pumpd.log", "Follow");
  await followShows(app, "info", "version 1.4.3 started");
  await followShows(app, "info", /pressure \d\.\d bar/);
  await closeView(app);
});

test("the gateway's log tells of the transfers, and of no path", async () => {
  const reports = () =>
    world.gateway
      .output()
      .split("\n")
      .filter((line) => line.includes("event=transfer_finished"));
  await until("all are reported", () => reports().join("\n").includes("direction=upload"));
  const all = reports().join("\n");
  assert.match(all, /result=done .*direction=download|direction=download .*result=done/);
  assert.match(all, /attested_by=client/);
  assert.doesNotMatch(all, /pumpd|path=|sha256=/);
  noFaults(browser.faults);
});
