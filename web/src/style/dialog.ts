import "@awesome.me/webawesome/dist/components/dialog/dialog.js";
import { registerIconLibrary } from "@awesome.me/webawesome/dist/components/icon/library.js";
import { css, html, nothing, type TemplateResult } from "lit";

// Web Awesome fetches icons from a CDN, and its built-in ones from data: URLs, which the
// page's CSP forbids. None of ours is used through it: an empty address means no request.
registerIconLibrary("default", { resolver: () => "" });
registerIconLibrary("system", { resolver: () => "" });

/** What a dialog consists of. */
export interface DialogParts {
  readonly label: string;
  readonly body: unknown;
  /** Buttons, the one that cancels first. */
  readonly buttons: unknown;
  /** Escape, or anything else that closes without an answer. */
  readonly onCancel: () => void;
  /** Enter in a field, or the button of type submit. */
  readonly onSubmit?: () => void;
}

/** Dialogs that were clicked in. */
const clicked = new WeakSet<EventTarget>();

/**
 * A double click on what opens a dialog has its second half here: it would take the focus from
 * the field, or press what happens to lie under the pointer.
 */
const firstClicks = {
  capture: true,
  handleEvent(event: MouseEvent): void {
    const dialog = event.currentTarget;
    if (dialog === null || clicked.has(dialog)) return;
    // 0 is a click by keyboard.
    if (event.detail > 1) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.type === "mousedown") clicked.add(dialog);
  },
};

/**
 * A modal dialog that is open as long as it is rendered. It never closes by itself: the
 * owner takes the answer and stops rendering it. An element with `autofocus` gets the focus.
 */
export function dialog(parts: DialogParts): TemplateResult {
  return html`<wa-dialog
    open
    without-header
    label=${parts.label}
    @mousedown=${firstClicks}
    @click=${firstClicks}
    @wa-hide=${(event: Event) => {
      event.preventDefault();
      parts.onCancel();
    }}
  >
    <form
      class="dialog"
      autocomplete="off"
      @submit=${(event: Event) => {
        event.preventDefault();
        parts.onSubmit?.();
      }}
    >
      <h2>${parts.label}</h2>
      ${parts.body}
      ${
        parts.buttons === undefined
          ? nothing
          : html`<div class="actions end">${parts.buttons}</div>`
      }
    </form>
  </wa-dialog>`;
}

/** Styles of a dialog's content. */
export const dialogStyles = css`
  wa-dialog {
    --width: min(34rem, calc(100vw - 1.5rem));
    --spacing: var(--ph-space-5);
  }

  wa-dialog::part(dialog) {
    max-height: calc(100dvh - 1.5rem);
    color: var(--ph-text);
    font: var(--ph-text-m) / 1.5 var(--ph-font);
  }

  form.dialog {
    display: grid;
    gap: var(--ph-space-4);
    min-width: 0;
  }

  .actions.end {
    justify-content: flex-end;
  }

  dl.facts {
    display: grid;
    grid-template-columns: max-content minmax(0, 1fr);
    gap: var(--ph-space-1) var(--ph-space-4);
    margin: 0;
    padding: var(--ph-space-3) var(--ph-space-4);
    border-radius: var(--ph-radius);
    background: var(--ph-sunken);
  }

  dl.facts dt {
    color: var(--ph-quiet);
    font-size: var(--ph-text-s);
    line-height: 1.7;
  }

  dl.facts dd {
    margin: 0;
    overflow-wrap: anywhere;
  }

  @media (max-width: 30rem) {
    dl.facts {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
