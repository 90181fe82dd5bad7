/** Search in the text of the screen and the scrollback, as the search bar asks for it. */

import { SearchAddon } from "@xterm/addon-search";
import type { Terminal } from "@xterm/xterm";
import type { SearchEvent, SearchQuery } from "./search-bar.ts";
import type { SearchColors } from "./theme.ts";

/** Matches that are counted and marked; beyond it the count is open. */
const countedMatches = 1000;

/** The search addon of one terminal, and what was last asked of it. */
export class TerminalSearch {
  /** How matches are marked; follows the theme. */
  colors: SearchColors | undefined;

  readonly #addon = new SearchAddon({ highlightLimit: countedMatches });
  #last: SearchQuery | undefined;

  /** onResults hears which match is shown (from 0, -1 for none) and how many there are. */
  constructor(terminal: Terminal, onResults: (index: number, count: number) => void) {
    terminal.loadAddon(this.#addon);
    this.#addon.onDidChangeResults(({ resultIndex, resultCount }) => {
      onResults(resultIndex, resultCount);
    });
  }

  /** Finds and marks what the bar asks for. */
  find({ query, direction }: SearchEvent): void {
    if (query.text === "") {
      this.clear();
      return;
    }
    if (this.#last?.caseSensitive !== query.caseSensitive || this.#last.regex !== query.regex) {
      this.clear(); // the addon counts anew only for another text
    }
    this.#last = query;
    const options = {
      caseSensitive: query.caseSensitive,
      regex: query.regex,
      incremental: direction === "here",
      ...(this.colors === undefined ? {} : { decorations: this.colors }),
    };
    if (direction === "previous") {
      this.#addon.findPrevious(query.text, options);
    } else {
      this.#addon.findNext(query.text, options);
    }
  }

  /** Takes the marks away. */
  clear(): void {
    this.#addon.clearDecorations();
  }
}
