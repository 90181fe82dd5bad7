/** The tests of a large file there and back over a line that breaks: at each build, and as a soak. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import { endAll, type Ends } from "./ends.ts";
import {
  downloadWithCuts,
  mostBytes,
  startCutWorld,
  uploadWithCuts,
  type CutWorld,
} from "./file-cuts.ts";

/** size: of the file, in words. */
export function testCuts(size: string, bytes: number, cuts: number): void {
  let world: CutWorld;
  const ends: Ends = [];
  before(async () => {
    world = await startCutWorld(bytes, ends);
  });
  after(() => endAll(ends));

  for (const [way, transfer] of [
    ["download", downloadWithCuts],
    ["upload", uploadWithCuts],
  ] as const) {
    const claim = `that is cut ${String(cuts)} times: it arrives whole, and little is sent twice`;
    test(`${way} of ${size} ${claim}`, async () => {
      const sent = await transfer(world, cuts);
      const times = `${(sent / bytes).toFixed(3)} × the file was sent`;
      console.log(`${way}: ${times}`);
      assert.ok(sent <= mostBytes(bytes, cuts), times);
    });
  }
}
