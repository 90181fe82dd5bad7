import { html, nothing, type TemplateResult } from "lit";
import type { TerminalDirectoryEvent, TerminalUnheardEvent } from "../terminal/events.ts";
import type { Device } from "../platform/types.ts";
import type { DeviceConnection } from "./connection.ts";
import { endingPanel, openingPanel } from "./panels.ts";
import { stateLine } from "./status-bar.ts";

/** The terminal, what lies over it, and the line below it. */
export interface TerminalView {
  readonly connection: DeviceConnection;
  readonly device: Device | null;
  readonly hidden: boolean;
  readonly banner: string;
  /** Something was shown in the terminal that must stay in sight. */
  readonly used: boolean;
  readonly nudge: boolean;
  readonly onUnheard: (event: TerminalUnheardEvent) => void;
  readonly onDirectory: (event: TerminalDirectoryEvent) => void;
  readonly onCancel: () => void;
  readonly onReconnect: () => void;
  readonly onSettings: () => void;
  readonly onSignIn: () => void;
  readonly onForget: () => void;
  readonly onAllowOld: () => void;
}

/** Renders it; the terminal itself stays through all connections. */
export function terminalView(view: TerminalView): TemplateResult {
  const { phase, stats, info } = view.connection;
  return html`<div class="terminal-view" ?hidden=${view.hidden}>
    <div class="screen">
      <porthole-terminal
        @porthole-unheard=${view.onUnheard}
        @porthole-directory=${view.onDirectory}
      ></porthole-terminal>
      ${panel(view)}
    </div>
    ${stateLine({ phase, stats, info })}
  </div>`;
}

function panel(view: TerminalView): TemplateResult | typeof nothing {
  const { phase, ending } = view.connection;
  const shared = { banner: view.banner, center: !view.used, nudge: view.nudge };
  if (phase === "ended" && ending !== null) {
    const { onReconnect, onSettings, onSignIn, onForget, onAllowOld } = view;
    return endingPanel({
      ...{ ...shared, ending },
      ...{ onReconnect, onSettings, onSignIn, onForget, onAllowOld },
    });
  }
  if (phase === "idle" || phase === "connected") return nothing;
  return openingPanel({ ...shared, phase, device: view.device, onCancel: view.onCancel });
}
