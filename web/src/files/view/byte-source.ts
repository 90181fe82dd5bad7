/** Where previews read: a file of the device, or what a packed file holds. */

import type { Files } from "../../bridge/files.ts";

/** Bytes of one read of the device, at most; its own bound is 8 MiB. */
const READ_BYTES = 4 * 1024 * 1024;

/** Random access to bytes whose end may be unknown until it is met. */
export interface ByteSource {
  /** null: unknown; a size of 0 is no word either (/proc). A hint, never trusted. */
  readonly size: number | null;
  /** Fewer bytes than asked for: the end is there. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** A file of the device. */
export class FileSource implements ByteSource {
  readonly size: number | null;
  readonly #files: () => Files;
  readonly #path: string;

  /** files: asked at each read, since a reconnect brings new ones. */
  constructor(files: () => Files, path: string, size: number) {
    this.#files = files;
    this.#path = path;
    this.size = size === 0 ? null : size;
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (length <= READ_BYTES) return this.#piece(offset, length, signal);
    const pieces: Uint8Array[] = [];
    let have = 0;
    while (have < length) {
      const want = Math.min(READ_BYTES, length - have);
      const piece = await this.#piece(offset + have, want, signal);
      pieces.push(piece);
      have += piece.length;
      if (piece.length < want) break;
    }
    return joined(pieces);
  }

  /** A device that sends more than was asked for is not believed. */
  async #piece(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const data = await this.#files().read(this.#path, offset, length, signal);
    return data.length > length ? data.subarray(0, length) : data;
  }
}

/** One array of several. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
