/** The worker's sessions, under the numbers the page gave them. */

import type { GoSession, Sink } from "./bridge.d.ts";
import { BridgeFailure, CODE_CLOSED } from "./failure.ts";
import type { ObjectID } from "./messages.ts";
import { WorkerSession } from "./worker-session.ts";

/** See the head of this file. */
export class WorkerSessions {
  readonly #sessions = new Map<ObjectID, WorkerSession>();

  async start(
    id: ObjectID,
    port: MessagePort,
    begin: (sink: Sink) => Promise<GoSession>,
  ): Promise<void> {
    const session = new WorkerSession(port);
    try {
      session.run(await begin(session.sink));
    } catch (error) {
      port.close();
      throw error;
    }
    this.#sessions.set(id, session);
    void session.ended.then(() => {
      this.#sessions.delete(id);
    });
  }

  async resize(id: ObjectID, cols: number, rows: number): Promise<void> {
    await this.#session(id).go.resize(cols, rows);
  }

  async signal(id: ObjectID, name: string): Promise<void> {
    await this.#session(id).go.signal(name);
  }

  async close(id: ObjectID): Promise<void> {
    await this.#sessions.get(id)?.close();
  }

  #session(id: ObjectID): WorkerSession {
    const session = this.#sessions.get(id);
    if (session === undefined) {
      throw new BridgeFailure(CODE_CLOSED, "The session has ended. Connect again to go on.");
    }
    return session;
  }
}
