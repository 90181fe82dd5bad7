/** The link to a page of a device: /devices/{id}/ports/{host:port}/path, https: before the host. */

import { hostPort, readAddress, type Place, type Target } from "./target.ts";

/** What such a link says; a sentence where it says nothing sensible. */
export type PortsLink = Place | { readonly problem: string };

/** The longest part of a broken link that is shown again. */
const MAX_SHOWN = 60;

/** The longest path that is opened, in characters: what servers commonly take. */
const MAX_PATH = 8000;

/**
 * Reads what follows "/ports/" in the address. Nothing of it is trusted: anyone can hand
 * out a link.
 */
export function readLink(pathname: string, search: string, hash: string): PortsLink {
  const slash = pathname.indexOf("/");
  const encoded = slash < 0 ? pathname : pathname.slice(0, slash);
  const path = `${slash < 0 ? "/" : pathname.slice(slash)}${search}${hash}`;
  const where = decoded(encoded);
  const parts = /^(?:(https?):)?(?!\/)(.+)$/.exec(where);
  const address = parts?.[2] ?? "";
  const scheme = parts?.[1] === "https" ? "https" : "http";
  const place = readAddress(address.includes("/") ? "" : address, scheme);
  if (typeof place === "string" || place.path !== "/" || /[?#@]/.test(address)) {
    return { problem: `This link names no page of the device: “${shown(where)}” is no host:port.` };
  }
  if (path.length > MAX_PATH) {
    return { problem: "This link is too long: no device takes a path of that length." };
  }
  return { target: place.target, path };
}

/** The path of a link to a page, for the address bar and to be handed on. */
export function linkPath(deviceId: string, target: Target, path: string): string {
  const prefix = target.scheme === "https" ? "https:" : "";
  return `/devices/${encodeURIComponent(deviceId)}/ports/${prefix}${hostPort(target)}${path}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function shown(text: string): string {
  const clean = text.replace(/\p{C}+/gu, "�");
  return clean.length > MAX_SHOWN ? `${clean.slice(0, MAX_SHOWN)}…` : clean;
}
