/** What arrived against what the device has, and what is said of it. */

import { BridgeFailure } from "../../bridge/failure.ts";
import type { FileEntry } from "../../bridge/files.ts";
import { byteCount } from "../../style/format.ts";
import type { DiskEnd } from "../disk/types.ts";
import type { FileFacts } from "./types.ts";
import { deviceDigest, mismatch, plainHash } from "./verify.ts";
import type { Env, Outcome } from "./work.ts";

/** Refuses what has no end or is no file. */
export function checkKind(entry: FileEntry, name: string): void {
  if (entry.type === "dir") {
    throw new BridgeFailure("is_directory", `“${name}” is a folder by now. Reload the list.`);
  }
  if (entry.type !== "file" && entry.type !== "unknown") {
    throw new BridgeFailure(
      "special_file",
      `“${name}” is no ordinary file but a device node, socket or pipe: it has no end, so it is not downloaded.`,
    );
  }
}

/**
 * Compares. A file that changed while it was read is never simply done: either the bytes of
 * its beginning are proven to be right, or it failed.
 */
export async function compared(
  env: Env,
  path: string,
  name: string,
  { source, arrived }: { source: FileFacts; arrived: DiskEnd },
): Promise<Outcome> {
  const { bytes, digest } = arrived;
  const sha256 = plainHash(digest);
  if (source.size === 0 && bytes > 0) {
    const note = "The device makes this file while it is read: there is nothing to check it with.";
    return { verified: false, note, sha256 };
  }
  env.note("Checking what arrived.");
  const after = await env.files.stat(path, true);
  if (bytes < source.size) throw shrunk(name, source.size, Math.min(bytes, after.size));
  if (bytes > source.size) throw mismatch(name);
  const touched = after.size !== source.size || after.modifiedMs !== source.modifiedMs;
  const theirs = await deviceDigest(env, path, source.size);
  if (theirs === null) {
    if (touched) throw changedWhileRead(name);
    return { verified: false, note: "Checked by size: the device cannot hash.", sha256 };
  }
  if (theirs !== digest) throw touched ? changedWhileRead(name) : mismatch(name);
  const note =
    after.size > source.size
      ? `Verified by SHA-256. It grew while it was read: these are its first ${byteCount(bytes)}.`
      : "Verified by SHA-256.";
  return { verified: true, note, sha256 };
}

/** Whether a comparison failed because of what was compared, not because it could not be made. */
export function isWrong(code: string): boolean {
  return code === "changed" || code === "hash_mismatch";
}

/** It has less than it had. */
export function shrunk(name: string, before: number, now: number): BridgeFailure {
  return new BridgeFailure(
    "changed",
    `“${name}” became shorter while it was read: ${byteCount(before)} before, ${byteCount(now)} now. Choose Retry to fetch it as it is.`,
  );
}

/** It is not what it was when its bytes were read. */
export function changedWhileRead(name: string): BridgeFailure {
  return new BridgeFailure(
    "changed",
    `“${name}” was changed on the device while it was read. Choose Retry to fetch it as it is.`,
  );
}
