/** The device's cookies in the browser's own jar, and where that cannot be, a snapshot of them. */

import type { TunnelCookie } from "./protocol.ts";

/**
 * What CookieStore knows of a cookie; domain is null for one of this host alone, and
 * missing in browsers that do not tell (Firefox).
 */
export interface StoredCookie {
  name?: string;
  value?: string;
  domain?: string | null;
  path?: string;
}

/** What CookieStore.set takes. */
export interface CookieInit {
  name: string;
  value: string;
  path: string;
  expires: number | null;
  sameSite: "strict" | "lax" | "none";
}

/** Its cookie is there for the moment of the trial alone. */
const TRIAL = "porthole-trial";

/**
 * Whether a browser's jar can stand for the device's cookies: it must keep what is written
 * and tell whose a cookie is, because a page of another device on this site could plant
 * cookies here. Firefox does neither over http, and never the second.
 */
export async function isTrustworthy(jar: CookieJar, url: string): Promise<boolean> {
  const trial = { name: TRIAL, value: "1", path: "/", sameSite: "strict" } as const;
  try {
    await jar.set({ ...trial, expires: null });
    const held = (await jar.getAll({ url })).find(({ name }) => name === TRIAL);
    await jar.set({ ...trial, value: "", expires: 0 });
    return held?.domain === null;
  } catch {
    return false;
  }
}

/** The part of CookieStore that is used; TypeScript's own lib has it for windows alone. */
export interface CookieJar {
  getAll(options: { url: string }): Promise<StoredCookie[]>;
  set(cookie: CookieInit): Promise<void>;
}

/**
 * A Cookie header of what the browser holds for a URL. A cookie with a domain may have been
 * set by another page of the site, and one whose domain is not told as well: it is not this
 * device's. Nor are the app's own.
 */
export function cookieHeader(cookies: readonly StoredCookie[]): string {
  return cookies
    .filter(({ domain, name = "" }) => domain === null && !name.startsWith("__Host-"))
    .map(({ name = "", value = "" }) => (name === "" ? value : `${name}=${value}`))
    .join("; ");
}

/** Writes what Set-Cookie changed into the browser's jar. What the browser refuses is left out. */
export async function mirror(jar: CookieJar, cookies: readonly TunnelCookie[]): Promise<void> {
  await Promise.all(
    cookies.map(async ({ name, value, path, expiresMs, sameSite }) => {
      try {
        // None demands Secure, which no cookie over http has; Lax is what browsers make of it.
        await jar.set({
          name,
          value,
          path,
          expires: expiresMs,
          sameSite: sameSite === "none" ? "lax" : sameSite,
        });
      } catch {
        // A name, value or size that this browser does not take: Go's jar still has it.
      }
    }),
  );
}

/** document.cookie after an assignment to it, for a page without a jar of its own (RFC 6265 §5.2). */
export function assignCookie(snapshot: string, text: string, nowMs: number): string {
  const [pair = "", ...attributes] = text.split(";");
  const { name, value } = split(pair);
  if (name === "" && value === "") return snapshot;
  const others = snapshot.split("; ").filter((item) => item !== "" && split(item).name !== name);
  const rules = attributes.map((attribute) => split(attribute, true));
  const hidden = rules.some((rule) => rule.name.toLowerCase() === "httponly");
  if (hidden) return snapshot;
  if (!isExpired(rules, nowMs)) {
    others.push(name === "" ? value : `${name}=${value}`);
  }
  return others.join("; ");
}

function isExpired(rules: readonly { name: string; value: string }[], nowMs: number): boolean {
  const last = (name: string): string | undefined =>
    rules.findLast((rule) => rule.name.toLowerCase() === name)?.value;
  const maxAge = last("max-age");
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  const expires = last("expires");
  return expires !== undefined && Date.parse(expires) <= nowMs;
}

function split(pair: string, attribute = false): { name: string; value: string } {
  const at = pair.indexOf("=");
  if (at < 0) {
    const text = pair.trim();
    return attribute ? { name: text, value: "" } : { name: "", value: text };
  }
  return { name: pair.slice(0, at).trim(), value: pair.slice(at + 1).trim() };
}
