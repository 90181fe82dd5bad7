/** What ports needs of the bridge: a part of web/src/bridge/client.ts, so that tests can stand in. */

import type { Bridge, Connection, Profile } from "../bridge/client.ts";

export type { Forward, ForwardLogEntry } from "../bridge/client.ts";
export type {
  Bookmark,
  CertificateQuestion,
  CloseInfo,
  ForwardConfig,
  ForwardHooks,
  ListeningPort,
  PortsScope,
  PortsSettings,
  ProbeResult,
} from "../bridge/bridge.d.ts";

/** Makes forwards without SSH. */
export type DirectBridge = Pick<Bridge, "directForward">;

/** The SSH connection. */
export type PortsConnection = Pick<Connection, "forward" | "listening" | "probe" | "closed">;

/** What the browser remembers. */
export type PortsProfile = Pick<
  Profile,
  "ports" | "savePorts" | "knownCertificates" | "removeKnownCertificate"
>;
