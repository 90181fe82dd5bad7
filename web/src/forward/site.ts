/** What the gateway wrote in front of this script. */

import type { ForwardSite } from "./protocol.ts";

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** The site of this script; empty where the gateway wrote none, so that nobody is trusted. */
export function site(): ForwardSite {
  const written = (globalThis as { portholeForward?: unknown }).portholeForward;
  if (typeof written !== "object" || written === null) {
    return { apps: [], viewer: "", mirror: false };
  }
  const { apps, viewer, mirror } = written as Record<keyof ForwardSite, unknown>;
  return {
    apps: texts(apps),
    viewer: typeof viewer === "string" ? viewer : "",
    mirror: mirror === true,
  };
}

/** Origins whose pages may frame the forward's pages and hand in ports. */
export function hosts(of: ForwardSite): string[] {
  return of.viewer === "" ? of.apps : [...of.apps, of.viewer];
}
