/** Connection of client.ts over the worker's calls. */

import type {
  CloseInfo,
  ConnectionInfo,
  FileLimits,
  ForwardConfig,
  ForwardHooks,
  ListeningPort,
  ProbeResult,
  ShellOptions,
} from "./bridge.d.ts";
import type { Connection, ConnectionStats, Session } from "./client.ts";
import { toFailure } from "./failure.ts";
import type { Files } from "./files.ts";
import type { Forward } from "./forward.ts";
import type { WorkerHandle } from "./loader.ts";
import type { ObjectID } from "./messages.ts";
import { cancellableCall } from "./page-call.ts";
import { openFiles } from "./page-files.ts";
import { openForward, plainForward } from "./page-forward.ts";
import { openSession } from "./port-session.ts";

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
    return openSession(this.#worker, (session, port) =>
      this.#worker.api.shell(this.#id, session, options, port),
    );
  }

  exec(command: string): Promise<Session> {
    return openSession(this.#worker, (session, port) =>
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

  probe(host: string, port: number, signal?: AbortSignal): Promise<ProbeResult> {
    return cancellableCall(this.#worker, signal, (call) =>
      this.#worker.api.probe(this.#id, call, host, port),
    );
  }

  files(limits: FileLimits): Promise<Files> {
    return openFiles(this.#worker, this.#id, limits);
  }

  stats(): Promise<ConnectionStats> {
    return this.#worker.guard(this.#worker.api.connectionStats(this.#id));
  }

  close(): Promise<void> {
    return this.#worker.guard(this.#worker.api.closeConnection(this.#id));
  }
}
