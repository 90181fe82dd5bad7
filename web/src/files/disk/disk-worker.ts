/** The dedicated worker that reads and writes the person's disk: no byte of a file passes the page. */

import { DiskHost } from "./disk-host.ts";
import type { ToDisk } from "./messages.ts";

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
const host = new DiskHost((message, transfer = []) => {
  scope.postMessage(message, transfer);
});
scope.onmessage = (event: MessageEvent<ToDisk>): void => {
  host.receive(event.data);
};
