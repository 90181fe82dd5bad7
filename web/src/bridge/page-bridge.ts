/** Bridge of client.ts over the worker's calls. */

import { proxy } from "comlink";
import type { DirectForwardConfig, ForwardHooks, OpenHooks } from "./bridge.d.ts";
import type { Bridge, ConnectConfig, Connection, Profile, ProgramStats } from "./client.ts";
import { cancelled, isAborted, toFailure } from "./failure.ts";
import type { BridgeFailure } from "./failure.ts";
import type { Forward } from "./forward.ts";
import type { WorkerHandle } from "./loader.ts";
import type { PlainOpenConfig } from "./messages.ts";
import { nextID } from "./object-id.ts";
import { PageConnection } from "./page-connection.ts";
import { openForward, plainForward } from "./page-forward.ts";
import { PageProfile } from "./page-profile.ts";

/** Only what the contract names crosses the threads: a stray object could not be cloned. */
function plainConfig(config: ConnectConfig): PlainOpenConfig {
  const { url, tenant, deviceId, host, port, user, credential, allowOldAlgorithms } = config;
  return { url, tenant, deviceId, host, port, user, credential, allowOldAlgorithms };
}

/** A copy of the hooks that comlink may mark, and that says nothing after open() is over. */
function hookRelay(hooks: OpenHooks, isOver: () => boolean): OpenHooks {
  return {
    onState: (state) => {
      if (!isOver()) hooks.onState(state);
    },
    onBanner: (text) => {
      if (!isOver()) hooks.onBanner(text);
    },
    askHostKey: (question) => hooks.askHostKey(question),
    askPassword: (question) => hooks.askPassword(question),
    askQuestions: (question) => hooks.askQuestions(question),
    askKey: (question) => hooks.askKey(question),
    askPassphrase: (question) => hooks.askPassphrase(question),
  };
}

/** See {@link Bridge}. */
export class PageBridge implements Bridge {
  readonly #worker: WorkerHandle;

  constructor(worker: WorkerHandle) {
    this.#worker = worker;
  }

  get crashed(): Promise<BridgeFailure> {
    return this.#worker.crashed;
  }

  async open(config: ConnectConfig, hooks: OpenHooks, signal?: AbortSignal): Promise<Connection> {
    if (signal?.aborted === true) {
      throw cancelled();
    }
    const { api } = this.#worker;
    const id = nextID();
    let over = false;
    const cancel = (): void => {
      over = true;
      void api.cancel(id);
    };
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const relay = proxy(hookRelay(hooks, () => over));
      const info = await this.#worker.guard(api.open(id, plainConfig(config), relay));
      if (isAborted(signal)) {
        void api.closeConnection(id);
        throw cancelled();
      }
      return new PageConnection(this.#worker, id, info);
    } catch (error) {
      throw isAborted(signal) ? cancelled() : toFailure(error);
    } finally {
      over = true;
      signal?.removeEventListener("abort", cancel);
    }
  }

  directForward(config: DirectForwardConfig, hooks: ForwardHooks): Promise<Forward> {
    const plain = { ...plainForward(config), url: config.url };
    return openForward(this.#worker, plain, hooks, (id, asked, events) =>
      this.#worker.api.directForward(id, plain, asked, events),
    );
  }

  async profile(): Promise<Profile> {
    const durable = await this.#worker.guard(this.#worker.api.profileDurable());
    return new PageProfile(this.#worker, durable);
  }

  stats(): Promise<ProgramStats> {
    return this.#worker.guard(this.#worker.api.programStats());
  }
}
