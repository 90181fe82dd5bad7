/**
 * The Web Lock that tells of a dead tunnel. A MessagePort is silent about its other end;
 * the lock of the bridge frame is free the moment that frame is gone.
 */

import { lockName, pageLockName } from "./protocol.ts";

/** Calls gone once, when nobody holds the epoch's lock any more. Returns the function that stops it. */
export function watchTunnel(locks: LockManager, epoch: string, gone: () => void): () => void {
  return watch(locks, lockName(epoch), gone);
}

/** Calls gone once, when the page or worker of that id is gone. Returns the function that stops it. */
export function watchPage(locks: LockManager, page: string, gone: () => void): () => void {
  return watch(locks, pageLockName(page), gone);
}

/** Takes a lock for as long as this page or worker lives. Resolves when it is held. */
export function holdForLife(locks: LockManager, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    locks
      .request(
        name,
        () =>
          new Promise<never>(() => {
            resolve();
          }),
      )
      .catch(reject);
  });
}

function watch(locks: LockManager, name: string, gone: () => void): () => void {
  const stop = new AbortController();
  locks
    .request(name, { mode: "shared", signal: stop.signal }, () => {
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
