/** The dedicated worker that reads and writes the person's disk: no byte of a file passes the page. */

import { DiskHost } from "./disk-host.ts";
import { sweepKept } from "./kept-folder.ts";
import type { ToDisk } from "./messages.ts";

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
/** Windows and macOS; no browser tells what a folder does. */
const caseless = /^(?:win|mac|iphone|ipad)/i.test(
  (scope.navigator as { platform?: string }).platform ?? "",
);
const host = new DiskHost((message, transfer = []) => {
  scope.postMessage(message, transfer);
}, caseless);
scope.onmessage = (event: MessageEvent<ToDisk>): void => {
  host.receive(event.data);
};
void sweepKept();
