/**
 * Which forwards were open, for the reload of this tab: pages that wait for their tunnel
 * come back with the next connection. Host and port only, kept until the tab closes.
 */

import type { PortsScope } from "./bridge.ts";
import { targetName, readAddress, type Target } from "./target.ts";

/** Writes them down; a browser without storage forgets them. */
export function rememberOpen(scope: PortsScope, targets: readonly Target[]): void {
  if (scope.deviceId === "") return;
  try {
    if (targets.length === 0) sessionStorage.removeItem(key(scope));
    else sessionStorage.setItem(key(scope), JSON.stringify(targets.map(targetName)));
  } catch {
    // storage is switched off
  }
}

/** Reads them; what is no target is left out. */
export function openAgain(scope: PortsScope): Target[] {
  let names: unknown;
  try {
    names = JSON.parse(sessionStorage.getItem(key(scope)) ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(names)) return [];
  return (names as unknown[]).flatMap((name) => {
    const place = typeof name === "string" ? readAddress(name, "http") : "";
    return typeof place === "string" ? [] : [place.target];
  });
}

/** Whether there are any, before the panel is loaded. */
export function hasOpen(scope: PortsScope): boolean {
  return openAgain(scope).length > 0;
}

function key({ tenant, principal, deviceId }: PortsScope): string {
  return `porthole-forwards:${[tenant, principal, deviceId].map(encodeURIComponent).join("/")}`;
}
