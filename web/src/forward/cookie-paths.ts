/**
 * Paths for which the device set cookies: browsers list cookies of one address at a time,
 * so whoever clears them must know where to look. Kept in a cache of the forward's origin.
 */

/** So many are remembered: browsers let a page change its address only so often. */
const MOST_PATHS = 100;

/** Name of that cache. */
export const PATHS_CACHE = "porthole-cookie-paths";

/** Every folder above a path, and the path itself: /a/b → /, /a, /a/, /a/b. */
export function folders(path: string): string[] {
  const found = new Set(["/", path]);
  for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) {
    found.add(path.slice(0, at));
    found.add(path.slice(0, at + 1));
  }
  return [...found];
}

/** Remembers paths of cookies; those seen lately cost nothing. */
export class CookiePaths {
  readonly #caches: CacheStorage;
  readonly #origin: string;
  readonly #known = new Set(["/"]);

  constructor(caches: CacheStorage, origin: string) {
    this.#caches = caches;
    this.#origin = origin;
  }

  async add(paths: Iterable<string>): Promise<void> {
    const room = MOST_PATHS - this.#known.size;
    const fresh = [...new Set(paths)].filter((path) => !this.#known.has(path)).slice(0, room);
    if (fresh.length === 0) return;
    for (const path of fresh) this.#known.add(path);
    const cache = await this.#caches.open(PATHS_CACHE);
    // With the origin in front, because "//x" alone would be another host.
    await Promise.all(fresh.map((path) => cache.put(this.#origin + path, new Response(""))));
  }
}

/** The paths that were remembered. */
export async function cookiePaths(caches: CacheStorage): Promise<string[]> {
  const cache = await caches.open(PATHS_CACHE);
  return (await cache.keys()).slice(0, MOST_PATHS).map(({ url }) => new URL(url).pathname);
}
