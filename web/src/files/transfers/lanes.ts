/** Several things at once, of each kind so many. */

import { toFailure } from "../../bridge/failure.ts";

/** Things of one kind, and how many of them run at once. */
export interface Lane<T> {
  readonly places: number;
  readonly items: readonly T[];
}

/**
 * Runs work on all items, of each lane so many at a time. After a failure none is begun, and
 * those that were are waited for; the first failure counts.
 */
export async function atOnce<T>(
  lanes: readonly Lane<T>[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const runner = async (left: Iterator<T, undefined>): Promise<void> => {
    while (failures.length === 0) {
      const next = left.next();
      if (next.done === true) return;
      try {
        await work(next.value);
      } catch (thrown) {
        failures.push(thrown);
      }
    }
  };
  const runners = lanes.flatMap(({ places, items }) => {
    const left = items.values();
    return Array.from({ length: Math.min(places, items.length) }, () => runner(left));
  });
  await Promise.all(runners);
  if (failures.length > 0) throw toFailure(failures[0]);
}
