/** What transfers left in this browser, for all devices and people: and how it is removed. */

import { downloadsScope } from "./disk/browser-downloads.ts";
import { keptBytes, removeKept } from "./disk/kept-folder.ts";
import { BrowserRecords } from "./transfers/records.ts";

/** See the head of this file. */
export interface Left {
  /** Transfers that can be gone on with, and the handles of their files. */
  readonly transfers: number;
  /** Bytes of downloads that were stored before they were saved. */
  readonly bytes: number;
  /** The service worker of /dl/ is registered. */
  readonly worker: boolean;
}

/** Looks. What this browser has no means for counts as nothing. */
export async function findLeft(): Promise<Left> {
  const [transfers, bytes, worker] = await Promise.all([
    new BrowserRecords().count().catch(() => 0),
    keptBytes().catch(() => 0),
    downloadsWorker().then((found) => found !== undefined),
  ]);
  return { transfers, bytes, worker };
}

/** Removes all of it; false when a download on its way still needs some. */
export async function removeLeft(): Promise<boolean> {
  const [removed] = await Promise.all([
    removeKept().catch(() => false),
    new BrowserRecords().clear().catch(() => undefined), // no storage, no records
    downloadsWorker().then((found) => found?.unregister()),
  ]);
  return removed;
}

async function downloadsWorker(): Promise<ServiceWorkerRegistration | undefined> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  const scope = new URL(downloadsScope(), location.href).href;
  const found = await workers?.getRegistration(scope).catch(() => undefined);
  return found?.scope === scope ? found : undefined;
}
