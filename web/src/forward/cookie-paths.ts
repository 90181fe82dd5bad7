/**
 * Paths for which there are cookies: browsers list cookies of one address at a time, so
 * whoever clears them must know where to look. Kept in a cache of the forward's origin.
 */

import type { CookieJar } from "./cookies.ts";
import type { HeldCookie } from "./protocol.ts";

/** So many are remembered, the latest: browsers keep fewer cookies of one site. */
const MOST_PATHS = 200;

/** Name of that cache. */
export const PATHS_CACHE = "porthole-cookie-paths";

/** Remembers paths of cookies; those seen lately cost nothing. */
export class CookiePaths {
  readonly #caches: CacheStorage;
  readonly #origin: string;
  readonly #known = new Set<string>();

  constructor(caches: CacheStorage, origin: string) {
    this.#caches = caches;
    this.#origin = origin;
  }

  async add(paths: Iterable<string | undefined>): Promise<void> {
    const fresh: string[] = [];
    for (const path of paths) {
      if (path === undefined || path === "/" || this.#known.has(path)) continue;
      this.#known.add(path);
      fresh.push(path);
    }
    if (fresh.length === 0) return;
    for (const path of [...this.#known].slice(0, -MOST_PATHS)) this.#known.delete(path);
    try {
      await this.#keep(fresh.slice(-MOST_PATHS));
    } catch {
      for (const path of fresh) this.#known.delete(path); // no room: tried again next time
    }
  }

  /** The paths that were remembered, by this service worker and those before it. */
  async all(): Promise<string[]> {
    const cache = await this.#caches.open(PATHS_CACHE);
    return (await cache.keys()).map(({ url }) => new URL(url).pathname);
  }

  async #keep(paths: readonly string[]): Promise<void> {
    const cache = await this.#caches.open(PATHS_CACHE);
    // With the origin in front, because "//x" alone would be another host.
    await Promise.all(paths.map((path) => cache.put(this.#origin + path, new Response(""))));
    const kept = await cache.keys();
    await Promise.all(kept.slice(0, -MOST_PATHS).map((oldest) => cache.delete(oldest)));
  }
}

/**
 * What the browser holds for an origin at these paths and in the folders above them. Not
 * what belongs to the whole site: another page may have set it.
 */
export async function heldCookies(
  jar: CookieJar,
  origin: string,
  paths: readonly string[],
): Promise<HeldCookie[]> {
  const held = new Map<string, HeldCookie>();
  const { hostname } = new URL(origin);
  // An address /a/ has the cookies of /a and of /a/; the browser's store keeps either (RFC 6265 §5.1.4).
  const folders = new Set(["/", ...paths.map((path) => path.replace(/\/*$/, "/"))]);
  await Promise.all(
    [...folders].map(async (folder) => {
      for (const { name = "", path = folder, domain } of await jar.getAll({
        url: origin + folder,
      })) {
        if (domain === null || domain === hostname) {
          held.set(JSON.stringify([name, path, domain]), { name, path, domain });
        }
      }
    }),
  );
  return [...held.values()];
}
