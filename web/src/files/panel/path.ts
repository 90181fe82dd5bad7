/** Paths of the device: absolute, "/"-separated. A name may hold any character but "/" and NUL. */

import { byteLength } from "../paths.ts";

export { baseName, join, parent } from "../paths.ts";

/** The longest path that is taken from a person or from the terminal, in characters. */
export const MAX_PATH = 4096;

/** One step of the way to a directory. */
export interface Crumb {
  readonly name: string;
  readonly path: string;
}

/** The way to a directory, the root first. */
export function crumbs(path: string): Crumb[] {
  const way: Crumb[] = [{ name: "/", path: "/" }];
  let at = "";
  for (const name of path.split("/")) {
    if (name === "") continue;
    at += `/${name}`;
    way.push({ name, path: at });
  }
  return way;
}

/** Without "//", "." and a slash at the end; ".." is taken off by name, as a shell does. */
export function normal(path: string): string {
  const out: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name === "..") out.pop();
    else out.push(name);
  }
  return `/${out.join("/")}`;
}

/** What a person typed as a path: absolute, from "~", or from where the panel is. */
export function resolve(typed: string, directory: string, home: string): string {
  if (typed === "~" || typed.startsWith("~/")) return normal(home + typed.slice(1));
  return normal(typed.startsWith("/") ? typed : `${directory}/${typed}`);
}

/** Whether path is root, or below it. */
export function isAtOrBelow(path: string, root: string): boolean {
  return root === "/" || path === root || path.startsWith(`${root}/`);
}

/** Why a name cannot be one, as a sentence; "" when it can. */
export function nameProblem(name: string): string {
  if (name === "") return "Type a name.";
  if (name === "." || name === "..") return `“${name}” names a directory already.`;
  if (name.includes("/")) return "A name cannot contain “/”.";
  if (name.includes("\0")) return "A name cannot contain a NUL character.";
  if (byteLength(name) > 255) return "The name is longer than 255 bytes: devices take no more.";
  return "";
}

/** For a POSIX shell: one word that means exactly this path, whatever it holds. */
export function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
