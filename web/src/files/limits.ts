/** What the files panel may do: the gateway's limits and those of the element together. */

import { NO_LIMITS, type FileLimits } from "../bridge/files.ts";
import type { GatewayFiles } from "../platform/types.ts";

const NOTHING: FileLimits = { ...NO_LIMITS, readOnly: true, readNothing: true };

/** Limits of the gateway; null, without one, are none. */
export function limitsOfGateway(files: GatewayFiles | null): FileLimits {
  if (files === null) return NO_LIMITS;
  if (!files.enabled) return NOTHING;
  const { readOnly, maxBytes } = files;
  return {
    ...{ readOnly, maxBytes, readNothing: false },
    readPaths: [...files.readPaths],
    writePaths: [...files.writePaths],
  };
}

/** The stricter of each: what both allow. */
export function combine(one: FileLimits, other: FileLimits): FileLimits {
  const read = both(one.readPaths, other.readPaths);
  const write = both(one.writePaths, other.writePaths);
  return {
    readOnly: one.readOnly || other.readOnly || write === null,
    maxBytes: smaller(one.maxBytes, other.maxBytes),
    readPaths: read ?? [],
    writePaths: write ?? [],
    readNothing: one.readNothing || other.readNothing || read === null,
  };
}

/**
 * Limits of an element's attributes: files-read-only, files-max-bytes (a whole number), and
 * files-read-paths and files-write-paths (absolute, comma-separated). An attribute that
 * cannot be read allows nothing: a slip must not widen what a person may do.
 */
export function limitsFromAttributes(element: Pick<Element, "getAttribute">): FileLimits {
  const bytes = element.getAttribute("files-max-bytes")?.trim() ?? "";
  const read = pathsOf(element.getAttribute("files-read-paths"));
  const write = pathsOf(element.getAttribute("files-write-paths"));
  const maxBytes = /^\d{0,15}$/.test(bytes) ? Number(bytes) : null;
  if (maxBytes === null) return NOTHING;
  const readOnly = element.getAttribute("files-read-only");
  return {
    readOnly: (readOnly !== null && readOnly !== "false") || write === null,
    maxBytes,
    readPaths: read ?? [],
    writePaths: write ?? [],
    readNothing: read === null,
  };
}

/** The paths of a list; empty: all; null: a list is given, and no path of it can be one. */
function pathsOf(list: string | null): string[] | null {
  const parts = (list ?? "").split(",").map((part) => part.trim());
  const given = parts.filter((part) => part !== "");
  const paths = given.map(clean).filter((path) => path !== null);
  return given.length > 0 && paths.length === 0 ? null : paths;
}

/** An absolute path without doubled slashes and "."; null for others, and for any with "..". */
function clean(path: string): string | null {
  const steps = path.split("/").filter((step) => step !== "" && step !== ".");
  if (!path.startsWith("/") || steps.includes("..") || path.includes("\0")) return null;
  return `/${steps.join("/")}`;
}

/** What two lists both allow; null: nothing. */
function both(one: readonly string[], other: readonly string[]): string[] | null {
  if (one.length === 0 || other.length === 0) return [...one, ...other];
  const common = [
    ...one.filter((path) => other.some((above) => isWithin(path, above))),
    ...other.filter((path) => one.some((above) => isWithin(path, above))),
  ];
  const unique = [...new Set(common)];
  return unique.length === 0 ? null : unique;
}

function isWithin(path: string, above: string): boolean {
  return path === above || path.startsWith(above === "/" ? "/" : `${above}/`);
}

/** 0 is no limit. */
function smaller(one: number, other: number): number {
  return one === 0 || other === 0 ? one + other : Math.min(one, other);
}
