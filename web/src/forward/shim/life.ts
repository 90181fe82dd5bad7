/** The lock that tells of the end of this page or worker, taken with its first websocket. */

import { holdForLife } from "../locks.ts";
import { pageLockName } from "../protocol.ts";
import type { Opener } from "./broker.ts";

/** Opens sockets under the id of this page or worker, once the lock of that id is held. */
export function openForLife(
  locks: LockManager,
  open: Opener,
): (path: string, protocols: string[], port: MessagePort) => void {
  const page = crypto.randomUUID();
  let held: Promise<void> | undefined;
  return (path, protocols, port) => {
    held ??= holdForLife(locks, pageLockName(page));
    const go = (): void => {
      open(path, protocols, page, port);
    };
    held.then(go, go); // where there are no locks the socket works, and may outlive its page
  };
}
