import { PlatformFailure } from "./failure.ts";
import { ask, askFor } from "./http.ts";
import { devicesPath } from "./query.ts";
import {
  readConfigurations,
  readDevice,
  readDevicePage,
  readForwardOrigin,
  readGatewayInfo,
  readLogin,
  readRefusal,
  readTenantName,
} from "./readers.ts";
import { members } from "./parse.ts";
import { sentenceOf } from "./sentences.ts";
import type {
  Configuration,
  ConnectionEvent,
  Device,
  DevicePage,
  ForwardOrigin,
  ForwardRequest,
  GatewayFiles,
  GatewayInfo,
  Login,
  Refusal,
  TransferEvent,
} from "./types.ts";

/** How long the check for the refusal of a websocket may take; the person already waits. */
const REFUSAL_TIMEOUT_MS = 5_000;

/** What is typed into the sign-in form. */
export interface SignIn {
  readonly user: string;
  readonly password: string;
  /** Empty until the tenant asks for it. */
  readonly tfaCode: string;
}

/** GET /api/config; needs no login. */
export function gatewayInfo(signal?: AbortSignal): Promise<GatewayInfo> {
  return askFor("/api/config", readGatewayInfo, { signal });
}

/** What the gateway says of the files panel; null where the page comes without a gateway. */
export async function gatewayFiles(signal?: AbortSignal): Promise<GatewayFiles | null> {
  try {
    return (await gatewayInfo(signal)).files;
  } catch (error) {
    if (error instanceof PlatformFailure && error.status === 404) return null;
    throw error;
  }
}

/** GET /api/login: the login of this browser, or null when there is none. */
export async function currentLogin(signal?: AbortSignal): Promise<Login | null> {
  try {
    return await askFor("/api/login", readLogin, { signal });
  } catch (error) {
    if (error instanceof PlatformFailure && error.status === 401) return null;
    throw error;
  }
}

/** POST /api/login. */
export function signIn(form: SignIn, signal?: AbortSignal): Promise<Login> {
  const body = {
    user: form.user,
    password: form.password,
    ...(form.tfaCode === "" ? {} : { tfaCode: form.tfaCode }),
  };
  return askFor("/api/login", readLogin, { method: "POST", body, signal });
}

/** POST /api/demo: exchanges the one-time code of the printed link for a login. */
export function exchangeDemoCode(code: string, signal?: AbortSignal): Promise<Login> {
  return askFor("/api/demo", readLogin, { method: "POST", body: { code }, signal });
}

/** DELETE /api/login: ends the login and its connections. */
export async function signOut(signal?: AbortSignal): Promise<void> {
  await ask("/api/login", members, { method: "DELETE", signal });
}

/** One page of the devices whose name or serial number contains the search text. */
export function devices(search: string, page: number, signal?: AbortSignal): Promise<DevicePage> {
  return askFor(devicesPath(search, page), readDevicePage, { signal });
}

/** One device. */
export function device(id: string, signal?: AbortSignal): Promise<Device> {
  return askFor(`/inventory/managedObjects/${encodeURIComponent(id)}`, readDevice, { signal });
}

/**
 * The remote access configurations of a device. A tenant without remote access answers
 * 404 to all of it, so a 404 is looked into before it is called an unknown device.
 */
export async function configurations(id: string, signal?: AbortSignal): Promise<Configuration[]> {
  const path = `/service/remoteaccess/devices/${encodeURIComponent(id)}/configurations`;
  try {
    return await askFor(path, readConfigurations, { signal });
  } catch (error) {
    if (error instanceof PlatformFailure && error.status === 404 && !(await subscribed(signal))) {
      throw new PlatformFailure("not_subscribed", sentenceOf("not_subscribed"), 404);
    }
    throw error;
  }
}

/** GET /api/refusals: why the last websocket upgrade was refused; null when there was none. */
export async function refusal(
  deviceId: string,
  configurationId: string,
  signal?: AbortSignal,
): Promise<Refusal | null> {
  const query = new URLSearchParams({ device: deviceId, configuration: configurationId });
  const options = { signal, timeoutMs: REFUSAL_TIMEOUT_MS };
  return (await ask(`/api/refusals?${query.toString()}`, readRefusal, options)) ?? null;
}

/** What only the gateway reads of a websocket's address (ssh/wire/forward.go, Query…). */
export interface SocketQuery {
  /** Random UUID under which events of this connection are reported. */
  readonly reference?: string;
  /** It will carry a forward's http, which gateway and platform can read. */
  readonly plain?: boolean;
}

/** The passthrough websocket of a configuration (ssh/wire/paths.go ClientPath). */
export function socketUrl(
  base: string,
  deviceId: string,
  configurationId: string,
  query: SocketQuery = {},
): string {
  const path =
    `/service/remoteaccess/client/${encodeURIComponent(deviceId)}` +
    `/configurations/${encodeURIComponent(configurationId)}`;
  const url = new URL(path, base);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  if (query.reference !== undefined) url.searchParams.set("reference", query.reference);
  if (query.plain === true) url.searchParams.set("plain", "1");
  return url.href;
}

/** POST /api/forwards: the origin under which one target of a device is shown. */
export function forwardOrigin(
  request: ForwardRequest,
  signal?: AbortSignal,
): Promise<ForwardOrigin> {
  return askFor("/api/forwards", readForwardOrigin, { method: "POST", body: request, signal });
}

/**
 * POST /api/connections/{reference}/events: tells the gateway what happened inside a
 * connection. Nothing waits for it, and a failure is no one's business; it is sent also
 * while the page goes away.
 */
export function reportEvent(reference: string, event: ConnectionEvent | TransferEvent): void {
  void fetch(`/api/connections/${encodeURIComponent(reference)}/events`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    credentials: "same-origin",
    redirect: "error",
    keepalive: true,
    body: JSON.stringify(event),
  }).catch(() => undefined);
}

async function subscribed(signal?: AbortSignal): Promise<boolean> {
  const init: RequestInit = { method: "HEAD", redirect: "error" };
  if (signal) init.signal = signal;
  try {
    return (await fetch("/service/remoteaccess/health", init)).status !== 404;
  } catch {
    signal?.throwIfAborted();
    return true; // not known: the first answer stands
  }
}

/** The tenant's id: from the gateway, or from the platform where it serves the page itself. */
export async function tenantName(signal?: AbortSignal): Promise<string> {
  try {
    return (await askFor("/api/login", readLogin, { signal })).tenant;
  } catch (error) {
    if (!(error instanceof PlatformFailure) || error.status !== 404) throw error;
    return askFor("/tenant/currentTenant", readTenantName, { signal });
  }
}
