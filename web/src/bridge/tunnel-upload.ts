/** The body of a request: pieces come from the page, the Go program pulls them. */

import { WINDOW_BYTES } from "../forward/protocol.ts";

/** See the head of this file. */
export class Upload {
  readonly #size: number;
  readonly #taken: (bytes: number) => void;
  readonly #pieces: ArrayBuffer[] = [];
  #waiting = 0;
  #received = 0;
  #ended = false;
  #pull: ((piece: Uint8Array | null) => void) | undefined;

  /** size is what the request announced; taken is told when Go took a piece. */
  constructor(size: number, taken: (bytes: number) => void) {
    this.#size = size;
    this.#taken = taken;
  }

  /** False when the piece does not fit the window or the announced size. */
  add(piece: ArrayBuffer): boolean {
    const bytes = piece.byteLength;
    this.#received += bytes;
    this.#waiting += bytes;
    if (this.#ended || this.#received > this.#size || this.#waiting > WINDOW_BYTES) {
      return false;
    }
    if (bytes > 0) {
      this.#pieces.push(piece);
      this.#hand();
    }
    return true;
  }

  /** False when it is not as long as announced. */
  end(): boolean {
    if (this.#ended || this.#received !== this.#size) {
      return false;
    }
    this.#ended = true;
    this.#hand();
    return true;
  }

  /** The next piece, null at the end. One call at a time. */
  pull(): Promise<Uint8Array | null> {
    return new Promise((resolve) => {
      this.#pull = resolve;
      this.#hand();
    });
  }

  #hand(): void {
    if (this.#pull === undefined) {
      return;
    }
    const piece = this.#pieces.shift();
    if (piece === undefined && !this.#ended) {
      return;
    }
    const pull = this.#pull;
    this.#pull = undefined;
    if (piece === undefined) {
      pull(null);
      return;
    }
    this.#waiting -= piece.byteLength;
    this.#taken(piece.byteLength);
    pull(new Uint8Array(piece));
  }
}
