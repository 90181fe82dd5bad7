/** Pages that wait until the person gave a password in the app. */

import type { PageCredential } from "../protocol.ts";
import type { Tunnel } from "../tunnel.ts";
import type { Ports } from "./ports.ts";

/** Asks the tunnel once for all of them; they ask again and again, so nothing here need last. */
export class Credentials {
  readonly #ports: Ports;
  readonly #waiting = new Map<string, MessagePort>();
  #asked: Tunnel | null = null;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Answers on the port, unless the same page asks anew or the tunnel goes. */
  async wait(page: string, port: MessagePort): Promise<void> {
    this.#waiting.get(page)?.close();
    this.#waiting.set(page, port);
    const tunnel = await this.#ports.get();
    if (tunnel === null || tunnel === this.#asked) return;
    this.#asked = tunnel;
    const given = await tunnel.credential();
    if (this.#asked === tunnel) this.#asked = null;
    if (given !== null) this.#answer({ given });
  }

  #answer(answer: PageCredential): void {
    for (const port of this.#waiting.values()) port.postMessage(answer);
    this.#waiting.clear();
  }
}
