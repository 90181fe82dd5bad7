/**
 * Which forwards were open, for the reload of this tab: pages that wait for their tunnel
 * come back with the next connection. Host and port only, kept until the tab closes.
 */

import type { PortsScope } from "./bridge.ts";
import { targetName, readAddress, type Target } from "./target.ts";

/** A forward of before. */
export interface Remembered {
  readonly target: Target;
  /** It went without SSH. */
  readonly direct: boolean;
}

/** Writes them down; a browser without storage forgets them. */
export function rememberOpen(scope: PortsScope, forwards: readonly Remembered[]): void {
  if (scope.deviceId === "") return;
  const lines = forwards.map(({ target, direct }) => [targetName(target), direct]);
  try {
    if (lines.length === 0) sessionStorage.removeItem(key(scope));
    else sessionStorage.setItem(key(scope), JSON.stringify(lines));
  } catch {
    // storage is switched off
  }
}

/** Reads them; what is no target is left out. */
export function openAgain(scope: PortsScope): Remembered[] {
  let lines: unknown;
  try {
    lines = JSON.parse(sessionStorage.getItem(key(scope)) ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(lines)) return [];
  return (lines as unknown[]).flatMap((line) => {
    const [name, direct] = Array.isArray(line) ? (line as unknown[]) : [];
    const place = typeof name === "string" ? readAddress(name, "http") : "";
    return typeof place === "string" ? [] : [{ target: place.target, direct: direct === true }];
  });
}

/** Whether there are any, before the panel is loaded. */
export function hasOpen(scope: PortsScope): boolean {
  return openAgain(scope).length > 0;
}

function key({ tenant, principal, deviceId }: PortsScope): string {
  return `porthole-forwards:${[tenant, principal, deviceId].map(encodeURIComponent).join("/")}`;
}
