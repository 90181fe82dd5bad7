import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../style/icons.ts";
import type { Shown } from "./desk.ts";
import type { OpenForward } from "./open-forward.ts";
import type { Target } from "./target.ts";

/** What the panel shows. */
export type PanelView =
  | { readonly kind: "overview" }
  | { readonly kind: "page" }
  | { readonly kind: "log"; readonly forward: OpenForward };

/** The row over the panel: its views, and the button that hides it. */
export interface PanelTabs {
  readonly view: PanelView;
  readonly beside: Shown | null;
  /** What people call the page of a target. */
  readonly nameOf: (target: Target) => string;
  readonly onShow: (view: PanelView) => void;
  readonly onClose: () => void;
}

/** Renders it. */
export function panelTabs({ view, beside, nameOf, onShow, onClose }: PanelTabs): TemplateResult {
  const tab = (word: unknown, to: PanelView) =>
    html`<button
      type="button"
      class="tab"
      aria-pressed=${view.kind === to.kind ? "true" : "false"}
      @click=${() => {
        onShow(to);
      }}
    >
      ${word}
    </button>`;
  const of = ({ target }: OpenForward) => html` <span class="of">${nameOf(target)}</span>`;
  return html`<div class="tabs">
    <div class="views" role="group" aria-label="Views of the panel">
      ${tab("All pages", { kind: "overview" })}
      ${beside === null ? nothing : tab(html`Page${of(beside.forward)}`, { kind: "page" })}
      ${view.kind === "log" ? tab(html`Log${of(view.forward)}`, view) : nothing}
    </div>
    <button
      type="button"
      class="tool"
      title="Hide the panel; forwards stay open"
      aria-label="Hide the panel"
      @click=${onClose}
    >
      ${icon("chevron")}
    </button>
  </div>`;
}
