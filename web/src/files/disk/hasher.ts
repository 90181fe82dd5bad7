/**
 * The digest of a stream, as the device makes it too (GoFiles.digest): crypto.subtle hashes
 * whole buffers only, but eight times as fast as any code of a page hashes a stream.
 */

import { DIGEST_PIECE_BYTES } from "../../bridge/files.ts";

/** Bytes of a local file read at once. */
export const READ_BYTES = 1024 * 1024;
/** Pieces that are hashed while the next is gathered. */
const piecesAhead = 2;

/** Takes bytes in order. */
export class Hasher {
  readonly #hashes: Promise<string>[] = [];
  #piece: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #filled = 0;

  /** The bytes are copied. Waits while hashing is behind. */
  async update(data: Uint8Array): Promise<void> {
    for (let from = 0; from < data.byteLength;) {
      if (this.#filled === DIGEST_PIECE_BYTES) {
        this.#finishPiece();
        await this.#hashes.at(-piecesAhead);
      }
      this.#grow(data.byteLength - from);
      const part = data.subarray(from, from + this.#piece.byteLength - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.byteLength;
      from += part.byteLength;
    }
  }

  /** The end of it. */
  async digest(): Promise<string> {
    if (this.#filled > 0 || this.#hashes.length === 0) this.#finishPiece();
    const hashes = await Promise.all(this.#hashes);
    const [only] = hashes;
    if (hashes.length === 1 && only !== undefined) return only;
    return `pieces:${await sha256(new TextEncoder().encode(hashes.join("")))}`;
  }

  /** subtle takes its copy at once. */
  #finishPiece(): void {
    const hash = sha256(this.#piece.subarray(0, this.#filled));
    hash.catch(() => undefined); // digest tells
    this.#hashes.push(hash);
    this.#filled = 0;
  }

  /** Room for more bytes, up to a piece's: small files need little. */
  #grow(more: number): void {
    const wanted = Math.min(DIGEST_PIECE_BYTES, this.#filled + more);
    if (wanted <= this.#piece.byteLength) return;
    const size = Math.min(DIGEST_PIECE_BYTES, Math.max(wanted, 4 * this.#piece.byteLength));
    const larger = new Uint8Array(size);
    larger.set(this.#piece.subarray(0, this.#filled));
    this.#piece = larger;
  }
}

async function sha256(data: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
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
    await hasher.update(new Uint8Array(await piece.arrayBuffer()));
  }
}
