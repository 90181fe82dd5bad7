/** The websockets of a forward, by whichever port they came: they live as long as their page. */

import type { GoForward } from "./bridge.d.ts";
import type { BridgeFailure } from "./failure.ts";
import { isPageID, socketOf } from "./tunnel-check.ts";
import type { Unchecked } from "./tunnel-check.ts";
import type { TunnelLog } from "./tunnel-log.ts";
import { TunnelSocket, refuseSocket } from "./tunnel-socket.ts";

/** Open at once; the next is refused. */
const maxSockets = 1000;

/** See the head of this file. */
export class TunnelSockets {
  readonly #go: GoForward;
  readonly #log: TunnelLog;
  /** Each with the id of its page. */
  readonly #sockets = new Map<TunnelSocket, string>();
  #closed = false;

  constructor(go: GoForward, log: TunnelLog) {
    this.#go = go;
    this.#log = log;
  }

  /** Opens what the message asks for, or closes its port. */
  open(message: Unchecked, epoch: string): void {
    const { port } = message;
    if (!(port instanceof MessagePort)) {
      return;
    }
    const wish = socketOf(message);
    if (wish === undefined || this.#closed || this.#sockets.size >= maxSockets) {
      refuseSocket(port, "");
      return;
    }
    const log = this.#log.begin("socket", "GET", wish.path);
    const socket = new TunnelSocket(port, log, () => this.#sockets.delete(socket));
    this.#sockets.set(socket, wish.page);
    void socket.open(this.#go, wish, epoch);
  }

  /** Ends those of a page that is gone. */
  leave(page: unknown): void {
    if (isPageID(page)) {
      for (const [socket, of] of [...this.#sockets]) {
        if (of === page) {
          socket.leave();
        }
      }
    }
  }

  /** The forward is gone: all end, and none opens any more. */
  close(failure: BridgeFailure): void {
    this.#closed = true;
    for (const socket of [...this.#sockets.keys()]) {
      socket.fail(failure);
    }
  }
}
