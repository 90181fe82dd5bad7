/** A Go program that is none: what the bridge's two halves are tested against. */

import type {
  CloseInfo,
  GoBridge,
  GoConnection,
  GoSession,
  OpenConfig,
  OpenHooks,
  SessionEnd,
  Sink,
} from "../src/bridge/bridge.d.ts";

/** A promise and its ends. */
export interface Deferred<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
}

export function defer<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

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

export class FakeConnection implements GoConnection {
  readonly end = defer<CloseInfo>();
  readonly closed = this.end.promise;
  readonly sessions: FakeSession[] = [];
  readonly info = {
    serverVersion: "SSH-2.0-Fake",
    keyExchange: "mlkem768x25519-sha256",
    hostKeyAlgorithm: "ssh-ed25519",
    hostKeyFingerprint: "SHA256:fake",
    cipher: "chacha20-poly1305@openssh.com",
    mac: "",
    hostKeyKept: true,
  };
  shellFailure: Error | undefined;

  shell(_options: unknown, sink: Sink): Promise<GoSession> {
    if (this.shellFailure !== undefined) {
      return Promise.reject(this.shellFailure);
    }
    const session = new FakeSession(sink);
    this.sessions.push(session);
    return Promise.resolve(session);
  }

  exec(_command: string, sink: Sink): Promise<GoSession> {
    return this.shell(undefined, sink);
  }

  stats(): { bytesIn: number; bytesOut: number; roundTripMs: number | null } {
    return { bytesIn: 1, bytesOut: 2, roundTripMs: null };
  }

  close(): Promise<void> {
    this.end.resolve({ code: "closed", message: "Closed." });
    return Promise.resolve();
  }
}

/** Opens by the script the test gives. */
export class FakeBridge implements GoBridge {
  readonly version = 1;
  readonly connections: FakeConnection[] = [];
  readonly opened: OpenConfig[] = [];
  script: (config: OpenConfig, hooks: OpenHooks) => Promise<void> = () => Promise.resolve();
  profiles = 0;

  async open(config: OpenConfig, hooks: OpenHooks): Promise<GoConnection> {
    this.opened.push(config);
    await this.script(config, hooks);
    const connection = new FakeConnection();
    this.connections.push(connection);
    return connection;
  }

  profile(): ReturnType<GoBridge["profile"]> {
    this.profiles += 1;
    return this.profiles === 1
      ? Promise.reject(new Error("first attempt fails"))
      : Promise.resolve({
          durable: false,
          knownHosts: () => Promise.resolve([]),
          removeKnownHost: () => Promise.resolve(),
          settings: () =>
            Promise.resolve({ user: "", credential: "password", allowOldAlgorithms: false }),
          saveSettings: () => Promise.resolve(),
        });
  }

  stats(): ReturnType<GoBridge["stats"]> {
    return { goroutines: 3, heapBytes: 1, memoryBytes: 2, funcs: 4 };
  }
}
