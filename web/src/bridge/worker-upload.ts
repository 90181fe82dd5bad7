/** The worker's end of an upload: what comes over a port goes to Go, in order, within a window. */

import type { GoUpload } from "./bridge.d.ts";
import { BridgeFailure, CODE_CLOSED, CODE_INTERNAL, cancelled, toFailure } from "./failure.ts";
import { UPLOAD_WINDOW_BYTES } from "./files.ts";
import type { ToDevice, WriterWord } from "./files.ts";
import { UploadPacker } from "./upload-packer.ts";

/** How often the writer hears what the device has confirmed, ms. */
const confirmEveryMs = 250;

/** Opens an upload and starts taking from the port; resolves as soon as it is open. */
export async function streamUpload(
  port: MessagePort,
  offset: number,
  open: (signal: AbortSignal) => Promise<GoUpload>,
): Promise<void> {
  const writer = new WriterPort(port, offset);
  let target: GoUpload;
  try {
    target = await open(writer.signal);
  } catch (error) {
    throw writer.fail(error);
  }
  void writer.run(target);
}

/** See the head of this file. */
class WriterPort {
  readonly #port: MessagePort;
  readonly #abort = new AbortController();
  readonly #queue: (ArrayBuffer | null)[] = [];
  #queued = 0;
  #wake: (() => void) | undefined;
  /** The last word has been said. */
  #over = false;
  #confirmed: number;

  constructor(port: MessagePort, offset: number) {
    this.#port = port;
    this.#confirmed = offset;
    port.onmessage = (event: MessageEvent<ToDevice>): void => {
      this.#receive(event.data);
    };
    // Where the browser tells: the writer's worker is gone.
    port.addEventListener("close", () => {
      this.#abort.abort(new BridgeFailure(CODE_CLOSED, "Whoever sent the file has gone."));
    });
    this.#abort.signal.addEventListener("abort", () => this.#wake?.());
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async run(target: GoUpload): Promise<void> {
    const cancel = (): void => {
      target.cancel();
    };
    if (this.signal.aborted) {
      cancel();
    }
    this.signal.addEventListener("abort", cancel);
    const confirming = setInterval(() => {
      this.#confirm(target);
    }, confirmEveryMs);
    try {
      await this.#copy(target);
      this.#confirm(target);
      this.#post({ type: "done" });
    } catch (error) {
      this.fail(error);
      if (!this.signal.aborted) cancel();
    } finally {
      this.#over = true;
      this.#queue.length = 0;
      clearInterval(confirming);
      this.signal.removeEventListener("abort", cancel);
    }
  }

  /** The last word, and why. The writer closes the port when it has read it. */
  fail(error: unknown): BridgeFailure {
    const failure = toFailure(this.signal.aborted ? this.signal.reason : error);
    this.#post({ type: "failed", code: failure.code, message: failure.message });
    this.#over = true;
    return failure;
  }

  async #copy(target: GoUpload): Promise<void> {
    const packer = new UploadPacker(target, this.#confirmed);
    for (;;) {
      const data = await this.#next();
      if (data === null) {
        await target.finish();
        this.signal.throwIfAborted();
        return;
      }
      const bytes = data.byteLength;
      await packer.write(new Uint8Array(data));
      this.#queued -= bytes;
      this.#post({ type: "credit", bytes });
    }
  }

  async #next(): Promise<ArrayBuffer | null> {
    for (;;) {
      this.signal.throwIfAborted();
      const first = this.#queue.shift();
      if (first !== undefined) {
        return first;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #receive(message: ToDevice): void {
    switch (message.type) {
      case "data":
        if (this.#over) return;
        this.#queued += message.data.byteLength;
        if (this.#queued > 2 * UPLOAD_WINDOW_BYTES) {
          this.#abort.abort(
            new BridgeFailure(CODE_INTERNAL, "More was sent than the upload's window allows."),
          );
          return;
        }
        this.#queue.push(message.data);
        break;
      case "end":
        this.#queue.push(null);
        break;
      case "cancel":
        this.#abort.abort(cancelled());
        break;
    }
    this.#wake?.();
  }

  #confirm(target: GoUpload): void {
    const offset = target.confirmed();
    if (offset > this.#confirmed && !this.#over) {
      this.#confirmed = offset;
      this.#post({ type: "confirmed", offset });
    }
  }

  #post(message: WriterWord): void {
    if (!this.#over) {
      this.#port.postMessage(message);
    }
  }
}
