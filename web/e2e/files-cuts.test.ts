/** A large file there and back while the connection breaks about every tenth of it. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import { endAll, type Ends } from "./support/ends.ts";
import {
  downloadWithCuts,
  mostBytes,
  startCutWorld,
  uploadWithCuts,
  type CutWorld,
} from "./support/file-cuts.ts";

const BYTES = 64 * 2 ** 20;
const CUTS = 9;

let world: CutWorld;
const ends: Ends = [];
before(async () => {
  world = await startCutWorld(BYTES, ends);
});
after(() => endAll(ends));

for (const [way, transfer] of [
  ["download", downloadWithCuts],
  ["upload", uploadWithCuts],
] as const) {
  test(`${way} of 64 MiB that is cut nine times: it arrives whole, and little is sent twice`, async () => {
    const sent = await transfer(world, CUTS);
    console.log(`${way}: ${(sent / BYTES).toFixed(3)} × the file was sent`);
    assert.ok(sent <= mostBytes(BYTES, CUTS), `${(sent / BYTES).toFixed(2)} × the file was sent`);
  });
}
