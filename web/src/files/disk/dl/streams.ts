/** The streams that the service worker of /dl/ hands to the browser. */

import { download, nothing } from "./answer.ts";
import type { FromServiceWorker, ToServiceWorker, ToStream } from "./protocol.ts";

/** Streams that wait to be asked for; a page that leaves them behind must not fill the memory. */
const maxWaiting = 100;
const idPattern = /^[0-9a-f]{32}$/;

interface Waiting {
  name: string;
  size: number | null;
  port: MessagePort;
}

/** See the head of this file. */
export class Streams {
  readonly #waiting = new Map<string, Waiting>();

  /** Makes a stream known; it can be asked for once. */
  add(stream: Extract<ToServiceWorker, { type: "stream" }>): void {
    const { id, name, size, port, known } = stream;
    if (!idPattern.test(id)) {
      return;
    }
    this.#waiting.set(id, { name, size, port });
    for (const [oldest, left] of this.#waiting) {
      if (this.#waiting.size <= maxWaiting) break;
      this.#waiting.delete(oldest);
      left.port.close();
    }
    known.postMessage("known");
  }

  /** The answer to GET /dl/ID. */
  answer(id: string): Response {
    const stream = this.#waiting.get(id);
    if (stream === undefined) {
      return nothing();
    }
    this.#waiting.delete(id);
    return download(body(stream.port), stream.name, stream.size);
  }
}

/** What comes over the port, pulled. */
function body(port: MessagePort): ReadableStream<Uint8Array> {
  const say = (word: FromServiceWorker): void => {
    port.postMessage(word);
  };
  let arrived: (() => void) | undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        port.onmessage = (event: MessageEvent<ToStream>): void => {
          const word = event.data;
          switch (word.type) {
            case "data":
              for (const piece of word.data) controller.enqueue(new Uint8Array(piece));
              break;
            case "end":
              controller.close();
              port.close();
              break;
            case "failed":
              // The browser tells the person that the download failed, and keeps no half of it.
              controller.error(new Error("The download broke off."));
              port.close();
              break;
            case "ping":
              say({ type: "pong" });
              return;
          }
          arrived?.();
        };
        say({ type: "started" });
      },
      pull() {
        return new Promise<void>((resolve) => {
          arrived = resolve;
          say({ type: "pull" });
        });
      },
      cancel() {
        say({ type: "cancelled" });
        arrived?.();
      },
    },
    // Nothing is read ahead: a pull says that the browser has taken all before it.
    { highWaterMark: 0 },
  );
}
