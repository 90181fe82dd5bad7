/** The digest of bytes (GoFiles.digest), by Node's own hash. */

import { createHash } from "node:crypto";

const PIECE_BYTES = 4 * 1024 * 1024;

export function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

export function digest(data: Uint8Array | string): string {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  if (bytes.length <= PIECE_BYTES) return sha256(bytes);
  const hashes: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    hashes.push(sha256(bytes.subarray(at, at + PIECE_BYTES)));
  return `pieces:${sha256(hashes.join(""))}`;
}
