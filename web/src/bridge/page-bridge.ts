/** Bridge and Connection of client.ts over the worker's calls. */

import { proxy, transfer } from "comlink";
import type {
  Bridge,
  ConnectConfig,
  Connection,
  ConnectionStats,
  Profile,
  ProgramStats,
  Session,
} from "./client.ts";
import type {
  CloseInfo,
  ConfigurationSettings,
  ConnectionInfo,
  KnownHost,
  OpenHooks,
  SettingsScope,
  ShellOptions,
} from "./bridge.d.ts";
import { BridgeFailure, CODE_CANCELLED, toFailure } from "./failure.ts";
import type { WorkerHandle } from "./loader.ts";
import type { ObjectID, PlainOpenConfig } from "./messages.ts";
import { PortSession } from "./port-session.ts";

let lastID: ObjectID = 0;

function nextID(): ObjectID {
  lastID += 1;
  return lastID;
}

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

  async profile(): Promise<Profile> {
    const durable = await this.#worker.guard(this.#worker.api.profileDurable());
    return new PageProfile(this.#worker, durable);
  }

  stats(): Promise<ProgramStats> {
    return this.#worker.guard(this.#worker.api.programStats());
  }
}

function cancelled(): BridgeFailure {
  return new BridgeFailure(CODE_CANCELLED, "Cancelled.");
}

/** A function, because the flow analysis of TypeScript takes `aborted` for a constant. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** See {@link Connection}. */
class PageConnection implements Connection {
  readonly info: ConnectionInfo;
  readonly closed: Promise<CloseInfo>;

  readonly #worker: WorkerHandle;
  readonly #id: ObjectID;

  constructor(worker: WorkerHandle, id: ObjectID, info: ConnectionInfo) {
    this.#worker = worker;
    this.#id = id;
    this.info = info;
    this.closed = worker.guard(worker.api.connectionClosed(id)).catch((error: unknown) => {
      const { code, message } = toFailure(error);
      return { code, message };
    });
  }

  shell(options: ShellOptions): Promise<Session> {
    return this.#session((session, port) =>
      this.#worker.api.shell(this.#id, session, options, port),
    );
  }

  exec(command: string): Promise<Session> {
    return this.#session((session, port) =>
      this.#worker.api.exec(this.#id, session, command, port),
    );
  }

  stats(): Promise<ConnectionStats> {
    return this.#worker.guard(this.#worker.api.connectionStats(this.#id));
  }

  close(): Promise<void> {
    return this.#worker.guard(this.#worker.api.closeConnection(this.#id));
  }

  async #session(start: (session: ObjectID, port: MessagePort) => Promise<void>): Promise<Session> {
    const id = nextID();
    const channel = new MessageChannel();
    const session = new PortSession(this.#worker, id, channel.port1);
    try {
      await this.#worker.guard(start(id, transfer(channel.port2, [channel.port2])));
    } catch (error) {
      session.abandon(toFailure(error));
      throw toFailure(error);
    }
    return session;
  }
}

/** See {@link Profile}. */
class PageProfile implements Profile {
  readonly durable: boolean;
  readonly #worker: WorkerHandle;

  constructor(worker: WorkerHandle, durable: boolean) {
    this.#worker = worker;
    this.durable = durable;
  }

  knownHosts(tenant: string, deviceId: string): Promise<KnownHost[]> {
    return this.#worker.guard(this.#worker.api.knownHosts(tenant, deviceId));
  }

  removeKnownHost(name: string, fingerprint: string): Promise<void> {
    return this.#worker.guard(this.#worker.api.removeKnownHost(name, fingerprint));
  }

  settings(scope: SettingsScope): Promise<ConfigurationSettings> {
    return this.#worker.guard(this.#worker.api.settings(scope));
  }

  saveSettings(scope: SettingsScope, settings: ConfigurationSettings): Promise<void> {
    return this.#worker.guard(this.#worker.api.saveSettings(scope, settings));
  }
}
