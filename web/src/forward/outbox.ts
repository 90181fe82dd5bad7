/**
 * Gathers messages for another process while many requests are under way: one message costs
 * both sides a quarter of a millisecond, more than a small answer itself.
 */

import { MOST_TOGETHER } from "./protocol.ts";

/** See the head of this file. The other end gets a message alone, or an array of them. */
export class Outbox<T> {
  readonly #port: MessagePort;
  readonly #crowded: () => boolean;
  #messages: T[] = [];
  #transfers: Transferable[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** crowded tells whether others may have something to say as well. */
  constructor(port: MessagePort, crowded: () => boolean) {
    this.#port = port;
    this.#crowded = crowded;
  }

  /** In order; at once while it is quiet, else behind the events that wait already. */
  post(message: T, transfers: Transferable[] = []): void {
    if (this.#timer === undefined && !this.#crowded()) {
      this.#port.postMessage(message, transfers);
      return;
    }
    this.#messages.push(message);
    this.#transfers.push(...transfers);
    if (this.#messages.length >= MOST_TOGETHER) {
      this.flush();
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, 0);
  }

  /** Sends what was gathered. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const messages = this.#messages;
    if (messages.length === 0) return;
    const transfers = this.#transfers;
    this.#messages = [];
    this.#transfers = [];
    this.#port.postMessage(messages, transfers);
  }
}
