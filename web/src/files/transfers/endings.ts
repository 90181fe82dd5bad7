/** How transfers end: what the person did, and what only the connection did. */

import { cancelled } from "../../bridge/failure.ts";

/** Why a go was aborted when the person cancelled it: nothing of it is to stay. */
export const DISCARD = cancelled();

/** Failures that mean that the connection is gone, and a transfer may go on with the next. */
const GONE = new Set([
  "closed",
  "lost",
  "idle",
  "max_duration",
  "login_ended",
  "tenant_lost",
  "gateway_stopping",
  "keepalive_timeout",
  "unreachable",
]);

export function isGone(code: string): boolean {
  return GONE.has(code);
}
