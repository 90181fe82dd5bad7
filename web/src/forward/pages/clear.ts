/** "Clear this page's data": what pages of this forward keep in the browser. */

import { PATHS_CACHE, cookiePaths, folders } from "../cookie-paths.ts";

/** Removes storage, caches, databases and cookies of this origin; the service worker stays. */
export async function clearOrigin(mirrored: boolean): Promise<void> {
  // Where origins share one jar of cookies, none of them is of this page alone.
  if (mirrored) clearCookies(await cookiePaths(caches));
  localStorage.clear();
  sessionStorage.clear();
  await Promise.all([clearCaches(), clearDatabases()]);
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

/** All cookies that scripts see at an address, set for it or for any folder above. */
function clearCookies(paths: readonly string[]): void {
  const { href: here, origin } = location;
  // The browser's store keeps /a as /a/, which an address /a does not match (RFC 6265 §5.1.4).
  for (const path of ["/", ...paths.map((set) => (set.endsWith("/") ? set : `${set}/`))]) {
    history.replaceState(null, "", origin + path); // "//x" alone would be another host
    const names = document.cookie.split("; ").map((cookie) => cookie.split("=", 1)[0] ?? "");
    for (const name of names.filter((text) => text !== "")) {
      for (const folder of folders(path)) {
        document.cookie = `${name}=; Path=${folder}; Max-Age=0`;
      }
    }
  }
  history.replaceState(null, "", here);
}
