/**
 * The worker's half of the bridge: keeps the Go program's objects under the numbers the
 * page gave them. Knows no worker globals, so that tests can run it against a fake program.
 */

import { releaseProxy } from "comlink";
import type { Remote } from "comlink";
import type {
  CloseInfo,
  ConnectionInfo,
  DirectForwardConfig,
  ForwardConfig,
  ForwardHooks,
  GoBridge,
  GoConnection,
  ListeningPort,
  OpenHooks,
  ProbeResult,
  ShellOptions,
} from "./bridge.d.ts";
import { BridgeFailure, CODE_CLOSED } from "./failure.ts";
import type { ForwardTotals } from "./forward.ts";
import { WorkerFiles } from "./worker-files.ts";
import { WorkerForwards } from "./worker-forwards.ts";
import { workerHooks } from "./worker-hooks.ts";
import type {
  ConnectionStats,
  ObjectID,
  PlainOpenConfig,
  ProgramStats,
  WorkerApi,
} from "./messages.ts";

/** The running Go program. */
export interface Program {
  readonly bridge: Promise<GoBridge>;
  /** Resolves with what is known when the program has ended. */
  readonly exited: Promise<string>;
}

/** See {@link WorkerApi}. */
export class WorkerHost extends WorkerFiles implements WorkerApi {
  readonly #program: Program;
  readonly #connections = new Map<ObjectID, GoConnection>();
  readonly #forwards = new WorkerForwards();

  constructor(program: Program) {
    super(program.bridge);
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
    const { hooks: answering, stop } = workerHooks(hooks);
    try {
      const connection = await this.cancellable(id, async (signal) =>
        (await this.#program.bridge).open({ ...config, signal }, answering),
      );
      this.#connections.set(id, connection);
      void connection.closed.finally(() => {
        this.#connections.delete(id);
      });
      return { ...connection.info };
    } finally {
      stop();
      (hooks as Partial<Pick<Remote<OpenHooks>, typeof releaseProxy>>)[releaseProxy]?.();
    }
  }

  async connectionClosed(id: ObjectID): Promise<CloseInfo> {
    const { code, message } = await this.connection(id).closed;
    return { code, message };
  }

  connectionStats(id: ObjectID): ConnectionStats {
    return { ...this.connection(id).stats() };
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
    return this.sessions.start(session, port, async (sink) =>
      this.connection(connection).shell(options, sink),
    );
  }

  exec(connection: ObjectID, session: ObjectID, command: string, port: MessagePort): Promise<void> {
    return this.sessions.start(session, port, async (sink) =>
      this.connection(connection).exec(command, sink),
    );
  }

  resize(session: ObjectID, cols: number, rows: number): Promise<void> {
    return this.sessions.resize(session, cols, rows);
  }

  signal(session: ObjectID, name: string): Promise<void> {
    return this.sessions.signal(session, name);
  }

  closeSession(session: ObjectID): Promise<void> {
    return this.sessions.close(session);
  }

  forward(
    connection: ObjectID,
    id: ObjectID,
    config: ForwardConfig,
    hooks: ForwardHooks,
    events: MessagePort,
  ): Promise<void> {
    return this.#forwards.open(id, config, false, hooks, events, async (answering) =>
      this.connection(connection).forward(config, answering),
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
    return this.connection(connection).listening();
  }

  async probe(
    connection: ObjectID,
    id: ObjectID,
    host: string,
    port: number,
  ): Promise<ProbeResult> {
    return {
      ...(await this.cancellable(id, (signal) =>
        this.connection(connection).probe(host, port, signal),
      )),
    };
  }

  async programStats(): Promise<ProgramStats> {
    return { ...(await this.#program.bridge).stats() };
  }

  protected override connection(id: ObjectID): GoConnection {
    const connection = this.#connections.get(id);
    if (connection === undefined) {
      throw new BridgeFailure(CODE_CLOSED, "The connection has ended. Connect again to go on.");
    }
    return connection;
  }
}
