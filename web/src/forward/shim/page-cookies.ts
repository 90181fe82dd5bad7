/** document.cookie of a page: what it assigns counts for requests through the tunnel. */

import { assignCookie } from "../cookies.ts";

/**
 * Puts a snapshot in place of the browser's jar, which other origins may share;
 * assignments are told to the tunnel, whose jar counts for requests.
 */
export function replaceCookies(
  page: Window & typeof globalThis,
  snapshot: string,
  assigned: (text: string, path: string) => void,
): void {
  let cookies = snapshot;
  Object.defineProperty(page.Document.prototype, "cookie", {
    configurable: true,
    enumerable: true,
    get: () => cookies,
    set: (value: unknown) => {
      const text = String(value);
      cookies = assignCookie(cookies, text, Date.now());
      assigned(text, page.location.pathname);
    },
  });
  // Its jar is the browser's; a page that looks for it finds the old way.
  Object.defineProperty(page, "cookieStore", { value: undefined, configurable: true });
}
