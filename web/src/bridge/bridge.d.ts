/**
 * The contract between the Go program (wasm, in a Web Worker) and TypeScript.
 * Written by hand; checked by a test on each side. Go half: wasm/bridge.
 *
 * Bytes are Uint8Array, terminal sizes are {cols, rows} in characters, durations are
 * in milliseconds and named …Ms. A failure is a rejected promise with a BridgeError.
 * After close() every method rejects with code "closed".
 */

/** Bumped when Go and TypeScript must be built together; the loader refuses another. */
export const BRIDGE_VERSION: 2;

/** The one thing that Go puts on the worker's global object: `portholeBridge()`. */
export type BridgeEntry = () => Promise<GoBridge>;

export interface BridgeError extends Error {
  /** From ssh/wire/error.go. */
  code: string;
  /** Extra facts some codes carry, e.g. {known, offered, name} for host_key_changed. */
  detail?: Record<string, unknown>;
}

export interface GoBridge {
  readonly version: 2;
  /** Dials the websocket, makes the SSH connection, decides the host key, authenticates. */
  open(config: OpenConfig, hooks: OpenHooks): Promise<GoConnection>;
  /** Opens the profile: IndexedDB through hackpadfs, or memory where there is none. */
  profile(): Promise<GoProfile>;
  /**
   * A forward without SSH, for devices that have none: every TCP connection is a websocket
   * of a passthrough configuration that points straight at the port. Over http its bytes
   * are readable by gateway and platform; the caller has the person's consent.
   */
  directForward(config: DirectForwardConfig, hooks: ForwardHooks): Promise<GoForward>;
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
  /** A forward of one host:port as seen from the device (direct-tcpip, RFC 4254 §7.2). */
  forward(config: ForwardConfig, hooks: ForwardHooks): Promise<GoForward>;
  /** The TCP ports that the device listens on, found over exec; no connection is made to them. */
  listening(): Promise<ListeningPort[]>;
  /** Asks one port of the device whether it speaks HTTP or HTTPS: one GET /, at most 64 KiB read. */
  probe(host: string, port: number, signal?: AbortSignal): Promise<ProbeResult>;
  /** The device's files: SFTP, or POSIX tools over exec where there is none. Dials channels, no connection. */
  files(limits: FileLimits): Promise<GoFiles>;
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
  ports(scope: PortsScope): Promise<PortsSettings>;
  savePorts(scope: PortsScope, settings: PortsSettings): Promise<void>;
  filesSettings(scope: PortsScope): Promise<FilesSettings>;
  saveFilesSettings(scope: PortsScope, settings: FilesSettings): Promise<void>;
  /** Certificates of https pages that were accepted, by the device's known_hosts names. */
  knownCertificates(tenant: string, deviceId: string): Promise<KnownCertificate[]>;
  /** Removes all certificates of the name. */
  removeKnownCertificate(name: string): Promise<void>;
}

export interface KnownCertificate {
  name: string;
  /** "SHA256:…" of the certificate's public key (SPKI), base64 without padding. */
  fingerprint: string;
}

export interface PortsScope {
  tenant: string;
  /** Who is signed in: another person of this browser has not opened these before. */
  principal: string;
  deviceId: string;
}

/** What is remembered of a device's files. */
export interface FilesSettings {
  /** Bookmarked directories, absolute paths. */
  bookmarks: string[];
  /** What is transferred keeps its time of change. */
  keepModified: boolean;
  /** What is transferred keeps its permissions. */
  keepMode: boolean;
}

/** What is remembered of a device's pages. */
export interface PortsSettings {
  bookmarks: Bookmark[];
  /** Targets that this person opened before: "http://localhost:1880". */
  opened: string[];
  /** Configurations whose readable bytes this person agreed to: "ID HOST:PORT". */
  agreed: string[];
}

export interface Bookmark {
  name: string;
  scheme: "http" | "https";
  host: string;
  port: number;
  /** Begins with "/". */
  path: string;
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

/** Which one host:port a forward reaches, as seen from the device. */
export interface ForwardConfig {
  scheme: "http" | "https";
  host: string;
  port: number;
  tenant: string;
  deviceId: string;
  /** The forward's own origin, e.g. "http://abc….fwd.porthole.localhost:8440". */
  origin: string;
  /** How long the device may take to begin an answer, ms; 0 = 60,000. */
  headLimitMs: number;
}

export interface DirectForwardConfig extends ForwardConfig {
  /** ws(s) URL of the passthrough websocket; dialled once for each TCP connection. */
  url: string;
}

export interface ForwardHooks {
  /** First use of a certificate that no root vouches for. true pins its key. */
  askCertificate(question: CertificateQuestion): Promise<boolean>;
}

export interface CertificateQuestion {
  /** The known_hosts name of the target, e.g. "[localhost.1234.t1]:8443". */
  name: string;
  /** "SHA256:…" of its public key. */
  fingerprint: string;
  subject: string;
  issuer: string;
  /** ISO 8601. */
  notBefore: string;
  notAfter: string;
}

export interface GoForward {
  /**
   * Sends one HTTP/1.1 request and resolves at the head of the answer. Host, Origin,
   * Referer, Cookie and Authorization are made here; hop-by-hop headers are dropped.
   * body is pulled: it resolves with the next piece and with null at the end.
   */
  request(
    request: ForwardRequest,
    body: (() => Promise<Uint8Array | null>) | null,
    signal?: AbortSignal,
  ): Promise<GoResponse>;
  /** Opens a websocket to the device (RFC 6455); path begins with "/", cookies as a request's. */
  socket(
    path: string,
    protocols: string[],
    cookies: string | null,
    signal?: AbortSignal,
  ): Promise<GoSocket>;
  /** Answers Basic and Digest challenges from now on. Kept in memory only. */
  setCredential(user: string, password: string): Promise<void>;
  /** One assignment to document.cookie by a page of that path. */
  setCookie(text: string, path: string): Promise<void>;
  /** document.cookie of a page of that path: what is not HttpOnly. */
  cookies(path: string): Promise<string>;
  /** Forgets cookies and credential. */
  clear(): Promise<void>;
  stats(): ForwardStats;
  close(): Promise<void>;
  readonly closed: Promise<CloseInfo>;
}

export interface ForwardStats {
  /** TCP connections to the target now, and dials so far. */
  connections: number;
  dials: number;
  /** Bytes to and from the target, without SSH's or TLS's own. */
  bytesIn: number;
  bytesOut: number;
}

export interface ForwardRequest {
  method: string;
  /** Path and query, as the browser encoded them; begins with "/". */
  path: string;
  headers: [name: string, value: string][];
  /** Bytes of the body; -1 when there is none. */
  size: number;
  /** URL of the page that asked, on the forward's origin; "" when unknown. */
  referrer: string;
  /**
   * "name=value" pairs that the browser holds for this URL: they stand for all cookies that
   * are not HttpOnly. null where cookies are not mirrored: then the jar alone counts.
   */
  cookies: string | null;
  /** A request with an answer that is read as it comes (a navigation is not one). */
  navigate: boolean;
}

export interface GoResponse {
  status: number;
  /** Printable ASCII. */
  statusText: string;
  /** As the device sent them, but for Set-Cookie and hop-by-hop ones; values may hold any Latin-1. */
  headers: [name: string, value: string][];
  /** What Set-Cookie of this answer changed and a page may see; host-only, never HttpOnly. */
  cookies: PageCookie[];
  /** A 401 that asks for a user and password that are not set or were refused. */
  challenge: { scheme: "basic" | "digest"; realm: string; refused: boolean } | null;
  /** The first bytes of the body, where they came with the head. */
  chunk: Uint8Array | null;
  /** True when chunk is all of the body: there is no read() and no cancel() then. */
  done: boolean;
  /** The next piece, at most 256 KiB; null at the end. Rejects when the body breaks off. */
  read?(): Promise<Uint8Array | null>;
  cancel?(): void;
}

export interface PageCookie {
  name: string;
  value: string;
  path: string;
  /** ms since 1970; null for a cookie of the browser session; 0 deletes. */
  expiresMs: number | null;
  sameSite: "strict" | "lax" | "none";
}

export interface GoSocket {
  /** The subprotocol that the device chose; "" for none. */
  readonly protocol: string;
  /** Resolves when the device's TCP took it. Text is a string, binary a Uint8Array. In order. */
  send(data: string | Uint8Array): Promise<void>;
  /** The next message, null after the close. One call at a time. */
  read(): Promise<string | Uint8Array | null>;
  close(code: number, reason: string): Promise<void>;
  /** How it ended; never rejects. 1006 and clean false when the connection broke. */
  readonly closed: Promise<{ code: number; reason: string; clean: boolean }>;
}

export interface ListeningPort {
  /** Address it listens on, as a client of the device would dial it: "localhost", or an address. */
  host: string;
  port: number;
  /** Name of the program, "" when the device does not tell. */
  program: string;
  /** Name of the well-known service, "" when the port has none. */
  service: string;
  /** yes/no = by the port's well-known use; unknown = may be asked; never = must not be asked
   * (a control protocol such as Modbus, where a stray byte can do harm). */
  http: "yes" | "no" | "unknown" | "never";
}

export interface ProbeResult {
  kind: "http" | "https" | "other" | "closed";
  /** Status of GET /; 0 when there is none. */
  status: number;
  /** <title> of the page, text, at most 80 characters. */
  title: string;
}

/**
 * Limits of gateway and component, enforced in this client alone. Paths are absolute and
 * allow what is below them too; an empty list allows all.
 */
export interface FileLimits {
  readOnly: boolean;
  /** Bytes of the largest file, each direction; 0 = no limit. */
  maxBytes: number;
  readPaths: string[];
  writePaths: string[];
  /**
   * Nothing may be read or listed: what combining two lists of readPaths without a common
   * path leaves. (For writing that is readOnly.)
   */
  readNothing: boolean;
}

/**
 * The device's files. A path is a string in which a byte that is no UTF-8 stands as
 * U+EF00 + byte (ssh/files/fsys/names.go); NUL is refused. Modes are the twelve permission
 * bits, times are ms since 1970, sizes bytes. A failure has a code of ssh/wire/error.go.
 */
export interface GoFiles {
  readonly info: FilesInfo;
  /**
   * A directory's entries, batch by batch, in no order: {@link FileEntry} fields in their
   * order there, each followed by NUL (numbers in decimal, "" for null). Ends early with
   * code "too_many".
   */
  list(
    path: string,
    sink: { entries(batch: string): Promise<void> | void },
    signal?: AbortSignal,
  ): Promise<void>;
  /** One entry in the same form; follow: what a link leads to. */
  stat(path: string, follow: boolean): Promise<string>;
  realPath(path: string): Promise<string>;
  readLink(path: string): Promise<string>;
  mkdir(path: string, mode: number): Promise<void>;
  rename(from: string, to: string, replace: boolean): Promise<void>;
  /** Removes path and all below it, not following links; progress hears of what is gone so far. */
  remove(
    path: string,
    progress: (removed: number) => void,
    signal?: AbortSignal,
  ): Promise<{ removed: number }>;
  /** Counts what is at and below path, not following links. */
  count(
    path: string,
    progress: (found: TreeCount) => void,
    signal?: AbortSignal,
  ): Promise<TreeCount>;
  chmod(path: string, mode: number, recursive: boolean): Promise<void>;
  /** -1 leaves one as it is. */
  chown(path: string, uid: number, gid: number, recursive: boolean): Promise<void>;
  setModified(path: string, modifiedMs: number): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  /** null when the device does not tell. */
  space(path: string): Promise<{ total: number; free: number } | null>;
  /** SHA-256, lower-case hex, of the first length bytes (-1: all), made on the device; null when it cannot. */
  hash(path: string, length: number, signal?: AbortSignal): Promise<string | null>;
  /**
   * What two sides compare: of at most DIGEST_PIECE_BYTES the hash, of more "pieces:" and the
   * SHA-256 of the hashes of all pieces, one behind the other in hex. Else as hash.
   */
  digest(path: string, length: number, signal?: AbortSignal): Promise<string | null>;
  /** A piece of a file, special ones too, at most 8 MiB: for previews and the editor. */
  read(path: string, offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * Writes a whole small file in one step: a part file beside it, then a rename. Without
   * replace an existing path is code "exists". Keeps mode and owner of what it replaces
   * where the device allows it; mode and modifiedMs of null leave the device's default.
   */
  put(path: string, data: Uint8Array, options: PutOptions): Promise<string>;
  /**
   * Writes what a person edited: as put with replace, but in place where other names (hard
   * links) would keep the old text, or where nothing can be put beside it. note: a sentence
   * for the person, "" for none.
   */
  save(path: string, data: Uint8Array): Promise<{ entry: string; note: string }>;
  /** Streams a regular file from offset; length -1: to the end. */
  download(
    path: string,
    options: { offset: number; length: number; gzip: boolean },
    signal?: AbortSignal,
  ): Promise<GoDownload>;
  /** Streams into path from offset on; at offset 0 it is emptied first. fresh: code "exists" when it is there. */
  upload(
    path: string,
    options: { offset: number; fresh: boolean; mode: number | null; gzip: boolean },
    signal?: AbortSignal,
  ): Promise<GoUpload>;
  /**
   * Streams what is at and below paths: see GoTree. Links are entries, not followed. has
   * says, by an item's path, which files the page has already: they are entries without data.
   */
  tree(
    paths: string[],
    has: ((path: string, size: number, modifiedMs: number | null) => boolean) | null,
    signal?: AbortSignal,
  ): Promise<GoTree>;
  /** What is appended to a file from now on, after its last lines; survives rotation (tail -F). */
  follow(path: string, lines: number, sink: Sink): Promise<GoSession>;
  /** What the shell of this connection's terminal does now; null when the device does not tell. */
  shellState(): Promise<ShellState | null>;
  close(): Promise<void>;
  readonly closed: Promise<CloseInfo>;
}

export interface ShellState {
  /** Its working directory, absolute. */
  directory: string;
  /** False while a program has the terminal: what is typed goes to that program. */
  atPrompt: boolean;
}

export interface FilesInfo {
  backend: "sftp" | "shell";
  home: string;
  /** Whether the device can hash and pack, over exec. */
  hash: boolean;
  gzip: boolean;
  /** Tools that a shell backend does without. */
  missing: string[];
}

/** Fields in the order of the NUL-separated form. */
export interface FileEntry {
  name: string;
  type: FileType;
  size: number;
  /** null when unknown. */
  modifiedMs: number | null;
  mode: number;
  uid: number | null;
  gid: number | null;
  owner: string;
  group: string;
  /** What a link names; "" when unknown. */
  target: string;
  /** Type of what a link leads to; "unknown" when it dangles or was not asked. */
  targetType: FileType;
}

export type FileType = "file" | "dir" | "link" | "fifo" | "socket" | "char" | "block" | "unknown";

export interface TreeCount {
  files: number;
  folders: number;
  /** Links and special files. */
  others: number;
  bytes: number;
}

export interface PutOptions {
  replace: boolean;
  mode: number | null;
  modifiedMs: number | null;
}

export interface GoDownload {
  /** The entry as it was when it was opened, in the form of list. */
  readonly entry: string;
  /** The next piece, at most 256 KiB; null at the end of the file, wherever it is by then. */
  read(): Promise<Uint8Array | null>;
  cancel(): void;
}

export interface GoUpload {
  /** Resolves when more may come (at most 4 MiB are untaken). In order; the bytes are copied. */
  write(data: Uint8Array): Promise<void>;
  /** Whether {@link writePacked} is taken: gzip was asked for, and the device unpacks. */
  readonly packs: boolean;
  /** One gzip member that holds size bytes of the file; resolves as write does. */
  writePacked(member: Uint8Array, size: number): Promise<void>;
  /** Up to where the device has confirmed all bytes. */
  confirmed(): number;
  /** Resolves when the device has all. */
  finish(): Promise<void>;
  cancel(): void;
}

export interface GoTree {
  /** The next items, null at the end. One call at a time. */
  next(): Promise<TreeBatch | null>;
  cancel(): void;
}

/**
 * Items of a tree in order, many at a time: a call for each of 10,000 small files would cost
 * more than the files. text has the fields of each, each field followed by NUL:
 *
 * - "entry", path, "1" for a file that the page has or "", and the fields of {@link FileEntry}
 * - "data", bytes: of the last entry
 * - "fault", path, code, message: it ends the data of the last entry, or stands for a
 *   directory that could not be read
 *
 * An entry comes before its data. path is relative: the last element of the asked path
 * comes first. data has all bytes of the batch, about 256 KiB at most.
 */
export interface TreeBatch {
  text: string;
  data: Uint8Array;
}
