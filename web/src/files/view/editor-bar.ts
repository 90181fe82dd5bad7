/** The editor's buttons. */

import { html, nothing } from "lit";

/** What the bar shows. */
export interface BarState {
  readonly mayWrite: boolean;
  readonly unsaved: boolean;
  readonly comparing: boolean;
  readonly state: "idle" | "saving" | "saved";
}

/** What its buttons do. */
export interface BarActions {
  save(): void;
  saveAs(): void;
  reload(): void;
  hideDifference(): void;
}

/** See the head of this file. */
export function editorBar(now: BarState, actions: BarActions): unknown {
  return html`<div class="bar">
    ${now.mayWrite ? saving(now, actions) : nothing}
    <button
      type="button"
      class="small"
      @click=${() => {
        actions.reload();
      }}
    >
      Reload
    </button>
    ${
      now.comparing
        ? html`<button
            type="button"
            class="small"
            @click=${() => {
              actions.hideDifference();
            }}
          >
            Hide the difference
          </button>`
        : nothing
    }
    <span class="quiet" role="status">
      ${now.unsaved ? "Not saved" : now.state === "saved" ? "Saved" : ""}
    </span>
  </div>`;
}

function saving(now: BarState, actions: BarActions): unknown {
  return html`<button
      type="button"
      class="small primary"
      title="Save (Ctrl+S)"
      ?disabled=${!now.unsaved || now.state === "saving"}
      @click=${() => {
        actions.save();
      }}
    >
      ${now.state === "saving" ? "Saving …" : "Save"}
    </button>
    <button
      type="button"
      class="small"
      @click=${() => {
        actions.saveAs();
      }}
    >
      Save as …
    </button>`;
}
