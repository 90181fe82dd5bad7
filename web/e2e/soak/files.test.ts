/** `make soak`: 1 GiB there and back in the app while the connection breaks again and again. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import { endAll, type Ends } from "../support/ends.ts";
import {
  downloadWithCuts,
  mostBytes,
  startCutWorld,
  uploadWithCuts,
  type CutWorld,
} from "../support/file-cuts.ts";

const BYTES = 2 ** 30;
const CUTS = 19;

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
  test(`${way} of 1 GiB that is cut 19 times: it arrives whole, and little is sent twice`, async () => {
    const sent = await transfer(world, CUTS);
    console.log(`${way}: ${(sent / BYTES).toFixed(3)} × the file was sent`);
    assert.ok(sent <= mostBytes(BYTES, CUTS), `${(sent / BYTES).toFixed(2)} × the file was sent`);
  });
}
