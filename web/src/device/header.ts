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
  /** null where there is no files panel. */
  readonly filesShown: boolean | null;
  readonly onPorts: (shown: boolean) => void;
  readonly onFiles: (shown: boolean) => void;
  readonly onTerminal: () => void;
  readonly onDisconnect: () => void;
}

/** Name and state of the device, and what can be done with all of it. */
export function deviceHeader(header: DeviceHeader): TemplateResult {
  const { name, device, connected, portsShown, filesShown, onDisconnect } = header;
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
          aria-pressed=${portsShown || filesShown === true ? "false" : "true"}
          @click=${header.onTerminal}
        >
          Terminal
        </button>
        ${filesShown === null ? nothing : toggle("files", "Files", filesShown, header.onFiles)}
        ${toggle("ports", "Ports", portsShown, header.onPorts)}
      </div>
      ${
        connected
          ? html`<button type="button" class="small" @click=${onDisconnect}>Disconnect</button>`
          : nothing
      }
    </div>
  </header>`;
}

function toggle(
  name: "files" | "ports",
  word: string,
  shown: boolean,
  onShow: (shown: boolean) => void,
): TemplateResult {
  return html`<button
    type="button"
    class="small"
    data-test=${name}
    aria-pressed=${shown ? "true" : "false"}
    @click=${() => {
      onShow(!shown);
    }}
  >
    ${icon(name === "files" ? "folder" : "ports")} ${word}
  </button>`;
}
