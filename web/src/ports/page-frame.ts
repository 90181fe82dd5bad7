import { html, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { icon } from "../style/icons.ts";
import type { Shown } from "./desk.ts";
import { plainMark } from "./page-list.ts";
import { hostPort } from "./target.ts";

/**
 * What a device's page may do in our page: run, be itself, forms, popups, downloads and
 * dialogs. Not navigate us. allow-same-origin is its own origin, never ours.
 */
const SANDBOX =
  "allow-scripts allow-same-origin allow-forms allow-popups allow-downloads allow-modals";

/** The page beside the terminal. */
export interface PageFrame {
  readonly shown: Shown;
  /** Changes with each reload. */
  readonly round: number;
  readonly onGo: (path: string) => void;
  readonly onReload: () => void;
  readonly onTab: () => void;
  readonly onClose: () => void;
}

/** A thin bar and the page. Where the page goes by itself cannot be seen from here. */
export function pageFrame(frame: PageFrame): TemplateResult {
  const { forward, path } = frame.shown;
  const where = hostPort(forward.target);
  const tool = (name: "reload" | "tab" | "close", label: string, action: () => void) =>
    html`<button type="button" class="tool" title=${label} aria-label=${label} @click=${action}>
      ${icon(name)}
    </button>`;
  return html`<div class="page-frame">
    <form
      class="frame-bar"
      autocomplete="off"
      @submit=${(event: Event) => {
        event.preventDefault();
        const input = (event.target as HTMLFormElement).querySelector("input");
        frame.onGo(input?.value ?? "/");
      }}
    >
      <label class="mono where" for="frame-path">${where}</label>
      <input id="frame-path" class="mono" spellcheck="false" autocapitalize="off" .value=${path} />
      ${forward.plain ? plainMark() : ""} ${tool("reload", "Reload the page", frame.onReload)}
      ${tool("tab", "Open in a tab", frame.onTab)} ${tool("close", "Close the page", frame.onClose)}
    </form>
    ${keyed(
      `${forward.origin}${path}#${String(frame.round)}`,
      html`<iframe
        title="${where} on the device"
        sandbox=${SANDBOX}
        src=${forward.origin + path}
      ></iframe>`,
    )}
  </div>`;
}
