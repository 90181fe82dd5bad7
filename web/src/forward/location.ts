/** Where a redirect of the device leads. */

import { httpOrigin, ownPath } from "./targets.ts";

export type Destination =
  /** On the forward itself: the value that Location gets. */
  | { kind: "own"; location: string }
  /** Out of the tunnel: another host, or another port of the device. */
  | { kind: "foreign"; url: URL }
  /** Not an address at all: Location stays as it is, and the browser decides. */
  | { kind: "unknown" };

/** Reads a Location header of an answer to a request for url, a page of the forward's origin. */
export function destination(
  location: string,
  url: string,
  targets: readonly string[],
): Destination {
  let to: URL;
  try {
    to = new URL(location, url);
  } catch {
    return { kind: "unknown" };
  }
  const { origin } = new URL(url);
  const path = ownPath(to, origin, targets);
  if (path !== null) return { kind: "own", location: origin + path };
  return httpOrigin(to) === "" ? { kind: "unknown" } : { kind: "foreign", url: to };
}

/** A Refresh header ("5; url=…") with its address mapped likewise. */
export function mapRefresh(value: string, url: string, targets: readonly string[]): string {
  return value.replace(
    /^([^;,]*[;,]\s*url\s*=\s*["']?)([^"']+)/i,
    (whole, before: string, to: string) => {
      const mapped = destination(to, url, targets);
      return mapped.kind === "own" ? before + mapped.location : whole;
    },
  );
}
