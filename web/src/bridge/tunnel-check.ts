/**
 * Looks at what came over a capability port. The other end is a foreign page's origin, so
 * nothing is taken on trust: whoever holds the port may send HTTP to one host:port, and
 * not crash, block or confuse the tunnel.
 */

import type { ForwardRequest } from "./bridge.d.ts";

/** Characters of a path with its query; servers take far less. */
const maxPath = 64 * 1024;
/** Header fields, and characters of all of them: as much as the gateway's own limit. */
const maxHeaders = 1000;
const maxHeaderText = 1024 * 1024;
const maxProtocols = 32;
/** document.cookie = text. */
const maxCookie = 8 * 1024;

/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Path and query as a browser encodes them: printable ASCII, no fragment. */
const pathText = /^\/[!"$-~]*$/;
/** A field value: no control characters but the tab, nothing beyond Latin-1. */
const valueText = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What would make another protocol of the connection (RFC 9110 §9.3.6 and §9.3.8). */
const forbiddenMethods = new Set(["CONNECT", "TRACE", "TRACK"]);

/** A message whose type is known and whose fields are not. */
export type Unchecked = Readonly<Record<string, unknown>>;

export function isUnchecked(value: unknown): value is Unchecked {
  return typeof value === "object" && value !== null;
}

export function isRequestID(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function isPath(value: unknown): value is string {
  return typeof value === "string" && value.length <= maxPath && pathText.test(value);
}

/** A count of bytes that is more than none. */
export function isBytes(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isMethod(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length <= 32 &&
    token.test(value) &&
    !forbiddenMethods.has(value.toUpperCase())
  );
}

function headersOf(value: unknown): [string, string][] | undefined {
  if (!Array.isArray(value) || value.length > maxHeaders) {
    return undefined;
  }
  let text = 0;
  const headers: [string, string][] = [];
  for (const pair of value as unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      return undefined;
    }
    const [name, field] = pair as unknown[];
    if (typeof name !== "string" || typeof field !== "string") {
      return undefined;
    }
    text += name.length + field.length;
    if (text > maxHeaderText || !token.test(name) || !valueText.test(field)) {
      return undefined;
    }
    headers.push([name, field]);
  }
  return headers;
}

function isCookies(value: unknown): value is string | null {
  return value === null || (typeof value === "string" && value.length <= maxHeaderText);
}

/** The id that a page gave itself. */
export function isPageID(value: unknown): value is string {
  return typeof value === "string" && value.length <= 100;
}

/** What a page wants of a websocket. */
export interface SocketWish {
  path: string;
  protocols: string[];
  cookies: string | null;
  page: string;
}

/** The request in a message, or undefined when there is anything wrong with it. */
export function requestOf(message: Unchecked): ForwardRequest | undefined {
  const { method, path, size, referrer, cookies, navigate } = message;
  const headers = headersOf(message["headers"]);
  if (
    headers === undefined ||
    !isMethod(method) ||
    !isPath(path) ||
    !Number.isSafeInteger(size) ||
    (size as number) < -1 ||
    typeof referrer !== "string" ||
    referrer.length > maxPath ||
    !isCookies(cookies) ||
    typeof navigate !== "boolean"
  ) {
    return undefined;
  }
  return { method, path, headers, size: size as number, referrer, cookies, navigate };
}

/** The websocket in a message, or undefined. */
export function socketOf(message: Unchecked): SocketWish | undefined {
  const { path, protocols, cookies, page } = message;
  if (
    !isPath(path) ||
    !isCookies(cookies) ||
    !isPageID(page) ||
    !Array.isArray(protocols) ||
    protocols.length > maxProtocols
  ) {
    return undefined;
  }
  const names: string[] = [];
  // Not by its methods: an array may come with "every" as a field of its own.
  for (const name of protocols as unknown[]) {
    if (typeof name !== "string" || !token.test(name)) {
      return undefined;
    }
    names.push(name);
  }
  return { path, protocols: names, cookies, page };
}

/** An assignment to document.cookie, or undefined. */
export function cookieOf(message: Unchecked): { text: string; path: string } | undefined {
  const { text, path } = message;
  return typeof text === "string" && text.length <= maxCookie && isPath(path)
    ? { text, path }
    : undefined;
}
