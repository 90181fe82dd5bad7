/** document.cookie of a page: what it assigns counts for requests through the tunnel. */

import { assignCookie } from "../cookies.ts";

/**
 * Puts a snapshot in place of the browser's jar, which other origins of this host share;
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

/**
 * Tells of assignments where the browser's jar holds the cookies: some browsers do not say
 * whose a cookie is, so that their jar cannot count for requests.
 */
export function watchCookies(
  page: Window & typeof globalThis,
  assigned: (text: string, path: string) => void,
): void {
  const { prototype } = page.Document;
  const native = Object.getOwnPropertyDescriptor(prototype, "cookie");
  if (native?.set === undefined) return;
  Object.defineProperty(prototype, "cookie", {
    ...native,
    set(this: Document, value: unknown) {
      const text = String(value);
      native.set?.call(this, text);
      assigned(text, page.location.pathname);
    },
  });
}
