/**
 * Who may send the device a form. A page of any site can make the browser post one to the
 * forward's origin, where the service worker would serve it with the device's cookies.
 */

/** What the service worker sees of a navigation. */
export interface Navigation {
  method: string;
  /** The Origin header; null where the browser hides it from service workers (Firefox). */
  origin: string | null;
  /** Request.referrer: a URL, "" or "about:client". */
  referrer: string;
}

/**
 * Whether a navigation may reach the device: reading may, anything else must come from a
 * page of the forward itself. Answers carry Referrer-Policy: same-origin so that its own
 * forms always have a referrer.
 */
export function mayNavigate(navigation: Navigation, own: string): boolean {
  if (navigation.method === "GET" || navigation.method === "HEAD") return true;
  if (navigation.origin !== null) return navigation.origin === own;
  return originOf(navigation.referrer) === own;
}

/** The referrer that the device may see: that of its own pages. */
export function ownReferrer(referrer: string, own: string): string {
  return originOf(referrer) === own ? referrer : "";
}

function originOf(url: string): string {
  try {
    return new URL(url).origin;
  } catch {
    return "";
  }
}
