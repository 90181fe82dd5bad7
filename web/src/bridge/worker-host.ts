/**
 * The worker's half of the bridge: keeps the Go program's objects under the numbers the
 * page gave them. Knows no worker globals, so that tests can run it against a fake program.
 */

import { releaseProxy } from "comlink";
import type { Remote } from "comlink";
import type {
  CloseInfo,
  ConfigurationSettings,
  ConnectionInfo,
  DirectForwardConfig,
  ForwardConfig,
  ForwardHooks,
  GoBridge,
  GoConnection,
  GoProfile,
  GoSession,
  KnownCertificate,
  KnownHost,
  ListeningPort,
  OpenHooks,
  PortsScope,
  PortsSettings,
  ProbeResult,
  SettingsScope,
  ShellOptions,
  Sink,
} from "./bridge.d.ts";
import { BridgeFailure, CODE_CLOSED } from "./failure.ts";
import type { ForwardTotals } from "./forward.ts";
import { WorkerForwards } from "./worker-forwards.ts";
import { workerHooks } from "./worker-hooks.ts";
import type {
  ConnectionStats,
  ObjectID,
  PlainOpenConfig,
  ProgramStats,
  WorkerApi,
} from "./messages.ts";
import { WorkerSession } from "./worker-session.ts";

/** The running Go program. */
export interface Program {
  readonly bridge: Promise<GoBridge>;
  /** Resolves with what is known when the program has ended. */
  readonly exited: Promise<string>;
}

/** See {@link WorkerApi}. */
export class WorkerHost implements WorkerApi {
  readonly #program: Program;
  /** What can be cancelled: connections that open, and probes. */
  readonly #opening = new Map<ObjectID, AbortController>();
  readonly #connections = new Map<ObjectID, GoConnection>();
  readonly #sessions = new Map<ObjectID, WorkerSession>();
  readonly #forwards = new WorkerForwards();
  #profile: Promise<GoProfile> | undefined;

  constructor(program: Program) {
    this.#program = program;
    program.bridge.catch(() => undefined); // ready() tells the page
  }

  async ready(): Promise<void> {
    await this.#program.bridge;
  }

  exited(): Promise<string> {
    return this.#program.exited;
  }

  async open(id: ObjectID, config: PlainOpenConfig, hooks: OpenHooks): Promise<ConnectionInfo> {
    const abort = new AbortController();
    this.#opening.set(id, abort);
    const { hooks: answering, stop } = workerHooks(hooks);
    try {
      const bridge = await this.#program.bridge;
      const connection = await bridge.open({ ...config, signal: abort.signal }, answering);
      this.#connections.set(id, connection);
      void connection.closed.finally(() => {
        this.#connections.delete(id);
      });
      return { ...connection.info };
    } finally {
      this.#opening.delete(id);
      stop();
      (hooks as Partial<Pick<Remote<OpenHooks>, typeof releaseProxy>>)[releaseProxy]?.();
    }
  }

  cancel(id: ObjectID): void {
    this.#opening.get(id)?.abort();
  }

  async connectionClosed(id: ObjectID): Promise<CloseInfo> {
    const { code, message } = await this.#connection(id).closed;
    return { code, message };
  }

  connectionStats(id: ObjectID): ConnectionStats {
    return { ...this.#connection(id).stats() };
  }

  async closeConnection(id: ObjectID): Promise<void> {
    await this.#connections.get(id)?.close();
  }

  shell(
    connection: ObjectID,
    session: ObjectID,
    options: ShellOptions,
    port: MessagePort,
  ): Promise<void> {
    return this.#start(connection, session, port, (go, sink) => go.shell(options, sink));
  }

  exec(connection: ObjectID, session: ObjectID, command: string, port: MessagePort): Promise<void> {
    return this.#start(connection, session, port, (go, sink) => go.exec(command, sink));
  }

  async resize(session: ObjectID, cols: number, rows: number): Promise<void> {
    await this.#session(session).go.resize(cols, rows);
  }

  async signal(session: ObjectID, name: string): Promise<void> {
    await this.#session(session).go.signal(name);
  }

  async closeSession(session: ObjectID): Promise<void> {
    await this.#sessions.get(session)?.close();
  }

  forward(
    connection: ObjectID,
    id: ObjectID,
    config: ForwardConfig,
    hooks: ForwardHooks,
    events: MessagePort,
  ): Promise<void> {
    return this.#forwards.open(id, config, false, hooks, events, async (answering) =>
      this.#connection(connection).forward(config, answering),
    );
  }

  directForward(
    id: ObjectID,
    config: DirectForwardConfig,
    hooks: ForwardHooks,
    events: MessagePort,
  ): Promise<void> {
    const plain = config.scheme === "http";
    return this.#forwards.open(id, config, plain, hooks, events, async (answering) =>
      (await this.#program.bridge).directForward(config, answering),
    );
  }

  forwardConnect(id: ObjectID, port: MessagePort, epoch: string): void {
    this.#forwards.connect(id, port, epoch);
  }

  forwardSetCredential(id: ObjectID, user: string, password: string): Promise<void> {
    return this.#forwards.setCredential(id, user, password);
  }

  forwardRefuseCredential(id: ObjectID): void {
    this.#forwards.refuseCredential(id);
  }

  forwardClear(id: ObjectID): Promise<void> {
    return this.#forwards.clear(id);
  }

  forwardStats(id: ObjectID): ForwardTotals {
    return this.#forwards.stats(id);
  }

  forwardClosed(id: ObjectID): Promise<CloseInfo> {
    return this.#forwards.closed(id);
  }

  closeForward(id: ObjectID): Promise<void> {
    return this.#forwards.close(id);
  }

  async listening(connection: ObjectID): Promise<ListeningPort[]> {
    return this.#connection(connection).listening();
  }

  async probe(
    connection: ObjectID,
    id: ObjectID,
    host: string,
    port: number,
  ): Promise<ProbeResult> {
    const abort = new AbortController();
    this.#opening.set(id, abort);
    try {
      return { ...(await this.#connection(connection).probe(host, port, abort.signal)) };
    } finally {
      this.#opening.delete(id);
    }
  }

  async profileDurable(): Promise<boolean> {
    return (await this.#openProfile()).durable;
  }

  async knownHosts(tenant: string, deviceId: string): Promise<KnownHost[]> {
    return (await this.#openProfile()).knownHosts(tenant, deviceId);
  }

  async removeKnownHost(name: string, fingerprint: string): Promise<void> {
    await (await this.#openProfile()).removeKnownHost(name, fingerprint);
  }

  async settings(scope: SettingsScope): Promise<ConfigurationSettings> {
    return (await this.#openProfile()).settings(scope);
  }

  async saveSettings(scope: SettingsScope, settings: ConfigurationSettings): Promise<void> {
    await (await this.#openProfile()).saveSettings(scope, settings);
  }

  async ports(scope: PortsScope): Promise<PortsSettings> {
    return (await this.#openProfile()).ports(scope);
  }

  async savePorts(scope: PortsScope, settings: PortsSettings): Promise<void> {
    await (await this.#openProfile()).savePorts(scope, settings);
  }

  async knownCertificates(tenant: string, deviceId: string): Promise<KnownCertificate[]> {
    return (await this.#openProfile()).knownCertificates(tenant, deviceId);
  }

  async removeKnownCertificate(name: string): Promise<void> {
    await (await this.#openProfile()).removeKnownCertificate(name);
  }

  async programStats(): Promise<ProgramStats> {
    return { ...(await this.#program.bridge).stats() };
  }

  async #start(
    connection: ObjectID,
    id: ObjectID,
    port: MessagePort,
    begin: (go: GoConnection, sink: Sink) => Promise<GoSession>,
  ): Promise<void> {
    const session = new WorkerSession(port);
    try {
      session.run(await begin(this.#connection(connection), session.sink));
    } catch (error) {
      port.close();
      throw error;
    }
    this.#sessions.set(id, session);
    void session.ended.then(() => {
      this.#sessions.delete(id);
    });
  }

  /** The profile is opened once; a failed attempt is not kept. */
  #openProfile(): Promise<GoProfile> {
    if (this.#profile === undefined) {
      const opening = this.#program.bridge.then((bridge) => bridge.profile());
      this.#profile = opening;
      opening.catch(() => {
        this.#profile = undefined;
      });
    }
    return this.#profile;
  }

  #connection(id: ObjectID): GoConnection {
    const connection = this.#connections.get(id);
    if (connection === undefined) {
      throw new BridgeFailure(CODE_CLOSED, "The connection has ended. Connect again to go on.");
    }
    return connection;
  }

  #session(id: ObjectID): WorkerSession {
    const session = this.#sessions.get(id);
    if (session === undefined) {
      throw new BridgeFailure(CODE_CLOSED, "The session has ended. Connect again to go on.");
    }
    return session;
  }
}
