/** What the page knows of logins, devices and configurations, read from JSON by `readers.ts`. */

/** GatewayInfo of ssh/wire/api.go. */
export interface GatewayInfo {
  readonly version: string;
  /** The gateway runs its own stand-in platform. */
  readonly demo: boolean;
  /** Host name of the tenant. */
  readonly tenant: string;
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
