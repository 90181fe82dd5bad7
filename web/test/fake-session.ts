/** A session of no device. */

import type { GoSession, SessionEnd, Sink } from "../src/bridge/bridge.d.ts";
import { defer } from "./defer.ts";

export class FakeSession implements GoSession {
  readonly end = defer<SessionEnd>();
  readonly closed = this.end.promise;
  readonly written: Uint8Array[] = [];
  readonly calls: string[] = [];
  refusal: Error | undefined;
  readonly sink: Sink;

  constructor(sink: Sink) {
    this.sink = sink;
  }

  write(data: Uint8Array): Promise<void> {
    if (this.refusal !== undefined) {
      return Promise.reject(this.refusal);
    }
    this.written.push(data);
    return Promise.resolve();
  }

  resize(cols: number, rows: number): Promise<void> {
    this.calls.push(`resize ${String(cols)} ${String(rows)}`);
    return Promise.resolve();
  }

  signal(name: string): Promise<void> {
    this.calls.push(`signal ${name}`);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.end.resolve({ exitStatus: null, exitSignal: "" });
    return Promise.resolve();
  }
}
