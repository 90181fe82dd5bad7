import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../style/icons.ts";
import type { Device } from "../platform/types.ts";
import { bannerText } from "./banner.ts";
import { changedKey, changedKeyFacts } from "./changed-key.ts";
import type { Phase } from "./connection.ts";
import type { Ending } from "./ending.ts";
import { lastSeen, phaseWord } from "./status-bar.ts";

/** What is shown over the terminal while a connection opens. */
export interface OpeningPanel {
  readonly phase: Phase;
  readonly device: Device | null;
  readonly banner: string;
  /** In the middle: there is no earlier output to keep in sight. */
  readonly center: boolean;
  readonly nudge: boolean;
  readonly onCancel: () => void;
}

/** Says what is waited for, and when the device was last seen. */
export function openingPanel(panel: OpeningPanel): TemplateResult {
  const { phase, device } = panel;
  const offline = device !== null && device.presence !== "online";
  return html`<div class=${panelClass("", panel)} data-test="opening">
    <div class="text">
      <strong>${phaseWord(phase)} …</strong>
      ${
        phase === "waiting" && device !== null
          ? html`<span data-test="last-seen"
              >${offline ? "The device is not online. " : nothing}${lastSeen(device)}${
                offline ? " Porthole keeps waiting for it." : nothing
              }</span
            >`
          : nothing
      }
      ${panel.nudge ? html`<span role="status">Not connected yet: keys go nowhere.</span>` : nothing}
      ${bannerText(panel.banner)}
    </div>
    <div class="actions">
      <button type="button" data-test="cancel" @click=${panel.onCancel}>Cancel</button>
    </div>
  </div>`;
}

/** What is shown when a connection has ended. */
export interface EndingPanel {
  readonly ending: Ending;
  readonly banner: string;
  readonly center: boolean;
  readonly nudge: boolean;
  readonly onReconnect: () => void;
  readonly onSettings: () => void;
  readonly onSignIn: () => void;
  readonly onForget: () => void;
  readonly onAllowOld: () => void;
}

/** Says why, and offers the one key to go on. */
export function endingPanel(panel: EndingPanel): TemplateResult {
  const { ending } = panel;
  const changed = ending.remedy === "forget-key" ? changedKey(ending) : null;
  return html`<div class=${panelClass(ending.calm ? "" : "bad", panel)} data-test="ending">
    <div class="text" role="alert">
      <strong>${ending.what}</strong>
      ${ending.facts === "" ? nothing : html`<span class="pre">${ending.facts}</span>`}
      ${ending.next === "" ? nothing : html`<span class="quiet">${ending.next}</span>`}
      ${changed === null ? nothing : changedKeyFacts(changed)}
      ${
        panel.nudge
          ? html`<span class="quiet"
              >Not connected: keys go nowhere. Press Enter to reconnect.</span
            >`
          : nothing
      }
      ${bannerText(panel.banner)}
    </div>
    <div class="actions">
      <button type="button" class="plain" @click=${panel.onSettings}>Settings</button>
      ${remedyButton(panel)}
      <button
        type="button"
        class=${ending.remedy === "none" ? "primary" : ""}
        data-test="reconnect"
        @click=${panel.onReconnect}
      >
        ${icon("enter")} ${ending.remedy === "sign-in" ? "Try again" : "Reconnect"}
      </button>
    </div>
  </div>`;
}

function remedyButton(panel: EndingPanel): TemplateResult | typeof nothing {
  switch (panel.ending.remedy) {
    case "sign-in":
      return html`<button type="button" class="primary" @click=${panel.onSignIn}>
        Sign in again
      </button>`;
    case "forget-key":
      return html`<button type="button" @click=${panel.onForget}>Forget the old key…</button>`;
    case "old-algorithms":
      return html`<button type="button" @click=${panel.onAllowOld}>Allow old algorithms…</button>`;
    case "none":
      return nothing;
  }
}

function panelClass(kind: string, { center, nudge }: { center: boolean; nudge: boolean }): string {
  return ["panel", kind, center ? "center" : "", nudge ? "nudge" : ""].filter(Boolean).join(" ");
}
