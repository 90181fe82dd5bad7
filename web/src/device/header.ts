import { html, nothing, type TemplateResult } from "lit";
import type { Device } from "../platform/types.ts";
import { icon } from "../style/icons.ts";
import { presenceMark } from "../style/presence.ts";
import { lastSeen } from "./status-bar.ts";

/** The row over the stage. */
export interface DeviceHeader {
  readonly name: string;
  readonly device: Device | null;
  readonly connected: boolean;
  readonly portsShown: boolean;
  readonly onPorts: (shown: boolean) => void;
  readonly onDisconnect: () => void;
}

/** Name and state of the device, and what can be done with all of it. */
export function deviceHeader(header: DeviceHeader): TemplateResult {
  const { name, device, connected, portsShown, onPorts, onDisconnect } = header;
  return html`<header>
    <slot></slot>
    <h1>${name}</h1>
    ${
      device === null
        ? nothing
        : html`${presenceMark(device.presence)} <span class="quiet seen">${lastSeen(device)}</span>`
    }
    <div class="end">
      <div class="views" role="group" aria-label="What is shown">
        <button
          type="button"
          class="small terminal-button"
          aria-pressed=${portsShown ? "false" : "true"}
          @click=${() => {
            onPorts(false);
          }}
        >
          Terminal
        </button>
        <button
          type="button"
          class="small"
          data-test="ports"
          aria-pressed=${portsShown ? "true" : "false"}
          @click=${() => {
            onPorts(!portsShown);
          }}
        >
          ${icon("ports")} Ports
        </button>
      </div>
      ${
        connected
          ? html`<button type="button" class="small" @click=${onDisconnect}>Disconnect</button>`
          : nothing
      }
    </div>
  </header>`;
}
