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

/**
 * The title of the tab: with several open, it tells which device, whether it is alive, and how
 * far its transfers are (0 to 1; null: none run).
 */
export function pageTitle(
  view: Route["view"],
  login: Login | null,
  device: DeviceStateEvent | null,
  progress: number | null = null,
): string {
  if (login === null) return "Sign in – Porthole";
  if (view === "consent") return "Let a command line in – Porthole";
  if (view === "account") return "Your command lines – Porthole";
  if (view !== "device") return "Devices – Porthole";
  if (device === null) return "Device – Porthole";
  const phase = PHASES[device.phase];
  // Short and in front: of a tab among many only the beginning is seen.
  const moving = progress === null ? "" : `${String(Math.floor(progress * 100))} % – `;
  return `${moving}${device.deviceName}${phase === "" ? "" : ` · ${phase}`} – Porthole`;
}
