/** What a test file started, and how each of it ends. */

import { strict as assert } from "node:assert";

export type Ends = (() => Promise<void> | void)[];

/**
 * Ends all of it, the last first. One that fails is told and holds up no other: a server
 * that is left behind would keep the run alive until its time is over.
 */
export async function endAll(ends: Ends): Promise<void> {
  const faults: string[] = [];
  for (const end of ends.reverse()) {
    try {
      await end();
    } catch (error) {
      faults.push(String(error));
    }
  }
  assert.deepEqual(faults, []);
}
