/** What to do about a name that is taken on the device. */

import { BridgeFailure } from "../../bridge/failure.ts";
import type { FileEntry } from "../../bridge/files.ts";
import { newerProblem } from "../disk/newer.ts";
import { baseName, join, numbered, parentOf } from "./names.ts";
import type { FileFacts } from "./types.ts";
import { statOrNull } from "./verify.ts";
import type { Env } from "./work.ts";

/** Names are tried up to "name (999)". */
const MOST_NAMES = 1000;
/** Where an upload ends up. */
export interface Place {
  readonly path: string;
  /** What may be replaced there; null: nothing. */
  readonly replaced: FileEntry | null;
}

/** What stays as it is, and why. */
export class Skipped {
  readonly note: string;

  constructor(note: string) {
    this.note = note;
  }
}

/** Asks, or follows the rule of the batch. */
export async function settle(
  env: Env,
  label: string,
  target: string,
  source: FileFacts,
): Promise<Place | Skipped> {
  const found = await statOrNull(env.files, target, false);
  if (found === null) return { path: target, replaced: null };
  const { path, entry } = await behindLink(env, target, found);
  const rule = await env.ask(label, entry, source);
  switch (rule) {
    case "skip":
      return new Skipped("Skipped: it is there already.");
    case "rename":
      return { path: await freePath(env, target), replaced: null };
    case "newer": {
      const why = newerProblem(source, entry, Date.now());
      return why === "" ? replacing(path, entry) : new Skipped(why);
    }
    case "overwrite":
      return replacing(path, entry);
  }
}

function replacing(path: string, entry: FileEntry): Place {
  if (entry.type === "dir") {
    throw new BridgeFailure(
      "is_directory",
      `“${baseName(path)}” is a folder there: a file cannot replace it. Rename one of them.`,
    );
  }
  if (entry.type !== "file" && entry.type !== "link" && entry.type !== "unknown") {
    throw new BridgeFailure(
      "special_file",
      `“${baseName(path)}” is no ordinary file there (a device node, socket or pipe), so it is not replaced.`,
    );
  }
  return { path, replaced: entry };
}

/** A link to a file stays a link: what it leads to is replaced. */
async function behindLink(
  env: Env,
  target: string,
  found: FileEntry,
): Promise<{ path: string; entry: FileEntry }> {
  if (found.type !== "link") return { path: target, entry: found };
  const led = await statOrNull(env.files, target, true).catch(() => null);
  if (led?.type !== "file") return { path: target, entry: found };
  return { path: await env.files.realPath(target), entry: led };
}

async function freePath(env: Env, target: string): Promise<string> {
  for (let n = 2; n < MOST_NAMES; n++) {
    env.signal.throwIfAborted();
    const path = join(parentOf(target), numbered(baseName(target), n));
    if ((await statOrNull(env.files, path, false)) === null) return path;
  }
  throw new BridgeFailure(
    "exists",
    `There are too many files named like “${baseName(target)}”. Choose another name.`,
  );
}
