/** SHA-256 of a stream: the browser's own crypto.subtle wants all bytes at once. */

import { createSHA256 } from "hash-wasm";

/** Bytes of a local file read at once. */
export const READ_BYTES = 1024 * 1024;

/** Takes bytes in order. */
export interface Hasher {
  update(data: Uint8Array): unknown;
  /** Lower-case hex; the end of it. */
  digest(encoding: "hex"): string;
}

export async function newHasher(): Promise<Hasher> {
  const hasher = await createSHA256();
  hasher.init();
  return hasher;
}

/** Hashes the first length bytes of a local file. */
export async function hashBlob(
  hasher: Hasher,
  blob: Blob,
  length: number,
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; at < length; at += READ_BYTES) {
    signal.throwIfAborted();
    const piece = blob.slice(at, Math.min(length, at + READ_BYTES));
    hasher.update(new Uint8Array(await piece.arrayBuffer()));
  }
}
