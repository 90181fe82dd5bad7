/** What the limits of gateway and component leave; the Go half enforces them, this says so early. */

import type { FileLimits } from "../../bridge/files.ts";
import { byteCount } from "../../style/format.ts";
import { isAtOrBelow } from "./path.ts";

/** Whether something may be written at a path. */
export function mayWrite(limits: FileLimits, path: string): boolean {
  return !limits.readOnly && isIn(limits.writePaths, path);
}

/** Whether what is at a path may be read. */
export function mayRead(limits: FileLimits, path: string): boolean {
  return !limits.readNothing && isIn(limits.readPaths, path);
}

/** Whether a file of that size may be transferred. */
export function mayTransfer(limits: FileLimits, bytes: number): boolean {
  return limits.maxBytes === 0 || bytes <= limits.maxBytes;
}

/** What is limited, in a line; "" when nothing is. */
export function limitsLine(limits: FileLimits): string {
  const parts: string[] = [];
  if (limits.readOnly) parts.push("read-only");
  else if (limits.writePaths.length > 0) parts.push(`writing only in ${list(limits.writePaths)}`);
  if (limits.readNothing) parts.push("nothing may be read");
  else if (limits.readPaths.length > 0) parts.push(`reading only in ${list(limits.readPaths)}`);
  if (limits.maxBytes > 0) parts.push(`files up to ${byteCount(limits.maxBytes)}`);
  return parts.length === 0 ? "" : `Limited here: ${parts.join(" · ")}.`;
}

function isIn(roots: readonly string[], path: string): boolean {
  return roots.length === 0 || roots.some((root) => isAtOrBelow(path, root));
}

function list(paths: readonly string[]): string {
  return paths.join(", ");
}
