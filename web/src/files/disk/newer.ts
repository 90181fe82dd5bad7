/** Which of two files is newer, as far as their times tell. */

import type { FileFacts } from "./types.ts";

/** Devices keep whole seconds, some file systems two. */
export const CLOCK_GRAIN_MS = 2000;
/** A time this far ahead of ours says that a clock is wrong, not that a file is new. */
const FUTURE_MS = 5 * 60_000;

/** Why "newer only" leaves what is there; "" when the source is newer. */
export function newerProblem(source: FileFacts, there: FileFacts, now: number): string {
  if (source.modifiedMs === null || there.modifiedMs === null) {
    return "Skipped: when one of the two was changed is not known, so newer cannot be told.";
  }
  if (there.modifiedMs > now + FUTURE_MS) {
    return `Skipped: what is there has a time in the future (${new Date(there.modifiedMs).toLocaleString()}), so a clock was wrong and newer cannot be told.`;
  }
  return source.modifiedMs - there.modifiedMs >= CLOCK_GRAIN_MS
    ? ""
    : "Skipped: what is there is as new.";
}
