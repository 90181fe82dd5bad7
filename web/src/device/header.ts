import { html, nothing, type TemplateResult } from "lit";
import type { Device } from "../platform/types.ts";
import { presenceMark } from "../style/presence.ts";
import { lastSeen } from "./status-bar.ts";

/** The row over the stage. */
export interface DeviceHeader {
  readonly name: string;
  readonly device: Device | null;
  readonly connected: boolean;
  readonly onDisconnect: () => void;
}

/** Name and state of the device, and what can be done with all of it. */
export function deviceHeader(header: DeviceHeader): TemplateResult {
  const { name, device, connected, onDisconnect } = header;
  return html`<header>
    <slot></slot>
    <h1>${name}</h1>
    ${
      device === null
        ? nothing
        : html`${presenceMark(device.presence)} <span class="quiet seen">${lastSeen(device)}</span>`
    }
    <div class="end">
      ${
        connected
          ? html`<button type="button" class="small" @click=${onDisconnect}>Disconnect</button>`
          : nothing
      }
    </div>
  </header>`;
}
