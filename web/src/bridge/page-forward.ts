/** Forward of client.ts over the worker's calls, and the port that its news comes over. */

import { proxy, transfer } from "comlink";
import type { CloseInfo, DirectForwardConfig, ForwardConfig, ForwardHooks } from "./bridge.d.ts";
import { toFailure } from "./failure.ts";
import type {
  Forward,
  ForwardChallenge,
  ForwardEvent,
  ForwardLogEntry,
  ForwardTotals,
} from "./forward.ts";
import type { WorkerHandle } from "./loader.ts";
import type { ObjectID } from "./messages.ts";
import { nextID } from "./object-id.ts";

/** Asks the worker for a forward under that number. */
export type StartForward = (
  id: ObjectID,
  hooks: ForwardHooks,
  events: MessagePort,
) => Promise<void>;

/** Only what the contract names crosses the threads: a stray object could not be cloned. */
export function plainForward(config: ForwardConfig): ForwardConfig {
  const { scheme, host, port, tenant, deviceId, origin, headLimitMs } = config;
  return { scheme, host, port, tenant, deviceId, origin, headLimitMs };
}

/** Opens a forward; the hooks may ask as long as it lives. */
export async function openForward(
  worker: WorkerHandle,
  config: ForwardConfig | DirectForwardConfig,
  hooks: ForwardHooks,
  start: StartForward,
): Promise<Forward> {
  const id = nextID();
  const channel = new MessageChannel();
  // A copy, because comlink marks what it is given.
  const asked = proxy({
    askCertificate: (question: Parameters<ForwardHooks["askCertificate"]>[0]) =>
      hooks.askCertificate(question),
  });
  try {
    await worker.guard(start(id, asked, transfer(channel.port2, [channel.port2])));
  } catch (error) {
    channel.port1.close();
    throw toFailure(error);
  }
  return new PageForward(worker, id, config, channel.port1);
}

/** See {@link Forward}. */
class PageForward implements Forward {
  readonly config: ForwardConfig | DirectForwardConfig;
  readonly closed: Promise<CloseInfo>;

  readonly #worker: WorkerHandle;
  readonly #id: ObjectID;
  readonly #logHandlers = new Set<(entries: ForwardLogEntry[]) => void>();
  readonly #challengeHandlers = new Set<(challenge: ForwardChallenge) => void>();

  constructor(
    worker: WorkerHandle,
    id: ObjectID,
    config: ForwardConfig | DirectForwardConfig,
    events: MessagePort,
  ) {
    this.#worker = worker;
    this.#id = id;
    this.config = config;
    events.onmessage = (event: MessageEvent<ForwardEvent>): void => {
      this.#receive(event.data);
    };
    this.closed = worker.guard(worker.api.forwardClosed(id)).catch((error: unknown) => {
      const { code, message } = toFailure(error);
      return { code, message };
    });
    void this.closed.then(() => {
      // The last batch of the log is on its way still, on a port of its own.
      setTimeout(() => {
        events.close();
      }, 1000);
    });
  }

  connect(port: MessagePort, epoch: string): Promise<void> {
    return this.#worker.guard(
      this.#worker.api.forwardConnect(this.#id, transfer(port, [port]), epoch),
    );
  }

  onLog(handler: (entries: ForwardLogEntry[]) => void): () => void {
    this.#logHandlers.add(handler);
    return () => this.#logHandlers.delete(handler);
  }

  onChallenge(handler: (challenge: ForwardChallenge) => void): () => void {
    this.#challengeHandlers.add(handler);
    return () => this.#challengeHandlers.delete(handler);
  }

  setCredential(user: string, password: string): Promise<void> {
    return this.#worker.guard(this.#worker.api.forwardSetCredential(this.#id, user, password));
  }

  refuseCredential(): Promise<void> {
    return this.#worker.guard(this.#worker.api.forwardRefuseCredential(this.#id));
  }

  clear(): Promise<void> {
    return this.#worker.guard(this.#worker.api.forwardClear(this.#id));
  }

  stats(): Promise<ForwardTotals> {
    return this.#worker.guard(this.#worker.api.forwardStats(this.#id));
  }

  close(): Promise<void> {
    return this.#worker.guard(this.#worker.api.closeForward(this.#id));
  }

  #receive(event: ForwardEvent): void {
    switch (event.type) {
      case "log":
        for (const handler of this.#logHandlers) {
          handler(event.entries);
        }
        break;
      case "challenge":
        for (const handler of this.#challengeHandlers) {
          handler(event.challenge);
        }
        break;
    }
  }
}
