// @ts-check
/** Where the build finds and puts things; every path from the environment may be relative to the shell. */

import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder web/. */
export const webDir = path.resolve(fileURLToPath(import.meta.url), "../..");
/** The repository. */
export const rootDir = path.resolve(webDir, "..");
/** Build output, embedded by package static. */
export const distDir = path.resolve(
  process.env["PORTHOLE_DIST"] ?? path.join(rootDir, "static/dist"),
);
/** Where make wasm puts the Go program. */
export const buildDir = path.join(rootDir, ".cache/build");
/** What may be thrown away at any time; git ignores it. */
export const cacheDir = path.resolve(
  process.env["PORTHOLE_CACHE"] ?? path.join(rootDir, ".cache/web"),
);
/** Path under which the gateway or the tenant serves the page, with slashes on both ends. */
export const base = process.env["PORTHOLE_BASE"] ?? "/";
