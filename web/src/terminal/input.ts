/**
 * What goes to the device, in order: keys at once, a paste in pieces that the SSH window
 * has to take one after the other. Keys typed during a paste wait behind it; Ctrl+C does not.
 */

import { PASTE_END, PASTE_START } from "./paste.ts";

/** Bytes per piece: one SSH packet (RFC 4253 §6.1 asks for 32768 at least). */
export const PASTE_PIECE_BYTES = 32 * 1024;
/** Pieces on their way at once, so that a long line to the device stays full. */
const piecesInFlight = 4;
/** ETX, what Ctrl+C sends. */
const interrupt = "\u0003";

const encoder = new TextEncoder();

/** The part of a session that takes input. */
export interface InputTarget {
  write(data: Uint8Array): Promise<void>;
}

/** Tells of a paste: bytes taken, bytes in all, and whether the rest was dropped. */
export type PasteProgress = (sent: number, total: number, cancelled: boolean) => void;

/** See the head of this file. One per attached session. */
export class InputQueue {
  readonly #target: InputTarget;
  readonly #onPaste: PasteProgress;
  /** Keys that wait behind a running paste. */
  #held: Uint8Array[] = [];
  /** Settles when the running paste, and all that were started before, is over. */
  #pasting: Promise<void> = Promise.resolve();
  #pastes = 0;
  #generation = 0;

  constructor(target: InputTarget, onPaste: PasteProgress) {
    this.#target = target;
    this.#onPaste = onPaste;
  }

  /** Keys, as xterm.js encodes them. */
  type(keys: string): void {
    if (keys === interrupt && this.#pastes > 0) {
      this.cancel();
      this.#send(encoder.encode(keys));
      return;
    }
    this.bytes(encoder.encode(keys));
  }

  /** Bytes that are no text, e.g. mouse reports of the X10 kind. */
  bytes(data: Uint8Array): void {
    if (this.#pastes > 0) {
      this.#held.push(data);
    } else {
      this.#send(data);
    }
  }

  /** Clean text (cleanPaste). Resolves when the device took it or it was cancelled. */
  paste(text: string, bracketed: boolean): Promise<void> {
    const generation = this.#generation;
    this.#pastes += 1;
    this.#pasting = this.#pasting
      .then(() => this.#pieces(encoder.encode(text), bracketed, generation))
      .finally(() => {
        this.#pastes -= 1;
        if (this.#pastes === 0) {
          for (const data of this.#held.splice(0)) {
            this.#send(data);
          }
        }
      });
    return this.#pasting;
  }

  /** Drops what has not been sent of all pastes. */
  cancel(): void {
    this.#generation += 1;
    this.#held = [];
  }

  async #pieces(data: Uint8Array, bracketed: boolean, generation: number): Promise<void> {
    if (generation !== this.#generation) {
      this.#onPaste(0, data.byteLength, true);
      return;
    }
    const inFlight: Promise<boolean>[] = [];
    let sent = 0;
    let takes = true;
    if (bracketed) {
      this.#send(encoder.encode(PASTE_START));
    }
    for (let at = 0; at < data.byteLength && takes; at += PASTE_PIECE_BYTES) {
      const piece = data.subarray(at, at + PASTE_PIECE_BYTES);
      inFlight.push(
        this.#target.write(piece).then(
          () => {
            sent += piece.byteLength;
            this.#onPaste(sent, data.byteLength, false);
            return true;
          },
          () => false, // the session ended; its end tells the person
        ),
      );
      if (inFlight.length >= piecesInFlight) {
        takes = (await inFlight.shift()) ?? true;
      }
      if (generation !== this.#generation) {
        break;
      }
    }
    if (bracketed) {
      this.#send(encoder.encode(PASTE_END));
    }
    await Promise.all(inFlight);
    if (sent < data.byteLength) {
      this.#onPaste(sent, data.byteLength, true);
    }
  }

  #send(data: Uint8Array): void {
    // A refused key means the session has ended, and its end is told where it is watched.
    this.#target.write(data).catch(() => undefined);
  }
}
