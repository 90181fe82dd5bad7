/**
 * The Web Lock that tells of a dead tunnel. A MessagePort is silent about its other end;
 * the lock of the bridge frame is free the moment that frame is gone.
 */

import { lockName } from "./protocol.ts";

/** Calls gone once, when nobody holds the epoch's lock any more. Returns the function that stops it. */
export function watchTunnel(locks: LockManager, epoch: string, gone: () => void): () => void {
  const stop = new AbortController();
  locks
    .request(lockName(epoch), { mode: "shared", signal: stop.signal }, () => {
      if (!stop.signal.aborted) {
        gone();
      }
    })
    .catch(() => {
      // Stopped, or this document is going away: nobody waits for the news any more.
    });
  return () => {
    stop.abort();
  };
}
