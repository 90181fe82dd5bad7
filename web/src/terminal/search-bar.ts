/** The search bar of the terminal; part of `<porthole-terminal>`, of no use alone. */

import { LitElement, html } from "lit";
import type { PropertyDeclarations } from "lit";
import { searchStyles } from "./styles.ts";

/** What to look for, and how. */
export interface SearchQuery {
  text: string;
  caseSensitive: boolean;
  regex: boolean;
}

/** Asks the terminal to search. Type `porthole-search`, within the terminal's shadow root. */
export class SearchEvent extends Event {
  readonly query: SearchQuery;
  /** Where to from the present match; "here" while typing. */
  readonly direction: "next" | "previous" | "here";

  constructor(query: SearchQuery, direction: "next" | "previous" | "here") {
    super("porthole-search");
    this.query = query;
    this.direction = direction;
  }
}

/** True when the text is no regular expression; such a query is not handed on. */
function isBadRegex(query: SearchQuery): boolean {
  if (!query.regex) {
    return false;
  }
  try {
    new RegExp(query.text);
    return false;
  } catch {
    return true;
  }
}

/** See the head of this file. Closing is told as `porthole-search-close`. */
export class TerminalSearchBar extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    resultIndex: { type: Number, attribute: false },
    resultCount: { type: Number, attribute: false },
    query: { state: true },
  };
  static override readonly styles = searchStyles;

  /** Present match, from 0; -1 when unknown (more matches than are counted). */
  declare resultIndex: number;
  declare resultCount: number;
  declare query: SearchQuery;

  constructor() {
    super();
    this.resultIndex = -1;
    this.resultCount = 0;
    this.query = { text: "", caseSensitive: false, regex: false };
  }

  /** Puts the cursor into the field with its text selected. */
  override focus(): void {
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector("input")?.select();
    });
  }

  /** Sets the text, e.g. to what is selected on the screen, and searches. */
  searchFor(text: string): void {
    this.#change({ text });
  }

  protected override render(): unknown {
    const { text, caseSensitive, regex } = this.query;
    return html`
      <div role="search" aria-label="Search in terminal" @keydown=${this.#onKey}>
        <input
          type="text"
          aria-label="Search text"
          aria-describedby="count"
          aria-invalid=${isBadRegex(this.query)}
          placeholder="Search"
          autocomplete="off"
          autocapitalize="off"
          spellcheck="false"
          .value=${text}
          @input=${(event: InputEvent) => {
            this.#change({ text: (event.target as HTMLInputElement).value });
          }}
        />
        <span id="count" role="status">${this.#count()}</span>
        <button
          type="button"
          aria-pressed=${caseSensitive}
          aria-label="Match case"
          title="Match case"
          @click=${() => {
            this.#change({ caseSensitive: !caseSensitive });
          }}
        >
          Aa
        </button>
        <button
          type="button"
          aria-pressed=${regex}
          aria-label="Regular expression"
          title="Regular expression"
          @click=${() => {
            this.#change({ regex: !regex });
          }}
        >
          .*
        </button>
        <button
          type="button"
          aria-label="Previous match"
          title="Previous match (Shift+Enter)"
          @click=${() => {
            this.#ask("previous");
          }}
        >
          ↑
        </button>
        <button
          type="button"
          aria-label="Next match"
          title="Next match (Enter)"
          @click=${() => {
            this.#ask("next");
          }}
        >
          ↓
        </button>
        <button type="button" aria-label="Close search" title="Close (Esc)" @click=${this.#close}>
          ×
        </button>
      </div>
    `;
  }

  #count(): string {
    if (this.query.text === "") {
      return "";
    }
    if (isBadRegex(this.query)) {
      return "Not a regular expression";
    }
    if (this.resultCount === 0) {
      return "No match";
    }
    return this.resultIndex < 0
      ? `${String(this.resultCount)} matches`
      : `${String(this.resultIndex + 1)} of ${String(this.resultCount)}`;
  }

  #change(part: Partial<SearchQuery>): void {
    this.query = { ...this.query, ...part };
    this.#ask("here");
  }

  #ask(direction: "next" | "previous" | "here"): void {
    if (!isBadRegex(this.query)) {
      this.dispatchEvent(new SearchEvent(this.query, direction));
    }
  }

  readonly #close = (): void => {
    this.dispatchEvent(new Event("porthole-search-close"));
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) {
      return;
    }
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.#close();
    } else if (event.key === "Enter" && (event.target as Element).localName === "input") {
      event.preventDefault();
      this.#ask(event.shiftKey ? "previous" : "next");
    }
  };
}
