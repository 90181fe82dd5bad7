/** What is around the screen: the search bar, the way out by keyboard, the help for it. */

import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { SearchEvent } from "./search-bar.ts";

/** What the frame's controls do. */
export interface FrameHandlers {
  search: (event: SearchEvent) => void;
  closeSearch: () => void;
  comeBack: () => void;
}

/** The element's template; xterm.js opens in `.screen`. */
export function frame(label: string, searching: boolean, handlers: FrameHandlers): TemplateResult {
  return html`
    <div class="frame" role="group" aria-label=${label} aria-describedby="help">
      <div class="screen"></div>
    </div>
    ${
      searching
        ? html`<porthole-terminal-search
            @porthole-search=${handlers.search}
            @porthole-search-close=${handlers.closeSearch}
          ></porthole-terminal-search>`
        : nothing
    }
    <button class="leave" type="button" @click=${handlers.comeBack}>
      You have left the terminal. Tab goes on, Enter goes back.
    </button>
    <span class="hidden" id="help">
      Tab goes to the device. Ctrl+Shift+Escape or Ctrl+F6 leaves the terminal, Ctrl+Shift+F
      searches.
    </span>
  `;
}
