/** Whether two sides have the same bytes: by hash when the device can, else by size and tail. */

import { BridgeFailure, toFailure } from "../../bridge/failure.ts";
import type { FileEntry, Files } from "../../bridge/files.ts";
import { jobResult } from "./stream.ts";
import type { Env } from "./work.ts";

/** Compared where the device cannot hash. */
const TAIL_BYTES = 64 * 1024;

const CANNOT_TELL: ReadonlySet<string> = new Set(["unsupported", "not_allowed"]);

/** Digest of the device's first length bytes (-1: all); null when it cannot tell. */
export async function deviceDigest(env: Env, path: string, length: number): Promise<string | null> {
  if (!env.files.info.hash) return null;
  try {
    return await env.files.digest(path, length, env.signal);
  } catch (thrown) {
    // It said that it can, and now it cannot; or the limits let us write and not read.
    if (CANNOT_TELL.has(toFailure(thrown).code)) return null;
    throw thrown;
  }
}

/** What says that two sides are the same: all of it, or its last bytes alone. null: they differ. */
export type Proof = "hash" | "tail" | null;

/** Whether the first length bytes of both are the same, as far as can be told. */
export async function samePrefix(
  env: Env,
  path: string,
  local: Blob,
  length: number,
): Promise<Proof> {
  if (length === 0) return "hash";
  if (length > local.size) return null;
  const theirs = deviceDigest(env, path, length);
  if (env.files.info.hash) {
    const ours = jobResult(env.signal, () => env.disk.hash(local, length));
    const [a, b] = await Promise.all([theirs, ours]);
    if (a !== null) return a === b ? "hash" : null;
  }
  return (await sameTail(env, path, local, length)) ? "tail" : null;
}

async function sameTail(env: Env, path: string, local: Blob, length: number): Promise<boolean> {
  const from = Math.max(0, length - TAIL_BYTES);
  const [theirs, ours] = await Promise.all([
    readable(env.files.read(path, from, length - from, env.signal)),
    local.slice(from, length).arrayBuffer(),
  ]);
  return theirs !== null && sameBytes(theirs, new Uint8Array(ours));
}

/** What was read; null where the limits let us write and not read. */
export async function readable(reading: Promise<Uint8Array>): Promise<Uint8Array | null> {
  try {
    return await reading;
  } catch (thrown) {
    if (toFailure(thrown).code === "not_allowed") return null;
    throw thrown;
  }
}

/** Whether they are equal, byte by byte. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** The SHA-256 that a digest is; "" when it is that of several pieces. */
export function plainHash(digest: string): string {
  return digest.startsWith("pieces:") ? "" : digest;
}

/** What is at path; null when nothing is. */
export async function statOrNull(
  files: Files,
  path: string,
  follow: boolean,
): Promise<FileEntry | null> {
  try {
    return await files.stat(path, follow);
  } catch (thrown) {
    if (toFailure(thrown).code === "not_found") return null;
    throw thrown;
  }
}

/** What arrived is not what was sent. */
export function mismatch(name: string): BridgeFailure {
  return new BridgeFailure(
    "hash_mismatch",
    `What arrived of “${name}” is not what was sent: the SHA-256 of both sides differ. Choose Retry to move it once more.`,
  );
}
