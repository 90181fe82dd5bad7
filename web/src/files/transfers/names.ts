/** Names and paths of the device, as transfers make them. */

import { baseName, byteLength, join, parent } from "../paths.ts";

export { baseName, join, parent as parentOf };

/** The longest name that devices take, in bytes. */
const MAX_NAME_BYTES = 255;

/** Whether each element of a relative path can be a name on the device. */
export function isRelative(path: string): boolean {
  return path
    .split("/")
    .every((name) => name !== "" && name !== "." && name !== ".." && !name.includes("\0"));
}

/**
 * Where a file is gathered before it takes its name: the same source finds its part again,
 * another one of the same name has a part of its own.
 */
export async function partPath(
  target: string,
  source: { name: string; size: number; modifiedMs: number },
): Promise<string> {
  const facts = `${baseName(target)}|${String(source.size)}|${String(source.modifiedMs)}`;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(facts));
  const mark = hex(new Uint8Array(digest, 0, 4));
  const suffix = `.part-${mark}`;
  const name = shortened(baseName(target), MAX_NAME_BYTES - suffix.length) + suffix;
  return join(parent(target), name);
}

/** "name (2).ext": n counts from 2. A leading dot is no extension. */
export function numbered(name: string, n: number): string {
  const dot = name.lastIndexOf(".");
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  const suffix = ` (${String(n)})${extension}`;
  return shortened(stem, MAX_NAME_BYTES - byteLength(suffix)) + suffix;
}

/** Lower-case hex of bytes. */
export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** As much of a name's start as fits into so many bytes. */
function shortened(name: string, bytes: number): string {
  let out = "";
  let left = bytes;
  for (const char of name) {
    left -= byteLength(char);
    if (left < 0) break;
    out += char;
  }
  return out;
}
