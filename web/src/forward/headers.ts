/** Headers of requests to the device, and of its answers on their way to the page. */

import { frameAncestors, patchPolicy } from "./csp.ts";
import type { CspOptions } from "./csp.ts";

export type HeaderList = [name: string, value: string][];

/** Headers of the browser that tell a device nothing it should know, or that Go makes itself. */
const unsent =
  /^(?:sec-|proxy-|(?:host|cookie|connection|content-length|upgrade-insecure-requests)$)/;

/** What a request's headers are completed from. */
export interface Surroundings {
  userAgent: string;
  languages: readonly string[];
  /** The forward's origin. */
  origin: string;
}

/**
 * Headers for the device: the browser's own but for those that are for servers of the web,
 * completed by what service workers do not get to see.
 */
export function requestHeaders(
  method: string,
  headers: Iterable<[string, string]>,
  around: Surroundings,
): HeaderList {
  const list: HeaderList = [...headers].filter(([name]) => !unsent.test(name));
  const has = (name: string): boolean => list.some(([own]) => own === name);
  if (!has("user-agent")) list.push(["user-agent", around.userAgent]);
  if (!has("accept-language") && around.languages.length > 0) {
    list.push(["accept-language", acceptLanguage(around.languages)]);
  }
  // Parts of an encoded body are of no use to whoever asked for parts of the file.
  if (!has("range")) list.push(["accept-encoding", "gzip, deflate"]);
  if (method !== "GET" && method !== "HEAD" && !has("origin")) {
    list.push(["origin", around.origin]);
  }
  return list;
}

/** de-CH, de, en → "de-CH,de;q=0.9,en;q=0.8", as browsers write it. */
function acceptLanguage(languages: readonly string[]): string {
  return languages
    .slice(0, 10)
    .map((language, i) => (i === 0 ? language : `${language};q=${(1 - i / 10).toFixed(1)}`))
    .join(",");
}

/** Not for the forward's origin: they are about the device's own, or the browser would act on them. */
const dropped: ReadonlySet<string> = new Set([
  "set-cookie",
  "set-cookie2",
  "x-frame-options",
  "strict-transport-security",
  "public-key-pins",
  "expect-ct",
  "alt-svc",
  "clear-site-data",
  "cross-origin-opener-policy",
  "cross-origin-opener-policy-report-only",
  "cross-origin-embedder-policy",
  "cross-origin-embedder-policy-report-only",
  "cross-origin-resource-policy",
  "service-worker-allowed",
  "service-worker-navigation-preload",
  "origin-agent-cluster",
  "referrer-policy",
  "report-to",
  "reporting-endpoints",
  "nel",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "trailer",
  "upgrade",
]);

/** How an answer's headers are patched. */
export interface AnswerOptions extends CspOptions {
  /** Origins that may frame the page beside itself. */
  hosts: readonly string[];
  /** The body is not as the device sent it: decoded, or with our script in it. */
  rewritten: boolean;
  /** The body was encoded and is not any more. */
  decoded: boolean;
  /** Where the redirect leads, mapped; null leaves it as it is. */
  location: string | null;
}

/** Headers of the answer that the page gets. Values that no browser takes are left out. */
export function answerHeaders(from: HeaderList, options: AnswerOptions): Headers {
  const headers = new Headers();
  for (const [name, value] of from) {
    const lower = name.toLowerCase();
    const patched = dropped.has(lower) ? null : patch(lower, value, options);
    if (patched !== null) {
      add(headers, name, patched);
    }
  }
  headers.append("content-security-policy", frameAncestors(options.hosts));
  headers.set("origin-agent-cluster", "?1");
  headers.set("referrer-policy", "same-origin");
  return headers;
}

/** The header's value for the page; null drops it. */
function patch(name: string, value: string, options: AnswerOptions): string | null {
  switch (name) {
    case "content-encoding":
      return options.decoded ? null : value;
    case "content-length":
    case "content-md5":
    case "digest":
      return options.rewritten || options.decoded ? null : value;
    case "content-security-policy":
    case "content-security-policy-report-only": {
      const policy = patchPolicy(value, options);
      return policy === "" ? null : policy;
    }
    case "location":
      return options.location ?? value;
    default:
      return value;
  }
}

/** Appends, but for what Headers refuses: then the page does without. */
function add(headers: Headers, name: string, value: string): void {
  try {
    headers.append(name, value);
  } catch {
    // no token for a name, or bytes that no header may hold
  }
}

/** A reason phrase that Response takes: HTAB, printable ASCII and Latin-1 (RFC 9112 §4). */
export function reasonPhrase(text: string): string {
  return text.replace(/[^\t\x20-\x7e\x80-\xff]/g, "").slice(0, 200);
}

/** First value of that name, "" for none. */
export function header(list: HeaderList, name: string): string {
  return list.find(([own]) => own.toLowerCase() === name)?.[1] ?? "";
}
