/**
 * The contract between the Go program (wasm, in a Web Worker) and TypeScript.
 * Written by hand; checked by a test on each side. Go half: wasm/bridge.
 *
 * Bytes are Uint8Array, terminal sizes are {cols, rows} in characters, durations are
 * in milliseconds and named …Ms. A failure is a rejected promise with a BridgeError.
 * After close() every method rejects with code "closed".
 */

/** Bumped when Go and TypeScript must be built together; the loader refuses another. */
export const BRIDGE_VERSION: 1;

/** The one thing that Go puts on the worker's global object: `portholeBridge()`. */
export type BridgeEntry = () => Promise<GoBridge>;

export interface BridgeError extends Error {
  /** From ssh/wire/error.go. */
  code: string;
  /** Extra facts some codes carry, e.g. {known, offered, name} for host_key_changed. */
  detail?: Record<string, unknown>;
}

export interface GoBridge {
  readonly version: 1;
  /** Dials the websocket, makes the SSH connection, decides the host key, authenticates. */
  open(config: OpenConfig, hooks: OpenHooks): Promise<GoConnection>;
  /** Opens the profile: IndexedDB through hackpadfs, or memory where there is none. */
  profile(): Promise<GoProfile>;
  /** For leak tests and the bench page. */
  stats(): { goroutines: number; heapBytes: number; memoryBytes: number; funcs: number };
}

export interface OpenConfig {
  /** ws(s) URL of the passthrough websocket. */
  url: string;
  tenant: string;
  deviceId: string;
  /** host and port of the configuration, as seen from the device: names the host key. */
  host: string;
  port: number;
  /** SSH user. */
  user: string;
  /** Which credential to offer first; others the server insists on are asked for too. */
  credential: "password" | "key";
  /** Offer the algorithms of ten years ago as well (SHA-1, CBC, ssh-rsa, group1/14). */
  allowOldAlgorithms: boolean;
  /** Abort = cancel at any stage. */
  signal?: AbortSignal;
}

export type ConnectState = "waiting" | "connecting" | "authenticating" | "connected";

export interface OpenHooks {
  /** waiting = socket open, no byte of the device yet; connecting = SSH banner seen. */
  onState(state: ConnectState): void;
  /** Text of SSH_MSG_USERAUTH_BANNER, to be shown as text. */
  onBanner(text: string): void;
  /** First use of a host key. true pins it, false ends the connection. */
  askHostKey(question: HostKeyQuestion): Promise<boolean>;
  /** null cancels. attempt counts from 1. */
  askPassword(question: { user: string; attempt: number }): Promise<string | null>;
  /** keyboard-interactive (RFC 4256); null cancels. */
  askQuestions(question: {
    name: string;
    instruction: string;
    prompts: { text: string; echo: boolean }[];
  }): Promise<string[] | null>;
  /** A private key in OpenSSH or PEM format; null cancels. attempt counts from 1; error says why the last was refused. */
  askKey(question: { user: string; attempt: number; error: string }): Promise<string | null>;
  /** The passphrase of that key; null cancels. attempt counts from 1. */
  askPassphrase(question: { comment: string; attempt: number }): Promise<string | null>;
}

export interface HostKeyQuestion {
  /** The known_hosts name, e.g. "[localhost.1234.t1]:22". */
  name: string;
  algorithm: string;
  /** "SHA256:…" */
  fingerprint: string;
}

export interface GoConnection {
  readonly info: ConnectionInfo;
  /** pty, environment and shell in one flight; resolves when the shell runs. */
  shell(options: ShellOptions, sink: Sink): Promise<GoSession>;
  /** Runs one command without a PTY. */
  exec(command: string, sink: Sink): Promise<GoSession>;
  stats(): { bytesIn: number; bytesOut: number; roundTripMs: number | null };
  close(): Promise<void>;
  /** Resolves when the connection ended, however it ended. */
  readonly closed: Promise<CloseInfo>;
}

export interface ConnectionInfo {
  serverVersion: string;
  keyExchange: string;
  hostKeyAlgorithm: string;
  hostKeyFingerprint: string;
  cipher: string;
  mac: string;
  /** False when the profile could not be written: the key is known until the page closes. */
  hostKeyKept: boolean;
}

export interface ShellOptions {
  term: string;
  cols: number;
  rows: number;
  env: Record<string, string>;
}

export interface Sink {
  /**
   * Takes output (stdout and stderr of a shell alike). Go hands over ownership of the
   * chunk and waits for the promise before it reads on: this is the flow control.
   * stream is 0 for stdout, 1 for stderr (exec only).
   */
  write(chunk: Uint8Array, stream: 0 | 1): Promise<void> | void;
}

export interface GoSession {
  /** Resolves when the SSH window took all of it. */
  write(data: Uint8Array): Promise<void>;
  resize(cols: number, rows: number): Promise<void>;
  /** RFC 4254 §6.10 name without SIG, e.g. "INT". */
  signal(name: string): Promise<void>;
  close(): Promise<void>;
  readonly closed: Promise<SessionEnd>;
}

export interface SessionEnd {
  /** null when the server reported none. */
  exitStatus: number | null;
  exitSignal: string;
  /** Set when the connection broke rather than the program ending. */
  error?: { code: string; message: string };
}

export interface CloseInfo {
  code: string;
  message: string;
}

export interface GoProfile {
  /** False when there is no IndexedDB and the profile lives in memory until the page closes. */
  readonly durable: boolean;
  knownHosts(tenant: string, deviceId: string): Promise<KnownHost[]>;
  /** Removes one key (all keys of the name when fingerprint is ""). */
  removeKnownHost(name: string, fingerprint: string): Promise<void>;
  /** Settings kept per tenant, device and configuration. */
  settings(scope: SettingsScope): Promise<ConfigurationSettings>;
  saveSettings(scope: SettingsScope, settings: ConfigurationSettings): Promise<void>;
}

export interface SettingsScope {
  tenant: string;
  deviceId: string;
  configurationId: string;
}

export interface ConfigurationSettings {
  user: string;
  credential: "password" | "key";
  allowOldAlgorithms: boolean;
}

export interface KnownHost {
  name: string;
  algorithm: string;
  fingerprint: string;
}
