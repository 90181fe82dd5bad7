/** What a page gives to WebSocket.send(), on its way to the port. */

type Message = string | ArrayBuffer | Blob;

/** Keeps messages in order: a Blob's bytes come later, and what is sent after it waits for it. */
export class SendQueue {
  readonly #post: (data: string | ArrayBuffer) => void;
  readonly #broken: () => void;
  #last: Promise<void> | null = null;

  /** broken is called when a Blob cannot be read. */
  constructor(post: (data: string | ArrayBuffer) => void, broken: () => void) {
    this.#post = post;
    this.#broken = broken;
  }

  send(message: Message): void {
    if (message instanceof Blob || this.#last !== null) this.#inOrder(message);
    else this.#post(message);
  }

  /** Calls it when everything before is posted. */
  afterwards(act: () => void): void {
    if (this.#last === null) act();
    else void this.#last.then(act);
  }

  #inOrder(message: Message): void {
    const before = this.#last ?? Promise.resolve();
    const next: Promise<void> = before
      .then(async () => {
        this.#post(message instanceof Blob ? await message.arrayBuffer() : message);
      })
      .catch(this.#broken)
      .then(() => {
        if (this.#last === next) this.#last = null;
      });
    this.#last = next;
  }
}

/** The bytes at this moment: pages reuse their buffers after send(). */
export function ownCopy(data: unknown): Message {
  if (typeof data === "string" || data instanceof Blob) return data;
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice().buffer;
  }
  if (data instanceof ArrayBuffer) return data.slice(0);
  return String(data);
}
