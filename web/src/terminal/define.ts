/** Defines `<porthole-terminal>`; import it for that effect. */

import { TerminalSearchBar } from "./search-bar.ts";
import { TerminalElement } from "./terminal-element.ts";

/** Twice is no error: two scripts of one page may want it. */
function define(name: string, element: CustomElementConstructor): void {
  if (customElements.get(name) === undefined) {
    customElements.define(name, element);
  }
}

define("porthole-terminal-search", TerminalSearchBar);
define("porthole-terminal", TerminalElement);

export * from "./events.ts";
export { TerminalElement };
export type { TerminalSession } from "./attachment.ts";
export type { TerminalSize } from "./fit.ts";
