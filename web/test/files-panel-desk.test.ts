/** The panel's listing and its desk, without a page. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileEntry, Files } from "../src/bridge/files.ts";
import { FilesDesk } from "../src/files/panel/desk.ts";
import { Listing, SLOW_MS, USUAL_VIEW } from "../src/files/panel/listing.ts";
import { entry, named } from "./entries.ts";
import { MemoryFiles } from "./memory-files.ts";

test("a listing: batches are one list; what fails midway is kept and told", async () => {
  const files = new MemoryFiles();
  for (let i = 0; i < 5000; i++) files.file(`/d/f${String(i)}`);
  const listing = new Listing(() => undefined);
  await listing.read(files, "/d", false);
  assert.deepEqual([listing.phase, listing.rows.length], ["done", 5000]);
  files.refuse.set("/d", "too_many");
  await listing.read(files, "/d", false);
  assert.deepEqual([listing.phase, listing.rows.length], ["failed", 5000]);
  files.refuse.set("/d", "permission_denied");
  await listing.read(files, "/d", true);
  assert.equal(listing.phase, "failed");
});

test("a long listing is in order at every look, whatever came meanwhile", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let give: (batch: FileEntry[]) => void = () => undefined;
  let end = (): void => undefined;
  const files: Pick<Files, "list"> = {
    list: (_path, batch) => {
      give = batch;
      return new Promise((resolve) => (end = resolve));
    },
  };
  const listing = new Listing(() => undefined);
  const read = listing.read(files, "/d", false);
  const shows = (...names: string[]) => {
    assert.deepEqual(named(listing.rows), names);
  };
  give([entry("c10"), entry("c9")]);
  t.mock.timers.tick(SLOW_MS);
  shows("c9", "c10");
  give([entry("b"), entry(".h"), entry("a")]);
  listing.show({ ...USUAL_VIEW, filter: "9" });
  shows("c9");
  listing.show(USUAL_VIEW);
  t.mock.timers.tick(2 * SLOW_MS);
  shows("a", "b", "c9", "c10");
  listing.show({ ...USUAL_VIEW, order: { by: "name", descending: true } });
  give([entry("d")]);
  end();
  await read;
  shows("d", "c10", "c9", "b", "a");
  assert.equal(listing.entries.length, 6);
});

test("a listing that hangs can be stopped, and one that is given up leaves no trace", async () => {
  const files = new MemoryFiles().file("/a/x").file("/b/y");
  let open = (): void => undefined;
  files.gate = new Promise((resolve) => (open = resolve));
  const listing = new Listing(() => undefined);
  const first = listing.read(files, "/a", false);
  const second = listing.read(files, "/b", false);
  open();
  await Promise.all([first, second]);
  assert.deepEqual(named(listing.rows), ["y"]);
  files.gate = new Promise(() => undefined);
  const third = listing.read(files, "/a", false);
  await new Promise((done) => setImmediate(done));
  listing.stop();
  await third;
  assert.equal(listing.phase, "stopped");
});

test("filter and hidden files decide what is shown, not what was read", async () => {
  const files = new MemoryFiles().file("/d/.a").file("/d/Bee").file("/d/c\n");
  const listing = new Listing(() => undefined);
  await listing.read(files, "/d", false);
  assert.deepEqual(named(listing.rows), ["Bee", "c\n"]);
  listing.show({ ...USUAL_VIEW, hidden: true });
  assert.equal(listing.rows.length, 3);
  listing.show({ ...USUAL_VIEW, filter: "bE" });
  assert.deepEqual(named(listing.rows), ["Bee"]);
  listing.show({ ...USUAL_VIEW, filter: "\\n" });
  assert.deepEqual(named(listing.rows), ["c\n"]);
});

/** A desk over files in memory, connected. */
async function desk(files: MemoryFiles, directory = ""): Promise<FilesDesk> {
  const made = new FilesDesk(() => undefined);
  made.terminal = { directory, type: () => undefined };
  made.setConnection({ connection: { files: () => Promise.resolve(files) }, reference: "r" });
  await settled();
  return made;
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done));
}

test("the panel begins where the terminal is, else where its shell is, else at home", async () => {
  const files = () => new MemoryFiles().folder("/osc").folder("/shell");
  assert.equal((await desk(files(), "/osc")).path, "/osc");
  const asked = files();
  asked.shell = { directory: "/shell", atPrompt: true };
  assert.equal((await desk(asked)).path, "/shell");
  const silent = files();
  silent.shell = null;
  assert.equal((await desk(silent)).path, "/home/demo");
  assert.equal((await desk(files(), "/not/there")).path, "/home/demo");
});

test("after a new connection the panel goes on where it was", async () => {
  const one = new MemoryFiles().folder("/a/b").file("/a/b/x");
  const made = await desk(one);
  await made.go("/a/b");
  made.setConnection(null);
  assert.deepEqual([made.access, made.path, named(made.rows)], ["none", "/a/b", ["x"]]);
  const two = new MemoryFiles().folder("/a/b").file("/a/b/y");
  made.setConnection({ connection: { files: () => Promise.resolve(two) }, reference: "r2" });
  await settled();
  assert.deepEqual([made.path, named(made.rows)], ["/a/b", ["y"]]);
});

test("a connection that follows another while its files open has its own opened", async () => {
  const made = await desk(new MemoryFiles());
  const never = { files: () => new Promise<Files>(() => undefined) };
  made.setConnection({ connection: never, reference: "r2" });
  assert.equal(made.access, "opening");
  const files = new MemoryFiles();
  made.setConnection({ connection: { files: () => Promise.resolve(files) }, reference: "r3" });
  await settled();
  assert.deepEqual([made.access, made.files === files], ["open", true]);
});

test("a directory that may not be read stays in the path, and says why", async () => {
  const files = new MemoryFiles().folder("/secret");
  files.refuse.set("/secret", "permission_denied");
  const made = await desk(files);
  await made.go("/secret");
  assert.equal(made.path, "/secret");
  assert.match(made.trouble?.text ?? "", /^\/secret could not be read\. /);
  await made.back();
  assert.deepEqual([made.path, made.trouble], ["/home/demo", null]);
});

test("files that end while the connection is up can be opened again", async () => {
  const files = new MemoryFiles();
  const made = await desk(files);
  files.end({ code: "file_failed", message: "sftp-server was killed." });
  await settled();
  assert.deepEqual([made.access, made.files], ["failed", null]);
  assert.match(made.trouble?.text ?? "", /sftp-server was killed/);
});
