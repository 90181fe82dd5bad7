import { html, type TemplateResult } from "lit";
import type { DeviceElement } from "../device/device-element.ts";
import type { Login } from "../platform/types.ts";
import { icon } from "../style/icons.ts";
import type { Route } from "./router.ts";

let loading: Promise<unknown> | null = null;

/**
 * Loads <porthole-device> and what it is made of: after the list is drawn, or at once when
 * the address names a device. A failed load is tried again by the next call.
 */
export async function loadDeviceView(): Promise<void> {
  loading ??= import("../device/define.ts");
  try {
    await loading;
  } catch (error) {
    loading = null;
    throw error;
  }
}

/** The device page. */
export function deviceView(
  { deviceId, configurationId, ports }: Extract<Route, { view: "device" }>,
  login: Login,
): TemplateResult {
  return html`<porthole-device
    device-id=${deviceId}
    configuration-id=${configurationId}
    tenant=${login.tenant}
    principal=${login.user}
    .portsLink=${ports ?? null}
  >
    <a class="back" href="/">${icon("back")} <span>Devices</span></a>
  </porthole-device>`;
}

/** The element of the device page, once it is defined. */
export function deviceElement(root: ParentNode): DeviceElement | null {
  const element = root.querySelector("porthole-device");
  return element !== null && "busy" in element ? element : null;
}
