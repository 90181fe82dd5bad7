/**
 * The page's half of the bridge: what the terminal and the pages call. The Go program
 * itself runs in a worker that starts when this module is first imported.
 */

import { PageBridge } from "./page-bridge.ts";
import { currentWorker } from "./loader.ts";
import type {
  CloseInfo,
  ConfigurationSettings,
  ConnectionInfo,
  DirectForwardConfig,
  FileLimits,
  FilesSettings,
  ForwardConfig,
  ForwardHooks,
  KnownCertificate,
  KnownHost,
  ListeningPort,
  OpenConfig,
  OpenHooks,
  PortsScope,
  PortsSettings,
  ProbeResult,
  SessionEnd,
  SettingsScope,
  ShellOptions,
} from "./bridge.d.ts";
import type { BridgeFailure } from "./failure.ts";
import type { Files } from "./files.ts";
import type { Forward } from "./forward.ts";
import type { ConnectionStats, ProgramStats } from "./messages.ts";

export type {
  CloseInfo,
  ConfigurationSettings,
  ConnectState,
  ConnectionInfo,
  FilesSettings,
  HostKeyQuestion,
  KnownHost,
  OpenHooks,
  SessionEnd,
  SettingsScope,
  ShellOptions,
} from "./bridge.d.ts";
export type {
  Bookmark,
  CertificateQuestion,
  DirectForwardConfig,
  Forward,
  ForwardChallenge,
  ForwardConfig,
  ForwardHooks,
  ForwardLogEntry,
  ForwardTotals,
  KnownCertificate,
  ListeningPort,
  PortsScope,
  PortsSettings,
  ProbeResult,
} from "./forward.ts";
export type { ConnectionStats, ProgramStats } from "./messages.ts";
export {
  BridgeFailure,
  CODE_CANCELLED,
  CODE_CLOSED,
  CODE_INTERNAL,
  CODE_NO_WEBASSEMBLY,
  toFailure,
} from "./failure.ts";

/** Where to and as whom; the abort signal is an argument of its own. */
export type ConnectConfig = Omit<OpenConfig, "signal">;

/** The SSH client. One per page: {@link loadBridge}. */
export interface Bridge {
  /**
   * Dials, decides the host key, authenticates. The hooks ask the person; a hook that
   * rejects counts as "no". Aborting rejects with code `cancelled` at any stage.
   * Rejects with a {@link BridgeFailure} always.
   */
  open(config: ConnectConfig, hooks: OpenHooks, signal?: AbortSignal): Promise<Connection>;
  /**
   * A forward without SSH, over a passthrough configuration that points straight at the
   * port: over http its bytes can be read on their way. Dials nothing yet.
   */
  directForward(config: DirectForwardConfig, hooks: ForwardHooks): Promise<Forward>;
  /** Known hosts and settings, kept in this browser. */
  profile(): Promise<Profile>;
  /** Measures of the Go program. */
  stats(): Promise<ProgramStats>;
  /**
   * Resolves when the Go program has ended, which it never should. Every call and every
   * open object fails with the same failure; the next loadBridge() starts a new one.
   */
  readonly crashed: Promise<BridgeFailure>;
}

/** One SSH connection. */
export interface Connection {
  readonly info: ConnectionInfo;
  /** Opens a terminal: pty, environment and shell. */
  shell(options: ShellOptions): Promise<Session>;
  /** Runs one command without a terminal. */
  exec(command: string): Promise<Session>;
  /** A forward of one host:port as seen from the device. Dials nothing yet. */
  forward(config: ForwardConfig, hooks: ForwardHooks): Promise<Forward>;
  /** The TCP ports that the device listens on; no connection is made to them. */
  listening(): Promise<ListeningPort[]>;
  /** Asks one port of the device whether it is a web page: one GET /. */
  probe(host: string, port: number, signal?: AbortSignal): Promise<ProbeResult>;
  /** The device's files, within limits: {@link Files}. */
  files(limits: FileLimits): Promise<Files>;
  stats(): Promise<ConnectionStats>;
  /** Idempotent; ends its sessions and forwards too. */
  close(): Promise<void>;
  /** Resolves when the connection has ended, however it ended; never rejects. */
  readonly closed: Promise<CloseInfo>;
}

/**
 * Takes a chunk of output. Call done() when the bytes have been drawn: until then they
 * count as on their way, and a device that floods is slowed down by them.
 */
export type OutputHandler = (chunk: Uint8Array, done: () => void, stream: 0 | 1) => void;

/** One shell or command. Output waits (bounded, nothing is lost) while nobody is attached. */
export interface Session {
  /** Starts the output; one at a time. Returns the function that detaches again. */
  attach(handler: OutputHandler): () => void;
  /** Resolves when the SSH window took all of it. The bytes are copied. */
  write(data: Uint8Array): Promise<void>;
  /** Size in characters. */
  resize(cols: number, rows: number): Promise<void>;
  /** RFC 4254 §6.10 name without SIG, e.g. "INT". */
  signal(name: string): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
  /** Resolves after the last chunk was handed to the attached handler; never rejects. */
  readonly closed: Promise<SessionEnd>;
}

/** What the browser remembers. */
export interface Profile {
  /** False: no IndexedDB; it is forgotten when the page closes. */
  readonly durable: boolean;
  knownHosts(tenant: string, deviceId: string): Promise<KnownHost[]>;
  /** Removes one key, or all of the name when fingerprint is "". */
  removeKnownHost(name: string, fingerprint: string): Promise<void>;
  settings(scope: SettingsScope): Promise<ConfigurationSettings>;
  saveSettings(scope: SettingsScope, settings: ConfigurationSettings): Promise<void>;
  ports(scope: PortsScope): Promise<PortsSettings>;
  savePorts(scope: PortsScope, settings: PortsSettings): Promise<void>;
  filesSettings(scope: PortsScope): Promise<FilesSettings>;
  saveFilesSettings(scope: PortsScope, settings: FilesSettings): Promise<void>;
  /** Certificates of https pages that were accepted. */
  knownCertificates(tenant: string, deviceId: string): Promise<KnownCertificate[]>;
  /** Removes all certificates of the name: the next one is asked about. */
  removeKnownCertificate(name: string): Promise<void>;
}

const bridges = new WeakMap<object, Bridge>();

/**
 * The bridge, once the Go program runs. Rejects with code `no_webassembly` when the browser
 * cannot run it or it cannot be loaded; calling again then tries again.
 */
export async function loadBridge(): Promise<Bridge> {
  const worker = currentWorker();
  await worker.ready;
  let bridge = bridges.get(worker);
  if (bridge === undefined) {
    bridge = new PageBridge(worker);
    bridges.set(worker, bridge);
  }
  return bridge;
}
