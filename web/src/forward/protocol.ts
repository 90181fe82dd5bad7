/**
 * The contract of a forward: what the parts on the forward's origin (service worker, bridge
 * frame, shim in the device's page, viewer tab) say to each other and to the app's worker.
 * Types and constants only; the bridge and the ports panel import them too.
 *
 * The capability port reaches one host:port of one device and nothing else: whoever holds it
 * can send HTTP requests and open websockets there. No SSH, no key, no credential crosses it.
 */

/** Bumped when the parts must be of one build; a part that meets another reloads itself. */
export const FORWARD_PROTOCOL = 1;

/** Where the forward's own files live on its origin; the gateway serves nothing else there. */
export const FORWARD_PATH = "/.fwd/";
export const BRIDGE_PATH = "/.fwd/bridge";
/**
 * The service worker's script. "/" with the header Service-Worker: script, because Chromium
 * lets it read cookies of addresses below its script's alone.
 */
export const WORKER_PATH = "/";
/** The service worker has this one in its memory: pages without it have no use for the shim. */
export const SHIM_PATH = "/.fwd/shim.js";
export const VIEWER_PATH = "/.fwd/viewer";

/** The Web Lock that the bridge frame holds while the app's tunnel of that epoch lives. */
export function lockName(epoch: string): string {
  return `porthole-tunnel:${epoch}`;
}

/**
 * The Web Lock that a page or worker with websockets holds as long as it lives: nothing else
 * tells of one that crashed or was terminated. page is a random id of its making.
 */
export function pageLockName(page: string): string {
  return `porthole-page:${page}`;
}

/** What the gateway writes in front of each script of the forward's origin, as self.portholeForward. */
export interface ForwardSite {
  /** Origins of the app that may frame the bridge and hand in ports. */
  apps: string[];
  /** Origin of the viewer tab; "" where the app is on the same site. */
  viewer: string;
  /** Whether cookies may be mirrored to the browser's jar: false where origins share one host. */
  mirror: boolean;
}

// ---- capability port: service worker ⇄ app's worker -----------------------------------

/** Bytes of a body that may be on their way before the receiver grants more. */
export const WINDOW_BYTES = 1024 * 1024;
/** What a receiver may owe in credits: less than the window, so that nobody waits for them. */
export const CREDIT_BYTES = WINDOW_BYTES / 4;
/** Largest piece of a body in one message. */
export const PIECE_BYTES = 256 * 1024;
/**
 * The worker answers or acknowledges a request within this time; else the port is taken for
 * dead. Most answers are there sooner and need no acknowledgement: it costs what they cost.
 */
export const ACK_LIMIT_MS = 1_000;
/** When the worker acknowledges what it has not answered by then. */
export const ACK_AFTER_MS = 100;

/** Either side may send an array of so many of its messages instead of one; "socket" goes alone. */
export const MOST_TOGETHER = 64;

/** Number of a request on its port, given out by the service worker. */
export type RequestID = number;

/** Service worker → app's worker. */
export type ToTunnel =
  | {
      type: "request";
      id: RequestID;
      method: string;
      path: string;
      headers: [string, string][];
      /** Bytes of the body that follows in "body" messages; -1 for none. */
      size: number;
      referrer: string;
      cookies: string | null;
      navigate: boolean;
    }
  /** A piece of the request's body, transferred; at most WINDOW_BYTES untaken. */
  | { type: "body"; id: RequestID; data: ArrayBuffer }
  | { type: "bodyend"; id: RequestID }
  /** The page took so many bytes of the answer's body. */
  | { type: "taken"; id: RequestID; bytes: number }
  | { type: "abort"; id: RequestID }
  /** A websocket of the page; its messages go over the transferred port (ToSocket, FromSocket). */
  | {
      type: "socket";
      path: string;
      protocols: string[];
      /** As a request's. */
      cookies: string | null;
      /** Whose it is; it ends with "page-gone" of that id. */
      page: string;
      port: MessagePort;
    }
  /** The page or worker of that id is gone: its websockets end (RFC 6455 code 1001). */
  | { type: "page-gone"; page: string }
  /**
   * document.cookie = text, in a page of that path. Each assignment is told where Go's jar
   * alone counts: no jar of the browser, one shared by origins, or one that is not trusted.
   */
  | { type: "cookie"; text: string; path: string }
  /** Answered once by "credential", when the person gave or refused a password in the app. */
  | { type: "await-credential"; id: RequestID };

/** App's worker → service worker. */
export type FromTunnel =
  /**
   * The first message on a port: the device's own origins (ownOrigins of targets.ts), and
   * whether gateway and platform can read the bytes.
   */
  | { type: "hello"; protocol: number; targets: string[]; plain: boolean }
  /** The request is under way; only one that takes time has it. */
  | { type: "ack"; id: RequestID }
  | {
      type: "head";
      id: RequestID;
      status: number;
      statusText: string;
      headers: [string, string][];
      cookies: TunnelCookie[];
      challenge: { scheme: "basic" | "digest"; realm: string; refused: boolean } | null;
      /** First bytes of the body, transferred. */
      data: ArrayBuffer | null;
      /** Nothing follows. */
      end: boolean;
      /** What document.cookie shows at this path, for navigations where cookies are not mirrored. */
      pageCookies: string | null;
    }
  | { type: "data"; id: RequestID; data: ArrayBuffer }
  | { type: "end"; id: RequestID }
  /** Instead of a head, or in the middle of a body. */
  | { type: "error"; id: RequestID; code: TunnelErrorCode; message: string }
  | { type: "taken"; id: RequestID; bytes: number }
  | { type: "credential"; id: RequestID; given: boolean };

/** Why a request has no answer; the service worker makes a page or a network error of it. */
export type TunnelErrorCode =
  /** Nothing listens on that port, or the device refuses forwards. */
  | "refused"
  /** forbidden by the SSH server (AllowTcpForwarding no). */
  | "forbidden"
  /** No head within the limit: 504. */
  | "silent"
  /** What came is not HTTP/1.x, or breaks its rules: 502. */
  | "garbage"
  /** Broke off. */
  | "broken"
  /** The certificate changed, or the person refused it. */
  | "certificate"
  /** The forward or its SSH connection is gone. */
  | "closed"
  | "aborted"
  | "internal";

export interface TunnelCookie {
  name: string;
  value: string;
  path: string;
  /** ms since 1970; null for a session cookie; 0 deletes. */
  expiresMs: number | null;
  sameSite: "strict" | "lax" | "none";
}

// ---- a websocket's own port: shim in the page ⇄ app's worker ---------------------------

export type ToSocket =
  | { type: "send"; data: string | ArrayBuffer }
  | { type: "close"; code: number; reason: string }
  /** The page's handlers took so many bytes; told for at least CREDIT_BYTES at once. */
  | { type: "taken"; bytes: number };

export type FromSocket =
  | { type: "open"; protocol: string; epoch: string }
  /** sent: as in "sent", what was not told before. */
  | { type: "message"; data: string | ArrayBuffer; sent: number }
  /** So many bytes left: WebSocket.bufferedAmount goes down. */
  | { type: "sent"; bytes: number }
  | { type: "close"; code: number; reason: string; clean: boolean };

// ---- page → service worker --------------------------------------------------------------

/** Shim → service worker; a port comes along as the message's first transferred port. */
export type FromPage =
  | { type: "socket"; path: string; protocols: string[]; page: string; port: MessagePort }
  | { type: "cookie"; text: string; path: string }
  /** Bootstrap page: is there a tunnel? Answered on the port by PageStatus. */
  | { type: "status"; port: MessagePort }
  /** Sign-in page: answered on the port by PageCredential, when the person answered in the app. */
  | { type: "await-credential"; port: MessagePort };

/** The service worker says to waiting pages that a tunnel is there, on the BroadcastChannel of that name. */
export const TUNNEL_CHANNEL = "porthole-tunnel";

export interface PageStatus {
  protocol: number;
  tunnel: boolean;
}

export interface PageCredential {
  given: boolean;
}

// ---- bridge frame ⇄ service worker -------------------------------------------------------

/** Bridge → service worker. Accepted only from a client whose creation URL is BRIDGE_PATH in a frame. */
export interface BridgePort {
  type: "port";
  protocol: number;
  epoch: string;
  port: MessagePort;
}

/** Service worker → bridge: it has none, or the one it has is dead. */
export interface NeedPort {
  type: "need-port";
  protocol: number;
}

/** Service worker → bridge, which lives longer than it: say when that page is gone. */
export interface WatchPage {
  type: "watch-page";
  page: string;
}

/** Bridge → service worker. Accepted as BridgePort is. */
export interface PageGone {
  type: "page-gone";
  page: string;
}

/**
 * Bridge → service worker, accepted as BridgePort is: which cookies does the browser hold
 * for this origin? Answered once on the port, by HeldCookie[]: only a service worker can
 * read cookies of other addresses than its own.
 */
export interface AskCookies {
  type: "ask-cookies";
  port: MessagePort;
}

/** A cookie of this origin; domain is its host name, or null where it has no such attribute. */
export interface HeldCookie {
  name: string;
  path: string;
  domain: string | null;
}

// ---- bridge frame ⇄ its host (app page or viewer tab), by window.postMessage ---------------

/** Bridge → host. Checked there by origin and by source. */
export type ToHost =
  | { porthole: "need-port"; protocol: number }
  /** The service worker could not be registered, or a part is of another build. */
  | { porthole: "failed"; reason: string }
  | { porthole: "cleared" };

/** Host → bridge. Checked there by origin (ForwardSite.apps, viewer) and source === parent. */
export type FromHost =
  /** epoch is new for each tunnel, unguessable. */
  | { porthole: "port"; epoch: string; port: MessagePort }
  /** "Clear this page's data": caches, storage, cookies of this origin. */
  | { porthole: "clear" }
  /** Reloads the frames of this origin beside the bridge, wherever in the page they are. */
  | { porthole: "reload" };

// ---- viewer tab ⇄ app (second site), by window.postMessage ---------------------------------

/** Viewer → its opener, the app. */
export type FromViewer =
  | { porthole: "viewer-ready"; protocol: number; forward: string }
  | { porthole: "viewer-need-port"; forward: string }
  /** Every few seconds: nothing else tells a viewer that the app's page was reloaded. */
  | { porthole: "viewer-ping"; forward: string }
  /** Answers "viewer-clear" once all is removed. */
  | { porthole: "viewer-cleared"; forward: string };

/** App → viewer. */
export type ToViewer =
  | {
      porthole: "viewer-show";
      forward: string;
      /** Origin of the forward and path to show. */
      origin: string;
      path: string;
      /** "Demo device · localhost:1880" */
      title: string;
      plain: boolean;
      /** Where to go when the app tab is gone. */
      back: string;
    }
  | { porthole: "viewer-port"; forward: string; epoch: string; port: MessagePort }
  /** epoch of the last port handed out, "" for none. */
  | { porthole: "viewer-pong"; forward: string; epoch: string }
  /** "Clear this page's data": a frame of the app has another storage than this site's tabs. */
  | { porthole: "viewer-clear"; forward: string }
  | { porthole: "viewer-gone"; forward: string };

// ---- in the device's page -------------------------------------------------------------------

/** What the service worker writes into the shim's tag (data-forward, JSON). */
export interface ShimConfig {
  /** The device's own origins, all lower case: links to them are mapped to this origin. */
  targets: string[];
  /** Snapshot for document.cookie; null where the browser's own jar is used. */
  cookies: string | null;
  /** The bytes of this page are readable on their way: the shim says so on the page. */
  plain: boolean;
}
