/**
 * What page and worker say to each other. Calls go through comlink ({@link WorkerApi});
 * the bytes of a session go over a MessagePort of its own, because comlink would make a
 * request and an answer of every chunk.
 */

import type {
  CloseInfo,
  ConfigurationSettings,
  ConnectionInfo,
  DirectForwardConfig,
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
import type { FilesApi } from "./files-messages.ts";
import type { ForwardTotals } from "./forward.ts";

/**
 * Bytes from here on are a flood: chunks are joined to this size before they are posted.
 * xterm.js takes a chunk whole and draws after it, so with larger ones it draws less often:
 * noise is through about a third sooner than with 32 KiB. The price is a pause of about 70 ms of the page for each chunk of noise.
 */
export const COALESCE_BYTES = 256 * 1024;
/** Bytes on their way to the screen at which the worker stops reading the SSH channel. */
export const HIGH_WATER_BYTES = 512 * 1024;
/** Bytes on their way at which it reads again: enough to draw until more is there. */
export const LOW_WATER_BYTES = 256 * 1024;

/** Worker → page on a session's port. */
export type ToPage =
  /** Output; the buffer is transferred. stream is 0 for stdout, 1 for stderr (exec only). */
  | { type: "output"; data: ArrayBuffer; stream: 0 | 1 }
  /** The SSH window took input number id, or refused it. */
  | { type: "taken"; id: number }
  | { type: "refused"; id: number; error: unknown }
  /** The session ended; nothing follows. */
  | { type: "end"; end: SessionEnd };

/** Page → worker on a session's port. */
export type ToWorker =
  /** Input; the buffer is transferred. */
  | { type: "input"; id: number; data: ArrayBuffer }
  /** So many bytes of output have been drawn. */
  | { type: "credit"; bytes: number };

/** By what a connection, session or forward is named in calls; given out by the page. */
export type ObjectID = number;

/** OpenConfig as it crosses the threads: an AbortSignal cannot, {@link WorkerApi.cancel} stands for it. */
export type PlainOpenConfig = Omit<OpenConfig, "signal">;

/** Measures of a connection. */
export interface ConnectionStats {
  bytesIn: number;
  bytesOut: number;
  /** Last measured round trip to the SSH server; null before the first answer. */
  roundTripMs: number | null;
}

/** Measures of the Go program, for leak tests and the bench page. */
export interface ProgramStats {
  goroutines: number;
  heapBytes: number;
  memoryBytes: number;
  funcs: number;
}

/** What the worker exposes through comlink. */
export interface WorkerApi extends FilesApi {
  /** Resolves when the Go program runs; rejects with no_webassembly when it cannot. */
  ready(): Promise<void>;
  /** Resolves only when the Go program has ended, which it never should. */
  exited(): Promise<string>;
  open(id: ObjectID, config: PlainOpenConfig, hooks: OpenHooks): Promise<ConnectionInfo>;
  cancel(id: ObjectID): void;
  connectionClosed(id: ObjectID): Promise<CloseInfo>;
  connectionStats(id: ObjectID): ConnectionStats;
  closeConnection(id: ObjectID): Promise<void>;
  shell(
    connection: ObjectID,
    session: ObjectID,
    options: ShellOptions,
    port: MessagePort,
  ): Promise<void>;
  exec(connection: ObjectID, session: ObjectID, command: string, port: MessagePort): Promise<void>;
  resize(session: ObjectID, cols: number, rows: number): Promise<void>;
  signal(session: ObjectID, name: string): Promise<void>;
  closeSession(session: ObjectID): Promise<void>;
  /** events carries ForwardEvent messages to the page. */
  forward(
    connection: ObjectID,
    id: ObjectID,
    config: ForwardConfig,
    hooks: ForwardHooks,
    events: MessagePort,
  ): Promise<void>;
  directForward(
    id: ObjectID,
    config: DirectForwardConfig,
    hooks: ForwardHooks,
    events: MessagePort,
  ): Promise<void>;
  forwardConnect(id: ObjectID, port: MessagePort, epoch: string): void;
  forwardSetCredential(id: ObjectID, user: string, password: string): Promise<void>;
  forwardRefuseCredential(id: ObjectID): void;
  forwardClear(id: ObjectID): Promise<void>;
  forwardStats(id: ObjectID): ForwardTotals;
  forwardClosed(id: ObjectID): Promise<CloseInfo>;
  closeForward(id: ObjectID): Promise<void>;
  listening(connection: ObjectID): Promise<ListeningPort[]>;
  /** Ended by cancel(id). */
  probe(connection: ObjectID, id: ObjectID, host: string, port: number): Promise<ProbeResult>;
  profileDurable(): Promise<boolean>;
  knownHosts(tenant: string, deviceId: string): Promise<KnownHost[]>;
  removeKnownHost(name: string, fingerprint: string): Promise<void>;
  settings(scope: SettingsScope): Promise<ConfigurationSettings>;
  saveSettings(scope: SettingsScope, settings: ConfigurationSettings): Promise<void>;
  ports(scope: PortsScope): Promise<PortsSettings>;
  savePorts(scope: PortsScope, settings: PortsSettings): Promise<void>;
  filesSettings(scope: PortsScope): Promise<FilesSettings>;
  saveFilesSettings(scope: PortsScope, settings: FilesSettings): Promise<void>;
  knownCertificates(tenant: string, deviceId: string): Promise<KnownCertificate[]>;
  removeKnownCertificate(name: string): Promise<void>;
  programStats(): Promise<ProgramStats>;
}
