/** A Go program that is none: what the bridge's two halves are tested against. */

import type {
  CloseInfo,
  FileLimits,
  FilesSettings,
  ForwardConfig,
  ForwardHooks,
  ForwardRequest,
  ForwardStats,
  GoBridge,
  GoConnection,
  GoFiles,
  GoForward,
  GoResponse,
  GoSession,
  GoSocket,
  ListeningPort,
  OpenConfig,
  OpenHooks,
  PortsSettings,
  ProbeResult,
  Sink,
} from "../src/bridge/bridge.d.ts";
import { defer } from "./defer.ts";
import { FakeFiles } from "./fake-files.ts";
import { FakeSession } from "./fake-session.ts";

export { defer } from "./defer.ts";
export type { Deferred } from "./defer.ts";
export { FakeSession } from "./fake-session.ts";

/** An answer without a body. */
export function emptyResponse(status = 200): GoResponse {
  return {
    status,
    statusText: "OK",
    headers: [],
    cookies: [],
    challenge: null,
    chunk: null,
    done: true,
  };
}

/** A body that gives what the test queues, and ends with null. */
export class FakeBody {
  cancelled = 0;
  reads = 0;
  /** Go lets go of an answer that was read to its end, or broke: no call reaches it then. */
  released = false;
  readonly #pieces: (Uint8Array | null | Error)[] = [];
  #wake: (() => void) | undefined;

  push(piece: Uint8Array | null | Error): void {
    this.#pieces.push(piece);
    this.#wake?.();
  }

  async read(): Promise<Uint8Array | null> {
    this.reads += 1;
    while (this.#pieces.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const piece = this.#pieces.shift() ?? null;
    this.released ||= !(piece instanceof Uint8Array);
    if (piece instanceof Error) {
      throw piece;
    }
    return piece;
  }

  response(chunk: Uint8Array | null = null): GoResponse {
    return {
      ...emptyResponse(),
      chunk,
      done: false,
      read: () => this.read(),
      cancel: () => {
        if (this.released) throw new Error("It is closed already.");
        this.cancelled += 1;
      },
    };
  }
}

export class FakeSocket implements GoSocket {
  readonly protocol: string;
  readonly sent: (string | Uint8Array)[] = [];
  readonly closes: [number, string][] = [];
  readonly end = defer<{ code: number; reason: string; clean: boolean }>();
  readonly closed = this.end.promise;
  /** What the device sends. */
  readonly messages: (string | Uint8Array | null)[] = [];
  reads = 0;
  refusal: Error | undefined;
  onSend: (data: string | Uint8Array) => void = () => undefined;
  #wake: (() => void) | undefined;

  constructor(protocol: string) {
    this.protocol = protocol;
  }

  push(message: string | Uint8Array | null): void {
    this.messages.push(message);
    this.#wake?.();
  }

  send(data: string | Uint8Array): Promise<void> {
    if (this.refusal !== undefined) {
      return Promise.reject(this.refusal);
    }
    this.sent.push(data);
    this.onSend(data);
    return Promise.resolve();
  }

  async read(): Promise<string | Uint8Array | null> {
    this.reads += 1;
    while (this.messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.messages.shift() ?? null;
  }

  /** The device answers every close. */
  close(code: number, reason: string): Promise<void> {
    this.closes.push([code, reason]);
    this.push(null);
    this.end.resolve({ code, reason, clean: true });
    return Promise.resolve();
  }
}

type Pull = (() => Promise<Uint8Array | null>) | null;

/** A forward that answers by the script the test gives. */
export class FakeForward implements GoForward {
  readonly end = defer<CloseInfo>();
  readonly closed = this.end.promise;
  readonly requests: { request: ForwardRequest; body: Pull; signal: AbortSignal | undefined }[] =
    [];
  readonly sockets: FakeSocket[] = [];
  readonly calls: string[] = [];
  script: (request: ForwardRequest, body: Pull, signal?: AbortSignal) => Promise<GoResponse> = () =>
    Promise.resolve(emptyResponse());
  socketFailure: Error | undefined;

  request(request: ForwardRequest, body: Pull, signal?: AbortSignal): Promise<GoResponse> {
    this.requests.push({ request, body, signal });
    return this.script(request, body, signal);
  }

  socket(
    path: string,
    protocols: string[],
    cookies: string | null,
    signal?: AbortSignal,
  ): Promise<GoSocket> {
    this.calls.push(`socket ${path} ${protocols.join(",")} ${String(cookies)}`);
    if (this.socketFailure !== undefined || signal?.aborted === true) {
      return Promise.reject(this.socketFailure ?? new Error("aborted"));
    }
    const socket = new FakeSocket(protocols[0] ?? "");
    this.sockets.push(socket);
    return Promise.resolve(socket);
  }

  setCredential(user: string, password: string): Promise<void> {
    this.calls.push(`credential ${user} ${password}`);
    return Promise.resolve();
  }

  setCookie(text: string, path: string): Promise<void> {
    this.calls.push(`cookie ${text} at ${path}`);
    return Promise.resolve();
  }

  cookies(path: string): Promise<string> {
    return Promise.resolve(`at=${path}`);
  }

  clear(): Promise<void> {
    this.calls.push("clear");
    return Promise.resolve();
  }

  stats(): ForwardStats {
    return { connections: 1, dials: 2, bytesIn: 3, bytesOut: 4 };
  }

  close(): Promise<void> {
    this.end.resolve({ code: "closed", message: "The forward is closed." });
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

  readonly forwards: FakeForward[] = [];
  forwardHooks: ForwardHooks | undefined;
  readonly probes: (AbortSignal | undefined)[] = [];
  probing: Promise<ProbeResult> = Promise.resolve({ kind: "http", status: 200, title: "A page" });

  forward(_config: ForwardConfig, hooks: ForwardHooks): Promise<GoForward> {
    this.forwardHooks = hooks;
    const forward = new FakeForward();
    this.forwards.push(forward);
    return Promise.resolve(forward);
  }

  listening(): Promise<ListeningPort[]> {
    return Promise.resolve([
      { host: "localhost", port: 1880, program: "node", service: "Node-RED", http: "yes" },
    ]);
  }

  probe(_host: string, _port: number, signal?: AbortSignal): Promise<ProbeResult> {
    this.probes.push(signal);
    return this.probing;
  }

  readonly files_: FakeFiles[] = [];

  files(limits: FileLimits): Promise<GoFiles> {
    const files = new FakeFiles(limits);
    this.files_.push(files);
    return Promise.resolve(files);
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
  readonly version = 2;
  readonly forwards: FakeForward[] = [];
  remembered: PortsSettings = { bookmarks: [], opened: [], agreed: [] };
  rememberedFiles: FilesSettings = { bookmarks: [], keepModified: true, keepMode: true };
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

  directForward(): Promise<GoForward> {
    const forward = new FakeForward();
    this.forwards.push(forward);
    return Promise.resolve(forward);
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
          ports: () => Promise.resolve(this.remembered),
          savePorts: (_scope, settings) => {
            this.remembered = settings;
            return Promise.resolve();
          },
          filesSettings: () => Promise.resolve(this.rememberedFiles),
          saveFilesSettings: (_scope, settings) => {
            this.rememberedFiles = settings;
            return Promise.resolve();
          },
          knownCertificates: () => Promise.resolve([{ name: "n", fingerprint: "SHA256:f" }]),
          removeKnownCertificate: () => Promise.resolve(),
        });
  }

  stats(): ReturnType<GoBridge["stats"]> {
    return { goroutines: 3, heapBytes: 1, memoryBytes: 2, funcs: 4 };
  }
}
