/** What transfers keep of a file besides its bytes: time and permissions, each by option. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { KeepOptions } from "../src/files/transfers/types.ts";
import { contents, localFile, World } from "./transfers-world.ts";
import { TreeWorld } from "./tree-world.ts";

const MB = 1_000_000;
const OLD = 1e12;

/** Uploads over a private file; resolves with the mode and time that it has then. */
async function replaced(size: number, options: KeepOptions): Promise<[number, number | null]> {
  const world = new World();
  world.device.file("/home/x", contents(10), { mode: 0o600, modifiedMs: 9e11 });
  const file = localFile("x", contents(size, 2), OLD);
  world.queue.upload([{ path: "x", file }], "/home", options);
  const asking = await world.reaches("asking");
  world.queue.resolve(asking.id, "overwrite", false);
  await world.reaches("done");
  assert.deepEqual(world.device.data("/home/x"), contents(size, 2));
  assert.deepEqual(world.device.names(), ["/home/x"]);
  const { mode, modifiedMs } = world.device.entry("/home/x", false);
  return [mode, modifiedMs];
}

for (const size of [100, 2 * MB]) {
  await test(`an upload of ${String(size)} bytes keeps time and permissions, each unless told`, async () => {
    assert.deepEqual(await replaced(size, {}), [0o600, OLD]);
    assert.deepEqual(await replaced(size, { keepMode: false }), [0o644, OLD]);
    const [mode, modified] = await replaced(size, { keepModified: false });
    assert.equal(mode, 0o600);
    assert.notEqual(modified, OLD);
  });
}

/** "mode year" of the one file in a zip of a private file of 2001. */
async function zipped(options: KeepOptions): Promise<string> {
  const world = new TreeWorld();
  world.device.dir("/home/d");
  world.device.file("/home/d/x", contents(10), { mode: 0o600, modifiedMs: OLD });
  const entry = world.device.entry("/home/d", false);
  await world.queue.download([{ path: "/home/d", entry }], "browser", options);
  await world.reaches("done");
  const zip = world.downloads.all.get("d.zip");
  assert.ok(zip instanceof Uint8Array);
  const dir = mkdtempSync(join(tmpdir(), "porthole-zip-"));
  try {
    writeFileSync(join(dir, "a.zip"), zip);
    const script =
      "import sys,zipfile\ni=zipfile.ZipFile(sys.argv[1]).getinfo('d/x')\nprint(oct(i.external_attr>>16&0o777), i.date_time[0])";
    const said = execFileSync("python3", ["-c", script, join(dir, "a.zip")], { encoding: "utf8" });
    return said.trim();
  } finally {
    rmSync(dir, { recursive: true });
  }
}

await test("what is in a zip keeps time and permissions, each unless told", async () => {
  const now = String(new Date().getFullYear());
  assert.equal(await zipped({}), "0o600 2001");
  assert.equal(await zipped({ keepModified: false }), `0o600 ${now}`);
  const [mode, year] = (await zipped({ keepMode: false })).split(" ");
  assert.notEqual(mode, "0o600");
  assert.equal(year, "2001");
});
