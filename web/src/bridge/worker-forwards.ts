/** The worker's forwards, under the numbers the page gave them. */

import { releaseProxy } from "comlink";
import type { Remote } from "comlink";
import type { CloseInfo, ForwardConfig, ForwardHooks, GoForward } from "./bridge.d.ts";
import { BridgeFailure, CODE_CLOSED } from "./failure.ts";
import type { ForwardTotals } from "./forward.ts";
import type { ObjectID } from "./messages.ts";
import { WorkerForward } from "./worker-forward.ts";

/** Nothing but true accepts a certificate. */
function isTrue(value: unknown): boolean {
  return value === true;
}

/** See the head of this file. */
export class WorkerForwards {
  readonly #forwards = new Map<ObjectID, WorkerForward>();

  /** plain: gateway and platform can read the bytes. */
  async open(
    id: ObjectID,
    config: ForwardConfig,
    plain: boolean,
    hooks: ForwardHooks,
    events: MessagePort,
    begin: (hooks: ForwardHooks) => Promise<GoForward>,
  ): Promise<void> {
    const release = (): void => {
      (hooks as Partial<Pick<Remote<ForwardHooks>, typeof releaseProxy>>)[releaseProxy]?.();
    };
    try {
      const go = await begin({
        askCertificate: async (question) => isTrue(await hooks.askCertificate({ ...question })),
      });
      const forward = new WorkerForward(go, config, plain, events);
      this.#forwards.set(id, forward);
      void forward.closed.finally(() => {
        this.#forwards.delete(id);
        release();
      });
    } catch (error) {
      release();
      events.close();
      throw error;
    }
  }

  connect(id: ObjectID, port: MessagePort, epoch: string): void {
    this.#forward(id).connect(port, epoch);
  }

  async setCredential(id: ObjectID, user: string, password: string): Promise<void> {
    await this.#forward(id).setCredential(user, password);
  }

  refuseCredential(id: ObjectID): void {
    this.#forward(id).refuseCredential();
  }

  async clear(id: ObjectID): Promise<void> {
    await this.#forward(id).go.clear();
  }

  stats(id: ObjectID): ForwardTotals {
    return this.#forward(id).stats();
  }

  closed(id: ObjectID): Promise<CloseInfo> {
    return this.#forward(id).closed;
  }

  async close(id: ObjectID): Promise<void> {
    await this.#forwards.get(id)?.go.close();
  }

  #forward(id: ObjectID): WorkerForward {
    const forward = this.#forwards.get(id);
    if (forward === undefined) {
      throw new BridgeFailure(CODE_CLOSED, "The forward has ended. Open it again to go on.");
    }
    return forward;
  }
}
