/** A forward in the worker: the Go program's on one side, capability ports on the other. */

import type { RequestID } from "../forward/protocol.ts";
import { ownOrigins } from "../forward/targets.ts";
import type { CloseInfo, ForwardConfig, GoForward, GoResponse } from "./bridge.d.ts";
import { BridgeFailure, CODE_CLOSED } from "./failure.ts";
import type { ForwardEvent, ForwardTotals } from "./forward.ts";
import { TunnelLog } from "./tunnel-log.ts";
import { TunnelPort } from "./tunnel-port.ts";
import type { TunnelHost } from "./tunnel-port.ts";
import { TunnelSockets } from "./tunnel-sockets.ts";

/** A port that was followed by another and says nothing for so long has nobody behind it, ms. */
const silenceMs = 120_000;
/** Ports at once; a service worker needs one. */
const maxPorts = 16;
/** Pages that wait for a password at once. */
const maxWaiting = 256;

/** A page that waits for the person's answer. */
interface Waiting {
  port: TunnelPort;
  id: RequestID;
}

/** See the head of this file. */
export class WorkerForward implements TunnelHost {
  readonly go: GoForward;
  readonly log: TunnelLog;
  readonly sockets: TunnelSockets;
  readonly targets: string[];
  readonly plain: boolean;
  readonly closed: Promise<CloseInfo>;

  readonly #events: MessagePort;
  #ports: TunnelPort[] = [];
  readonly #waiting: Waiting[] = [];
  /**
   * What the person answered to the last challenge; null while there is no answer. True before
   * the first: whoever waits met a challenge before the app was reloaded, and must ask anew.
   */
  #given: boolean | null = true;
  #sweep: ReturnType<typeof setTimeout> | undefined;

  /** plain: gateway and platform can read the bytes. */
  constructor(go: GoForward, config: ForwardConfig, plain: boolean, events: MessagePort) {
    this.go = go;
    this.plain = plain;
    this.targets = ownOrigins(config.scheme, config.host, config.port);
    this.#events = events;
    this.log = new TunnelLog((entries) => {
      this.#tell({ type: "log", entries });
    });
    this.sockets = new TunnelSockets(go, this.log);
    this.closed = go.closed.then(({ code, message }) => {
      this.#end(message);
      return { code, message };
    });
  }

  /** Serves one more port. The service worker has one at a time: the ones before it fade. */
  connect(port: MessagePort, epoch: string): void {
    const before = this.#ports.at(-1);
    if (before !== undefined) {
      before.heardAt = performance.now();
    }
    this.#ports.push(new TunnelPort(this, port, epoch));
    this.#retire();
  }

  challenged(challenge: NonNullable<GoResponse["challenge"]>): void {
    this.#given = null;
    const { scheme, realm, refused } = challenge;
    this.#tell({ type: "challenge", challenge: { scheme, realm, refused } });
  }

  awaitCredential(port: TunnelPort, id: RequestID): void {
    if (this.#given !== null) {
      // The person was faster than the page.
      port.post({ type: "credential", id, given: this.#given });
      return;
    }
    this.#waiting.push({ port, id });
    if (this.#waiting.length > maxWaiting) {
      const oldest = this.#waiting.shift();
      oldest?.port.post({ type: "credential", id: oldest.id, given: false });
    }
  }

  async setCredential(user: string, password: string): Promise<void> {
    await this.go.setCredential(user, password);
    this.#answer(true);
  }

  refuseCredential(): void {
    this.#answer(false);
  }

  stats(): ForwardTotals {
    const { requests, errors } = this.log;
    return { ...this.go.stats(), requests, errors };
  }

  #answer(given: boolean): void {
    this.#given = given;
    for (const { port, id } of this.#waiting.splice(0)) {
      port.post({ type: "credential", id, given });
    }
  }

  /**
   * Lets go of ports whose service worker is gone. No event says so: a port followed by
   * another counts as deserted when it has been silent for a while.
   */
  #retire(): void {
    const now = performance.now();
    const gone = this.#ports.filter(
      (port, at) =>
        at < this.#ports.length - maxPorts ||
        (at < this.#ports.length - 1 && (!port.busy || now - port.heardAt > silenceMs)),
    );
    const failure = new BridgeFailure(CODE_CLOSED, "The page's service worker started anew.");
    for (const port of gone) {
      port.dropRequests(failure);
    }
    this.#ports = this.#ports.filter((port) => !gone.includes(port));
    clearTimeout(this.#sweep);
    if (this.#ports.length > 1) {
      this.#sweep = setTimeout(() => {
        this.#retire();
      }, silenceMs);
    }
  }

  #tell(event: ForwardEvent): void {
    this.#events.postMessage(event);
  }

  #end(reason: string): void {
    clearTimeout(this.#sweep);
    const failure = new BridgeFailure(CODE_CLOSED, reason);
    for (const port of this.#ports) {
      port.close(failure);
    }
    this.sockets.close(failure);
    this.log.flush();
  }
}
