/** "Clear this page's data": what pages of this forward keep in the browser. */

import { PATHS_CACHE } from "../cookie-paths.ts";
import type { AskCookies, HeldCookie } from "../protocol.ts";

/** Removes storage, caches, databases and cookies of this origin; the service worker stays. */
export async function clearOrigin(worker: ServiceWorker, mirrored: boolean): Promise<void> {
  localStorage.clear();
  sessionStorage.clear();
  await Promise.all([
    // Where origins share one jar of cookies, none of them is of this page alone.
    mirrored ? clearCookies(worker) : undefined,
    clearCaches(),
    clearDatabases(),
  ]);
}

/**
 * The service worker knows them all, of every address below this origin; it cannot remove
 * them all, because its CookieStore takes /a for /a/.
 */
async function clearCookies(worker: ServiceWorker): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const held = await new Promise<HeldCookie[]>((resolve) => {
    port1.onmessage = (event: MessageEvent<HeldCookie[]>) => {
      resolve(event.data);
    };
    const message: AskCookies = { type: "ask-cookies", port: port2 };
    worker.postMessage(message, [port2]);
  });
  port1.close();
  for (const cookie of [...held, ...seenHere()]) expire(cookie);
}

async function clearCaches(): Promise<void> {
  // The service worker knows what it put there, and would not do so again.
  const names = (await caches.keys()).filter((name) => name !== PATHS_CACHE);
  await Promise.all(names.map((name) => caches.delete(name)));
}

async function clearDatabases(): Promise<void> {
  const databases = await indexedDB.databases();
  await Promise.all(
    databases.map(
      ({ name = "" }) =>
        new Promise<void>((resolve) => {
          const request = indexedDB.deleteDatabase(name);
          // Blocked by an open page: gone as soon as that page closes it.
          request.onsuccess =
            request.onerror =
            request.onblocked =
              () => {
                resolve();
              };
        }),
    ),
  );
}

/**
 * The rest of a document.cookie assignment says which of that name is meant; none may be left.
 * A name like __Secure-a is taken with Secure alone, a partitioned cookie is another one.
 */
function expire({ name, path, domain }: HeldCookie): void {
  const where = domain === null ? "" : `; Domain=${domain}`;
  for (const kind of ["", "; Secure", "; Secure; Partitioned"]) {
    document.cookie = `${name}=; Path=${path}${where}; Max-Age=0${kind}`;
  }
}

/** Cookies that scripts see here; in a browser whose jar is not used a page may have set some. */
function seenHere(): HeldCookie[] {
  return document.cookie
    .split("; ")
    .filter((cookie) => cookie !== "")
    .map((cookie) => ({ name: cookie.split("=", 1)[0] ?? "", path: "/", domain: null }));
}
