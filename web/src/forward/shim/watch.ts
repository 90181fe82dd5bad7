/** One watch of the tunnel's lock for all sockets of a page. */

import { watchTunnel } from "../locks.ts";

/** Makes the function that tells sockets of a dead tunnel; 500 sockets are one lock request. */
export function tunnelWatch(locks: LockManager): (epoch: string, gone: () => void) => () => void {
  const epochs = new Map<string, { listeners: Set<() => void>; stop: () => void }>();
  return (epoch, gone) => {
    let entry = epochs.get(epoch);
    if (entry === undefined) {
      const listeners = new Set<() => void>();
      const stop = watchTunnel(locks, epoch, () => {
        epochs.delete(epoch);
        for (const listener of [...listeners]) listener();
      });
      entry = { listeners, stop };
      epochs.set(epoch, entry);
    }
    const { listeners, stop } = entry;
    listeners.add(gone);
    return () => {
      listeners.delete(gone);
      if (listeners.size === 0 && epochs.get(epoch)?.listeners === listeners) {
        epochs.delete(epoch);
        stop();
      }
    };
  };
}
