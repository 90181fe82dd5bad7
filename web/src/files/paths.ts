/** Paths of the device, as text. */

/** A name in a directory. The caller has checked the name. */
export function join(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/** The directory that a path is in; "/" is in itself. */
export function parent(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

/** The last element; "/" for the root. */
export function baseName(path: string): string {
  return path === "/" ? "/" : path.slice(path.lastIndexOf("/") + 1);
}

/** Bytes of a name on the device: U+EF80 to U+EFFF stand for one each (ssh/files/fsys/names.go). */
export function byteLength(name: string): number {
  return new TextEncoder().encode(name.replace(/[\uef80-\uefff]/g, "x")).length;
}
