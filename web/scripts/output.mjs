// @ts-check
/**
 * Vite plugin: empties the output folder but for its .gitignore, writes manifest.json, and
 * refuses what the content security policy would block (design: script-src 'self').
 */

import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";

/** Kept when the folder is emptied: git needs it for the embed on a fresh clone. */
const keep = ".gitignore";

/**
 * @param {string} dist the output folder
 * @returns {import("vite").Plugin}
 */
export function output(dist) {
  return {
    name: "porthole:output",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        mkdirSync(dist, { recursive: true });
        for (const entry of readdirSync(dist)) {
          if (entry !== keep) {
            rmSync(path.join(dist, entry), { recursive: true });
          }
        }
        for (const file of Object.values(bundle)) {
          if (file.fileName.endsWith(".html") && file.type === "asset") {
            refuseInline(file.fileName, String(file.source));
          }
        }
        this.emitFile({
          type: "asset",
          fileName: "manifest.json",
          source: manifest(Object.keys(bundle)),
        });
      },
    },
  };
}

/**
 * @param {string} name
 * @param {string} html
 */
function refuseInline(name, html) {
  for (const [element, attributes = ""] of html.matchAll(/<script\b([^>]*)>/g)) {
    if (!/\bsrc=/.test(attributes)) {
      throw new Error(
        `${name} has an inline script, which the content security policy blocks: ${element}`,
      );
    }
  }
  const foreign = /\b(?:src|href)="(?:https?:)?\/\//.exec(html);
  if (foreign !== null) {
    throw new Error(`${name} loads from a foreign origin: ${foreign[0]}`);
  }
}

/** @param {string[]} names */
function manifest(names) {
  const files = names.filter((name) => name !== "manifest.json").sort();
  /** @param {RegExp} pattern */
  const find = (pattern) => files.find((name) => pattern.test(name)) ?? null;
  return `${JSON.stringify(
    {
      version: 1,
      page: "index.html",
      worker: find(/^assets\/worker-[^/]*\.js$/),
      wasm: find(/^assets\/porthole-[^/]*\.wasm$/),
      files,
    },
    null,
    2,
  )}\n`;
}
