/** What the page knows of logins, devices and configurations, read from JSON by `readers.ts`. */

/** GatewayInfo of ssh/wire/api.go. */
export interface GatewayInfo {
  readonly version: string;
  /** The gateway runs its own stand-in platform. */
  readonly demo: boolean;
  /** Host name of the tenant. */
  readonly tenant: string;
  readonly forwards: ForwardsInfo;
  readonly files: GatewayFiles;
}

/** FilesInfo of ssh/wire/files.go: whether there is a files panel, and its limits. */
export interface GatewayFiles {
  readonly enabled: boolean;
  /** The gateway's log may hold paths and hashes of transfers. */
  readonly logPaths: boolean;
  readonly readOnly: boolean;
  /** Bytes of the largest file; 0 = no limit. */
  readonly maxBytes: number;
  /** Absolute; they allow what is below them too. Empty lists allow all. */
  readonly readPaths: readonly string[];
  readonly writePaths: readonly string[];
}

/** ForwardsInfo of ssh/wire/forward.go: whether and how pages of devices can be shown. */
export interface ForwardsInfo {
  /** "" where the gateway has them switched off. */
  readonly kind: "" | "subdomain" | "second-site" | "ports";
  /** What happens to forwards whose bytes gateway and platform can read. */
  readonly plain: "deny" | "ask" | "allow";
  /** URL of the viewer page; "" unless kind is second-site. */
  readonly viewer: string;
}

/** ForwardRequest of ssh/wire/forward.go. */
export interface ForwardRequest {
  readonly device: string;
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
}

/** ForwardOrigin of ssh/wire/forward.go. */
export interface ForwardOrigin {
  readonly id: string;
  readonly origin: string;
}

/** ConnectionEvent of ssh/wire/forward.go, of a forward: what only this page can see. */
export interface ConnectionEvent {
  readonly type: "forward_opened" | "forward_closed" | "forward_refused";
  /** "host:port" as seen from the device. */
  readonly destination: string;
  readonly scheme: "http" | "https";
  readonly plain?: boolean;
  /** From and to the device. */
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  readonly requests?: number;
  readonly refused?: string;
  /** RFC 3339. */
  readonly at: string;
}

/** ConnectionEvent of ssh/wire/forward.go, of a transfer. */
export interface TransferEvent {
  readonly type: "transfer_finished";
  readonly direction: "download" | "upload";
  readonly result: "done" | "failed" | "cancelled";
  /** What was carried. */
  readonly bytes: number;
  readonly files: number;
  /** On the device, absolute. Only for gateways that log paths, as is sha256. */
  readonly path?: string;
  /** Lower-case hex. */
  readonly sha256?: string;
  /** RFC 3339. */
  readonly at: string;
}

/** LoginInfo of ssh/wire/api.go. */
export interface Login {
  readonly user: string;
  readonly tenant: string;
  /** False when the principal lacks ROLE_REMOTE_ACCESS_ADMIN. */
  readonly remoteAccess: boolean;
}

/** Whether a device can be reached now, as far as the platform knows. */
export type Presence = "online" | "offline" | "maintenance" | "unknown";

/** A device of the inventory. */
export interface Device {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly serial: string;
  readonly presence: Presence;
  /** When the platform last heard of the device; null when never or not known. */
  readonly lastSeen: Date | null;
}

/** One page of the device list. */
export interface DevicePage {
  readonly devices: readonly Device[];
  /** Counts from 1. */
  readonly page: number;
  /** At least 1. */
  readonly totalPages: number;
}

/** A remote access configuration: a named host and port as seen from the device. */
export interface Configuration {
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  /** PASSTHROUGH, SSH, VNC, TELNET, TCP; upper case. */
  readonly protocol: string;
}

/** Why the last websocket upgrade was refused (Refusal of ssh/wire/api.go). */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}
