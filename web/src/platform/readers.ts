import {
  BadAnswer,
  flag,
  identifier,
  lenient,
  list,
  members,
  optional,
  text,
  time,
  whole,
  type Members,
  type Reader,
} from "./parse.ts";
import type {
  Configuration,
  Device,
  DevicePage,
  ForwardOrigin,
  ForwardsInfo,
  GatewayFiles,
  GatewayInfo,
  Login,
  Presence,
  Refusal,
} from "./types.ts";

/** Reads GET /api/config. */
export const readGatewayInfo: Reader<GatewayInfo> = (value, at) => {
  const json = members(value, at);
  return {
    version: text(json["version"], `${at}.version`),
    demo: flag(json["demo"], `${at}.demo`),
    tenant: text(json["tenant"], `${at}.tenant`),
    forwards: readForwards(fragment(json, "forwards")),
    files: lenient(readFiles)(json["files"], `${at}.files`) ?? FILES_OFF,
  };
};

/** Anything unknown counts as off, and as denied. */
function readForwards(json: Members): ForwardsInfo {
  const kind = lenient(text)(json["kind"], "kind");
  const plain = lenient(text)(json["plain"], "plain");
  const viewer = lenient(text)(json["viewer"], "viewer") ?? "";
  return {
    kind: kind === "subdomain" || kind === "second-site" || kind === "ports" ? kind : "",
    plain: plain === "ask" || plain === "allow" ? plain : "deny",
    viewer: kind === "second-site" ? viewer : "",
  };
}

/** Where limits cannot be read, nothing is allowed. */
const FILES_OFF: GatewayFiles = {
  enabled: false,
  logPaths: false,
  readOnly: true,
  maxBytes: 0,
  readPaths: [],
  writePaths: [],
};

const readFiles: Reader<GatewayFiles> = (value, at) => {
  const json = members(value, at);
  return {
    enabled: flag(json["enabled"], `${at}.enabled`),
    logPaths: flag(json["logPaths"], `${at}.logPaths`),
    readOnly: flag(json["readOnly"], `${at}.readOnly`),
    maxBytes: whole(0, Number.MAX_SAFE_INTEGER)(json["maxBytes"], `${at}.maxBytes`),
    readPaths: list(absolutePath)(json["readPaths"], `${at}.readPaths`),
    writePaths: list(absolutePath)(json["writePaths"], `${at}.writePaths`),
  };
};

const absolutePath: Reader<string> = (value, at) => {
  const path = text(value, at);
  if (!path.startsWith("/")) throw new BadAnswer(`${at} is not an absolute path`);
  return path;
};

/** Reads the answer of POST /api/forwards. An origin is scheme and host, nothing else. */
export const readForwardOrigin: Reader<ForwardOrigin> = (value, at) => {
  const json = members(value, at);
  const origin = text(json["origin"], `${at}.origin`);
  if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin) {
    throw new BadAnswer(`${at}.origin is not an origin`);
  }
  return { id: identifier(json["id"], `${at}.id`), origin };
};

/** Reads the answer of POST /api/login, POST /api/demo and GET /api/login. */
export const readLogin: Reader<Login> = (value, at) => {
  const json = members(value, at);
  return {
    user: identifier(json["user"], `${at}.user`),
    tenant: identifier(json["tenant"], `${at}.tenant`),
    remoteAccess: flag(json["remoteAccess"], `${at}.remoteAccess`),
  };
};

/** Reads GET /api/refusals. */
export const readRefusal: Reader<Refusal> = (value, at) => {
  const json = members(value, at);
  return {
    status: whole(100, 599)(json["status"], `${at}.status`),
    code: identifier(json["error"], `${at}.error`),
    message: text(json["message"], `${at}.message`),
  };
};

/** Reads one remote access configuration. */
export const readConfiguration: Reader<Configuration> = (value, at) => {
  const json = members(value, at);
  return {
    id: identifier(json["id"], `${at}.id`),
    name: optional(text)(json["name"], `${at}.name`) ?? "",
    hostname: text(json["hostname"], `${at}.hostname`),
    port: whole(0, 65535)(json["port"], `${at}.port`),
    protocol: text(json["protocol"], `${at}.protocol`).toUpperCase(),
  };
};

/** Reads the list of a device's configurations: a bare array. */
export const readConfigurations: Reader<Configuration[]> = list(readConfiguration);

/**
 * Reads a managed object as a device. Only the id is needed: fragments are free for any
 * agent to write, so one that is malformed counts as absent.
 */
export const readDevice: Reader<Device> = (value, at) => {
  const json = members(value, at);
  const id = identifier(json["id"], `${at}.id`);
  const name = lenient(text)(json["name"], at)?.trim() ?? "";
  return {
    id,
    name: name === "" ? `Device ${id}` : name,
    type: lenient(text)(json["type"], at) ?? "",
    serial: lenient(text)(fragment(json, "c8y_Hardware")["serialNumber"], at) ?? "",
    presence: presence(json),
    lastSeen: lenient(time)(fragment(json, "c8y_Availability")["lastMessage"], at) ?? null,
  };
};

/** Reads a page of the inventory. */
export const readDevicePage: Reader<DevicePage> = (value, at) => {
  const json = members(value, at);
  const statistics = fragment(json, "statistics");
  const count = lenient(whole(0, Number.MAX_SAFE_INTEGER));
  return {
    devices: list(readDevice)(json["managedObjects"], `${at}.managedObjects`),
    page: Math.max(1, count(statistics["currentPage"], at) ?? 1),
    totalPages: Math.max(1, count(statistics["totalPages"], at) ?? 1),
  };
};

/**
 * A live connection says most; without one, having been heard of within the required
 * interval (c8y_Availability) counts: agents that poll never hold a connection.
 */
function presence(json: Members): Presence {
  const connection = fragment(json, "c8y_Connection")["status"];
  const availability = fragment(json, "c8y_Availability")["status"];
  if (connection === "CONNECTED" || availability === "AVAILABLE") return "online";
  if (connection === "MAINTENANCE" || availability === "MAINTENANCE") return "maintenance";
  if (connection === "DISCONNECTED" || availability === "UNAVAILABLE") return "offline";
  return "unknown";
}

function fragment(json: Members, name: string): Members {
  return lenient(members)(json[name], name) ?? {};
}

/** Reads the name of GET /tenant/currentTenant. */
export const readTenantName: Reader<string> = (value, at) =>
  identifier(members(value, at)["name"], `${at}.name`);
