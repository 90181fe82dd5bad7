/** Names and paths of the device, as transfers make them. */

/** The longest name that devices take, in bytes. */
const MAX_NAME_BYTES = 255;

/** A name in a directory. */
export function join(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/** The directory that a path is in; "/" is in itself. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

/** The last element; "/" for the root. */
export function baseName(path: string): string {
  return path === "/" ? "/" : path.slice(path.lastIndexOf("/") + 1);
}

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
  return join(parentOf(target), name);
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

/** Bytes on the device: U+EF80 to U+EFFF stand for one each (ssh/files/fsys/names.go). */
function byteLength(text: string): number {
  return new TextEncoder().encode(text.replace(/[\uef80-\uefff]/g, "x")).length;
}
