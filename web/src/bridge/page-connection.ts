/** Connection of client.ts over the worker's calls. */

import { transfer } from "comlink";
import type {
  CloseInfo,
  ConnectionInfo,
  ForwardConfig,
  ForwardHooks,
  ListeningPort,
  ProbeResult,
  ShellOptions,
} from "./bridge.d.ts";
import type { Connection, ConnectionStats, Session } from "./client.ts";
import { cancelled, isAborted, toFailure } from "./failure.ts";
import type { Forward } from "./forward.ts";
import type { WorkerHandle } from "./loader.ts";
import type { ObjectID } from "./messages.ts";
import { nextID } from "./object-id.ts";
import { openForward, plainForward } from "./page-forward.ts";
import { PortSession } from "./port-session.ts";

/** See {@link Connection}. */
export class PageConnection implements Connection {
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

  forward(config: ForwardConfig, hooks: ForwardHooks): Promise<Forward> {
    const plain = plainForward(config);
    return openForward(this.#worker, plain, hooks, (id, asked, events) =>
      this.#worker.api.forward(this.#id, id, plain, asked, events),
    );
  }

  listening(): Promise<ListeningPort[]> {
    return this.#worker.guard(this.#worker.api.listening(this.#id));
  }

  async probe(host: string, port: number, signal?: AbortSignal): Promise<ProbeResult> {
    if (isAborted(signal)) {
      throw cancelled();
    }
    const id = nextID();
    const cancel = (): void => {
      void this.#worker.api.cancel(id);
    };
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      return await this.#worker.guard(this.#worker.api.probe(this.#id, id, host, port));
    } catch (error) {
      throw isAborted(signal) ? cancelled() : toFailure(error);
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
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
