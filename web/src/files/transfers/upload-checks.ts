/** What is asked of a file before and after it is sent, and how that is said. */

import { BridgeFailure } from "../../bridge/failure.ts";
import { byteCount } from "../../style/format.ts";
import type { Skipped } from "./conflicts.ts";
import { plainHash, readable, sameBytes, statOrNull } from "./verify.ts";
import type { Env, Outcome } from "./work.ts";

/** Up to here a file goes in one call. */
export const SMALL_BYTES = 256 * 1024;

/** Refuses what the limits do not allow, before bytes move. */
export function checkSize(env: Env, name: string, size: number): void {
  const { maxBytes } = env.limits;
  if (maxBytes === 0 || size <= maxBytes) return;
  throw new BridgeFailure(
    "too_large",
    `“${name}” has ${byteCount(size)}; the largest file that is allowed here has ${byteCount(maxBytes)}.`,
  );
}

/** All of a file that is small. */
export async function contents(file: File): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new BridgeFailure(
      "changed",
      `“${file.name}” cannot be read: it was changed or moved on your disk after you chose it. Choose it again.`,
      { cause },
    );
  }
}

/** Whether a file of the device has just these bytes. */
export async function holds(env: Env, path: string, data: Uint8Array): Promise<boolean> {
  const entry = await statOrNull(env.files, path, false);
  if (entry?.type !== "file" || entry.size !== data.length) return false;
  if (data.length === 0) return true;
  const theirs = await readable(env.files.read(path, 0, data.length));
  return theirs !== null && sameBytes(theirs, data);
}

export function checked(verified: boolean, digest: string): Outcome {
  return {
    verified,
    note: verified ? "Verified by SHA-256." : "Checked by size: the device cannot hash.",
    sha256: plainHash(digest),
  };
}

export function skipped(by: Skipped): Outcome {
  return { verified: false, note: by.note, sha256: "", skipped: true };
}
