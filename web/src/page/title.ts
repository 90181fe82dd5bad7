import type { DeviceStateEvent } from "../device/events.ts";
import type { Login } from "../platform/types.ts";
import type { Route } from "./router.ts";

const PHASES: Readonly<Record<DeviceStateEvent["phase"], string>> = {
  idle: "",
  waiting: "waiting",
  connecting: "connecting",
  authenticating: "authenticating",
  connected: "connected",
  ended: "disconnected",
};

/** The title of the tab: with several open, it tells which device and whether it is alive. */
export function pageTitle(
  view: Route["view"],
  login: Login | null,
  device: DeviceStateEvent | null,
): string {
  if (login === null) return "Sign in – Porthole";
  if (view !== "device") return "Devices – Porthole";
  if (device === null) return "Device – Porthole";
  const phase = PHASES[device.phase];
  return `${device.deviceName}${phase === "" ? "" : ` · ${phase}`} – Porthole`;
}
