/** What the page sees of a forward: one host:port of a device, and ports that reach it. */

import type { CloseInfo, DirectForwardConfig, ForwardConfig, ForwardStats } from "./bridge.d.ts";

export type {
  Bookmark,
  CertificateQuestion,
  DirectForwardConfig,
  ForwardConfig,
  ForwardHooks,
  ForwardStats,
  KnownCertificate,
  ListeningPort,
  PortsScope,
  PortsSettings,
  ProbeResult,
} from "./bridge.d.ts";

/** A password that a page of the device asks for. */
export interface ForwardChallenge {
  scheme: "basic" | "digest";
  /** The device's words; text. */
  realm: string;
  /** A user and password were sent and not accepted. */
  refused: boolean;
}

/** One request or websocket, for the person who debugs a page. */
export interface ForwardLogEntry {
  /** Counts from 1 in each forward; an entry that changed comes again under its id. */
  id: number;
  kind: "request" | "socket";
  method: string;
  path: string;
  /** 0 while under way or when it failed; 101 for an open websocket. */
  status: number;
  /** Bytes of the bodies, without heads. */
  bytesIn: number;
  bytesOut: number;
  /** ms since 1970. */
  startedAt: number;
  /** How long it has taken so far, ms. */
  ms: number;
  /** A sentence; "" while all is well. */
  error: string;
  /** Code of the failure, of ssh/wire/error.go; "" while all is well. */
  code: string;
  /** What some codes add: name, known and offered of certificate_change. */
  detail?: Record<string, unknown>;
  done: boolean;
}

/** What a forward did, of all its ports together. */
export interface ForwardTotals extends ForwardStats {
  requests: number;
  /** Requests and websockets that failed; an answer of any status is no failure. */
  errors: number;
}

/** One forward. It ends with its SSH connection. */
export interface Forward {
  readonly config: ForwardConfig | DirectForwardConfig;
  /**
   * Serves a capability port (src/forward/protocol.ts) until it or the forward closes. The
   * port is transferred. epoch names the tunnel to the websockets that use it.
   */
  connect(port: MessagePort, epoch: string): Promise<void>;
  /** The request log, in batches of at most one each 250 ms. Returns the function that ends it. */
  onLog(handler: (entries: ForwardLogEntry[]) => void): () => void;
  /** A page that was navigated to asks for a password, which the person types in the app. */
  onChallenge(handler: (challenge: ForwardChallenge) => void): () => void;
  /** Answers challenges from now on, and tells the pages that wait. Kept in memory only. */
  setCredential(user: string, password: string): Promise<void>;
  /** Tells the pages that wait that there is none. */
  refuseCredential(): Promise<void>;
  /** Forgets cookies and credential. */
  clear(): Promise<void>;
  stats(): Promise<ForwardTotals>;
  /** Idempotent. */
  close(): Promise<void>;
  /** Resolves when the forward has ended, however it ended; never rejects. */
  readonly closed: Promise<CloseInfo>;
}

/** Worker → page on the forward's own port. */
export type ForwardEvent =
  { type: "log"; entries: ForwardLogEntry[] } | { type: "challenge"; challenge: ForwardChallenge };
