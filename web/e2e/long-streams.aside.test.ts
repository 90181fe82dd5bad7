/** P3, P4, P6 in a Chromium that nobody debugs. It takes its time: it runs beside the other tests. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import { endAll, type Ends } from "./support/ends.ts";
import { longStreams, type LongStreams } from "./support/long-streams.ts";

/** Beyond 300 s, where Chromium ends what a service worker extends by waitUntil. */
const SECONDS = 330;
const ends: Ends = [];
let found: LongStreams;

before(async () => {
  found = await longStreams(SECONDS, ends);
});
after(() => endAll(ends));

test(`P4: an event stream and a slow answer of ${SECONDS} s arrive whole`, () => {
  assert.equal(found.breaks, 0);
  assert.equal(found.events, found.last, "no event is missing");
  // The device's clock ticks late on a busy machine.
  assert.ok(found.events >= 0.9 * SECONDS, `${found.events} events in ${SECONDS} s`);
  assert.equal(found.slowEnd, `${SECONDS} the end\n`);
});

test("P3: a service worker that the browser stopped for idleness answers again", () => {
  assert.ok(found.idle.length >= 6, `only ${found.idle.length} requests`);
  assert.deepEqual([...new Set(found.idle)], [200]);
  assert.equal(found.restarted, true, "the service worker was never stopped");
});

test("P6: a device that accepts and stays silent is a 504 page", () => {
  assert.equal(found.silentStatus, 504);
  assert.match(found.silent, /no answer/i);
});
