/** `make soak`: streams through a forward for as long as a person watches a dashboard. */

import { strict as assert } from "node:assert";
import { after, test } from "node:test";
import { endAll, type Ends } from "../support/ends.ts";
import { longStreams } from "../support/long-streams.ts";

const minutes = Number(process.env["SOAK_MINUTES"] ?? 15);
const ends: Ends = [];
after(() => endAll(ends));

test(`streams of ${minutes} minutes arrive whole, and an idle forward answers`, async () => {
  const found = await longStreams(minutes * 60, ends);
  assert.equal(found.breaks, 0);
  assert.ok(found.events >= minutes * 60 - 10, `${found.events} events`);
  assert.equal(found.slowEnd, `${minutes * 60} the end\n`);
  assert.deepEqual([...new Set(found.idle)], [200]);
});
