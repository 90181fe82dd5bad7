/** The browser's own jar of cookies, where it can stand for the device's (see isTrustworthy). */

import { CookiePaths, heldCookies } from "../cookie-paths.ts";
import { cookieHeader, isTrustworthy, mirror } from "../cookies.ts";
import type { CookieJar } from "../cookies.ts";
import type { HeldCookie, TunnelCookie } from "../protocol.ts";

/** See the file's comment. What it keeps in memory may be lost at any time. */
export class BrowserJar {
  readonly #scope: ServiceWorkerGlobalScope;
  readonly #origin: string;
  readonly #wanted: boolean;
  readonly #paths: CookiePaths;
  #found: Promise<CookieJar | null> | undefined;

  /** wanted: false where origins share one jar. */
  constructor(scope: ServiceWorkerGlobalScope, origin: string, wanted: boolean) {
    this.#scope = scope;
    this.#origin = origin;
    this.#wanted = wanted;
    this.#paths = new CookiePaths(scope.caches, origin);
  }

  /** False where Go's jar alone counts. */
  async counts(): Promise<boolean> {
    return (await this.#jar()) !== null;
  }

  /** The Cookie header of what it holds for a URL; null where Go's jar alone counts. */
  async header(url: string): Promise<string | null> {
    const jar = await this.#jar();
    if (jar === null) return null;
    try {
      const cookies = await jar.getAll({ url });
      void this.#paths.add(cookies.map(({ path }) => path));
      return cookieHeader(cookies);
    } catch {
      return null; // an address of the device itself: the browser's jar has nothing for it
    }
  }

  /** Takes what an answer changed. */
  async take(cookies: readonly TunnelCookie[]): Promise<void> {
    if (cookies.length === 0) return;
    const jar = await this.#jar();
    if (jar === null) return;
    // Both before the answer: afterwards the browser may stop this service worker.
    await Promise.all([mirror(jar, cookies), this.#paths.add(cookies.map(({ path }) => path))]);
  }

  /** What it holds for this origin; nothing where Go's jar alone counts. */
  async held(): Promise<HeldCookie[]> {
    const jar = await this.#jar();
    if (jar === null) return [];
    // Pages set cookies for their own folder; of those the next request tells, if one comes.
    const pages = await this.#scope.clients.matchAll({ type: "window", includeUncontrolled: true });
    const paths = pages.map(({ url }) => new URL(url).pathname);
    return heldCookies(jar, this.#origin, [...paths, ...(await this.#paths.all())]);
  }

  /**
   * Not looked up before the first event: Chromium's CookieStore takes no cookie any more
   * when it is touched while the script of a service worker that was stopped starts again.
   */
  #jar(): Promise<CookieJar | null> {
    return (this.#found ??= this.#look());
  }

  async #look(): Promise<CookieJar | null> {
    if (!this.#wanted) return null;
    const { cookieStore } = this.#scope as { cookieStore?: CookieJar };
    const url = this.#origin + "/";
    return cookieStore !== undefined && (await isTrustworthy(cookieStore, url))
      ? cookieStore
      : null;
  }
}
