/** "Clear this page's data": what pages of this forward keep in the browser. */

interface PageCookie {
  name?: string;
  path?: string;
}

interface CookieStore {
  getAll(): Promise<PageCookie[]>;
  delete(cookie: { name: string; path: string }): Promise<void>;
}

/** Removes storage, caches, databases and cookies of this origin; the service worker stays. */
export async function clearOrigin(): Promise<void> {
  localStorage.clear();
  sessionStorage.clear();
  await Promise.all([
    clearCaches(),
    clearDatabases(),
    clearCookies(),
    // The gateway's Clear-Site-Data reaches what no script lists, cookies of other paths first of all.
    fetch("/.fwd/clear", { method: "POST", cache: "no-store" }).catch(() => undefined),
  ]);
}

async function clearCaches(): Promise<void> {
  const names = await caches.keys();
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

async function clearCookies(): Promise<void> {
  const store = (globalThis as { cookieStore?: CookieStore }).cookieStore;
  if (store === undefined) return;
  const cookies = await store.getAll();
  await Promise.all(
    cookies.map(({ name = "", path = "/" }) => store.delete({ name, path }).catch(() => undefined)),
  );
}
