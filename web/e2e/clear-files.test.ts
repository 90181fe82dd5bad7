/** "Clear" of what file transfers left in this browser: nothing of it stays, and downloads go on working. */

import { strict as assert } from "node:assert";
import { mkdtempSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./support/chromium-partitioned.ts";
import { endAll, type Ends } from "./support/ends.ts";
import { fetchFile, goTo, showFiles } from "./support/files-story.ts";
import { removeFolder } from "./support/folder.ts";
import { until } from "./support/forwarding.ts";
import { connect, connected, givePassword, noFaults, shellOnDemoDevice } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

/** Larger than what is sent before the page is reloaded. */
const LARGE = 2 ** 31;

let world: World;
let browser: Partitioned;
let app: Page;
let local: string;
const ends: Ends = [];

before(async () => {
  world = await startWorld();
  ends.push(() => world.stop());
  local = mkdtempSync(join(tmpdir(), "porthole-local-"));
  ends.push(() => removeFolder(local));
  writeFileSync(join(world.stateDir, "small.txt"), "small");
  browser = await launchPartitioned({ acceptDownloads: true });
  ends.push(() => browser.close());
  app = await browser.tab();
  app.on("dialog", (dialog) => void dialog.accept());
  await shellOnDemoDevice(app, world);
});
after(() => endAll(ends));

/** What the browser holds of the app's files. */
async function held(): Promise<{ workers: string[]; folders: string[]; records: number }> {
  return app.evaluate(async () => {
    const workers = (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope);
    const folders: string[] = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) folders.push(name);
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open("porthole-transfers");
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        reject(new Error("no database"));
      };
    });
    const records = await new Promise<number>((resolve) => {
      const request = database.transaction("transfers").objectStore("transfers").count();
      request.onsuccess = () => {
        resolve(request.result);
      };
    });
    database.close();
    return { workers, folders, records };
  });
}

function left(): Locator {
  return app.locator("porthole-files-left");
}

test("what transfers left is told before the next connection", async () => {
  const panel = await showFiles(app);
  await goTo(app, world.stateDir);
  assert.equal((await fetchFile(app, "small.txt")).toString(), "small");
  const large = join(local, "large.bin");
  writeFileSync(large, "");
  truncateSync(large, LARGE);
  await panel.locator("[data-test=file-input]").setInputFiles(large);
  await until("the upload is on its way", async () => (await held()).records === 1);
  await app.reload();
  await app.getByRole("button", { name: "Connect", exact: true }).waitFor();
  // As a tab leaves it that ended before its download did.
  await app.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle("porthole-downloads", { create: true });
    const writable = await (await folder.getFileHandle("x", { create: true })).createWritable();
    await writable.write(new Uint8Array(2_000_000));
    await writable.close();
  });
  await app.reload();
  await left().getByText("One unfinished transfer").waitFor();
  await left().getByText("2.0 MB of downloads that were not saved").waitFor();
  await left().getByText("service worker").waitFor();
});

test("cleared, none of it stays; the host keys do", async () => {
  await left().getByRole("button", { name: "Clear" }).click();
  await left().locator("wa-dialog[open]").getByRole("button", { name: "Clear" }).click();
  await left().getByText("Nothing is left.").waitFor();
  assert.deepEqual(await held(), { workers: [], folders: [], records: 0 });
  await app.getByRole("heading", { name: "Known hosts" }).waitFor();
  await app.reload();
  await app.getByRole("button", { name: "Connect", exact: true }).waitFor();
  await until(
    "nothing is told any more",
    async () => (await left().getAttribute("hidden")) !== null,
  );
});

test("the next download works, also in a page that was open when another cleared", async () => {
  await connect(app);
  await givePassword(app, world.password);
  await connected(app);
  await showFiles(app);
  assert.equal(await app.locator("[data-test=transfer]").count(), 0, "nothing is to go on with");
  await goTo(app, world.stateDir);
  assert.equal((await fetchFile(app, "small.txt")).toString(), "small");
  const other = await browser.tab();
  await other.goto(app.url());
  const theirs = other.locator("porthole-files-left");
  await theirs.getByRole("button", { name: "Clear" }).click();
  await theirs.locator("wa-dialog[open]").getByRole("button", { name: "Clear" }).click();
  await theirs.getByText("Nothing is left.").waitFor();
  await other.close();
  assert.equal((await fetchFile(app, "small.txt")).toString(), "small");
  assert.equal((await held()).workers.length, 1, "by a service worker again");
  noFaults(browser.faults);
});
