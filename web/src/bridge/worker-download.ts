/** The worker's end of a download or tree: what Go reads goes into a port, within its window. */

import type { GoDownload, GoTree } from "./bridge.d.ts";
import { BridgeFailure, CODE_CLOSED, cancelled, toFailure } from "./failure.ts";
import { DOWNLOAD_WINDOW_BYTES, ITEM_BYTES } from "./files.ts";
import type { FromDevice, ReaderWord } from "./files.ts";
import { ownBuffer } from "./own-buffer.ts";
import { TreeItems } from "./tree-items.ts";

/** What is smaller is copied: that costs less than giving a buffer away. */
const givenBytes = 16 * 1024;

/** The port of one download: counts what is on its way, and hears of the reader's end. */
class ReaderPort {
  readonly #port: MessagePort;
  readonly #abort = new AbortController();
  #window = DOWNLOAD_WINDOW_BYTES;
  #wake: (() => void) | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = (event: MessageEvent<ReaderWord>): void => {
      const word = event.data;
      if (word.type === "credit") {
        this.#window += word.bytes;
        this.#wake?.();
      } else {
        this.#abort.abort(cancelled());
      }
    };
    // Where the browser tells: the reader's worker is gone.
    port.addEventListener("close", () => {
      this.#abort.abort(new BridgeFailure(CODE_CLOSED, "Whoever read the file has gone."));
    });
    this.#abort.signal.addEventListener("abort", () => this.#wake?.());
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Resolves when the reader has room; rejects when it cancelled. */
  async room(): Promise<void> {
    while (this.#window <= 0 && !this.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.signal.throwIfAborted();
  }

  post(message: FromDevice): void {
    const items = message.type === "items" ? message.items : [message];
    const given: ArrayBuffer[] = [];
    for (const item of items) {
      this.#window -= item.type === "data" ? item.data.byteLength : ITEM_BYTES;
      if (item.type === "data" && item.data.byteLength >= givenBytes) given.push(item.data);
    }
    this.#port.postMessage(message, given);
  }

  /** The last word, and why. The reader closes the port when it has read it. */
  fail(error: unknown): BridgeFailure {
    const failure = toFailure(this.signal.aborted ? this.signal.reason : error);
    this.post({ type: "failed", code: failure.code, message: failure.message });
    return failure;
  }
}

/** What can be read from, and cancelled. */
interface Source {
  cancel(): void;
}

/** Opens a source and pumps it; resolves as soon as it is open. */
async function stream<S extends Source>(
  port: MessagePort,
  open: (signal: AbortSignal) => Promise<S>,
  pump: (source: S, reader: ReaderPort) => Promise<void>,
): Promise<S> {
  const reader = new ReaderPort(port);
  let source: S;
  try {
    source = await open(reader.signal);
  } catch (error) {
    throw reader.fail(error);
  }
  const cancel = (): void => {
    source.cancel();
  };
  if (reader.signal.aborted) {
    cancel();
  }
  reader.signal.addEventListener("abort", cancel);
  pump(source, reader)
    .then(
      () => {
        reader.post({ type: "end" });
      },
      (error: unknown) => {
        reader.fail(error);
        if (!reader.signal.aborted) cancel();
      },
    )
    .finally(() => {
      reader.signal.removeEventListener("abort", cancel);
    });
  return source;
}

/** Streams a file; resolves with the entry as Go gave it. */
export async function streamDownload(
  port: MessagePort,
  open: (signal: AbortSignal) => Promise<GoDownload>,
): Promise<string> {
  const source = await stream(port, open, async (download, reader) => {
    for (;;) {
      await reader.room();
      const piece = await download.read();
      if (piece === null) {
        return;
      }
      reader.signal.throwIfAborted();
      reader.post({ type: "data", data: ownBuffer(piece) });
    }
  });
  return source.entry;
}

/** Streams trees, many items in one message. */
export async function streamTree(
  port: MessagePort,
  open: (signal: AbortSignal) => Promise<GoTree>,
): Promise<void> {
  await stream(port, open, async (tree, reader) => {
    const read = new TreeItems();
    for (;;) {
      await reader.room();
      const batch = await tree.next();
      if (batch === null) {
        return;
      }
      reader.signal.throwIfAborted();
      reader.post({ type: "items", items: read.parse(batch) });
    }
  });
}
