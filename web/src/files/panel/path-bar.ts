import { LitElement, html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import type { Files } from "../../bridge/files.ts";
import { controlStyles } from "../../style/sheets.ts";
import { Completer, commonStart, type Suggestion } from "./completer.ts";
import { nameText } from "./grid-row.ts";
import type { DropTaker } from "./drags.ts";
import { fromTyped, typedForm } from "../names.ts";
import { isFolder } from "./order.ts";
import { pathBarStyles } from "./path-bar-styles.ts";
import { MAX_PATH, crumbs, resolve } from "./path.ts";

/** Somewhere to go, typed or clicked. Type `porthole-path-go`. */
export class PathGoEvent extends Event {
  readonly path: string;
  readonly typed: boolean;

  constructor(path: string, typed: boolean) {
    super("porthole-path-go");
    this.path = path;
    this.typed = typed;
  }
}

/**
 * `<porthole-path-bar>`: the way to where the panel is, step by step; and as a text that can
 * be typed, with completion.
 */
export class PathBarElement extends LitElement {
  static override properties: PropertyDeclarations = {
    path: {},
    home: {},
    files: { attribute: false },
    drops: { attribute: false },
    dropOn: { state: true },
    text: { state: true },
    suggestions: { state: true },
    at: { state: true },
  };
  static override styles = [controlStyles, pathBarStyles];

  declare path: string;
  declare home: string;
  declare files: Files | null;
  /** Who takes what is let go over a step of the way. */
  declare drops: DropTaker | null;
  /** The step that something is dragged over; "" for none. */
  declare private dropOn: string;
  /** What is typed; null while the steps are shown. */
  declare private text: string | null;
  declare private suggestions: readonly Suggestion[];
  /** The suggestion of the keyboard; -1 for none. */
  declare private at: number;
  readonly #completer = new Completer();
  readonly #width = new ResizeObserver(() => {
    this.#showEnd();
  });

  constructor() {
    super();
    this.path = "";
    this.home = "";
    this.files = null;
    this.drops = null;
    this.dropOn = "";
    this.text = null;
    this.suggestions = [];
    this.at = -1;
  }

  /** Makes it a field with all of it selected. text: what stands there instead of the path. */
  edit(text = typedForm(this.path)): void {
    this.text = text;
    this.#completer.forget();
    void this.updateComplete.then(() => {
      const input = this.renderRoot.querySelector("input");
      input?.focus();
      input?.select();
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#width.observe(this);
  }

  override disconnectedCallback(): void {
    this.#width.disconnect();
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("path") && changed.get("path") !== undefined) this.#close();
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("path") || changed.has("text")) this.#showEnd();
    this.renderRoot.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  protected override render(): unknown {
    return this.text === null ? this.#crumbs() : this.#field(this.text);
  }

  /** The last step says where the panel is: of a long way the beginning is out of sight. */
  #showEnd(): void {
    this.renderRoot.querySelector(".crumbs")?.scrollTo({ left: 1e6 });
  }

  #crumbs(): unknown {
    const way = this.path === "" ? [] : crumbs(this.path);
    return html`<nav
      class="crumbs"
      aria-label="Path"
      @click=${(event: Event) => {
        if (event.target === event.currentTarget) this.edit();
      }}
      @dragover=${this.#dragOver}
      @dragleave=${this.#dragLeave}
      @drop=${this.#drop}
    >
      ${way.map(
        ({ name, path }, index) =>
          html`${index > 1 ? html`<span class="slash" aria-hidden="true">/</span>` : nothing}<button
              type="button"
              class="crumb"
              data-path=${path}
              data-target=${path === this.dropOn ? "" : nothing}
              aria-current=${path === this.path ? "location" : nothing}
              @click=${() => {
                this.dispatchEvent(new PathGoEvent(path, false));
              }}
            >
              ${nameText(name)}
            </button>`,
      )}
      <button
        type="button"
        class="type-path"
        title="Type a path (Ctrl+L)"
        aria-label="Type a path"
        @click=${() => {
          this.edit();
        }}
      ></button>
    </nav>`;
  }

  #field(text: string): unknown {
    const open = this.suggestions.length > 0;
    return html`<form
      @submit=${(event: Event) => {
        event.preventDefault();
        this.#submit();
      }}
    >
      <input
        role="combobox"
        aria-label="Path"
        aria-autocomplete="list"
        aria-controls="suggestions"
        aria-expanded=${open ? "true" : "false"}
        aria-activedescendant=${this.at >= 0 ? `suggestion-${String(this.at)}` : nothing}
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        maxlength=${MAX_PATH * 2}
        .value=${text}
        @input=${(event: Event) => {
          this.#typed((event.target as HTMLInputElement).value);
        }}
        @keydown=${this.#key}
        @blur=${() => {
          this.#close();
        }}
      />
      <ul id="suggestions" role="listbox" aria-label="Paths" ?hidden=${!open}>
        ${this.suggestions.map(
          ({ entry, text: whole }, index) =>
            html`<li
              role="option"
              id=${`suggestion-${String(index)}`}
              aria-selected=${index === this.at ? "true" : "false"}
              @mousedown=${(event: Event) => {
                event.preventDefault(); // the field keeps the focus
                this.#typed(whole);
                if (!isFolder(entry)) this.#submit();
              }}
            >
              ${nameText(entry.name)}${isFolder(entry) ? "/" : nothing}
            </li>`,
        )}
      </ul>
    </form>`;
  }

  #typed(text: string): void {
    this.text = text;
    this.at = -1;
    const { files } = this;
    if (files === null) return;
    void this.#completer.complete(files, text, this.path, this.home).then((found) => {
      if (this.text === text) this.suggestions = found;
    });
  }

  readonly #dragOver = (event: DragEvent): void => {
    const path = stepOf(event);
    const may = path !== "" && this.drops?.mayDrop(event, path) === true;
    this.dropOn = may ? path : "";
    if (may) event.preventDefault();
  };

  readonly #dragLeave = (): void => {
    this.dropOn = "";
  };

  readonly #drop = (event: DragEvent): void => {
    const path = this.dropOn;
    this.dropOn = "";
    if (path === "") return;
    event.preventDefault();
    event.stopPropagation();
    this.drops?.drop(event, path);
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const { suggestions } = this;
    const count = suggestions.length;
    if (event.key === "Escape") {
      if (count > 0) this.suggestions = [];
      else this.#leave();
    } else if (event.key === "ArrowDown" && count > 0) this.at = (this.at + 1) % count;
    else if (event.key === "ArrowUp" && count > 0)
      this.at = (Math.max(this.at, 0) + count - 1) % count;
    else if (event.key === "Tab" && !event.shiftKey && count > 0) this.#complete();
    else if (event.key === "Enter" && this.at >= 0) {
      this.#typed(suggestions[this.at]?.text ?? this.text ?? "");
      this.#submit();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** Tab: as far as there is no choice, else the chosen one. */
  #complete(): void {
    const { suggestions, text } = this;
    const chosen = suggestions[this.at]?.text ?? commonStart(text ?? "", suggestions);
    if (chosen === text) this.at = 0;
    else this.#typed(chosen);
  }

  #submit(): void {
    const typed = (this.text ?? "").trim() === "" ? "" : (this.text ?? "");
    this.suggestions = [];
    if (typed === "") {
      this.#leave();
      return;
    }
    const path = resolve(fromTyped(typed), this.path, this.home);
    this.dispatchEvent(new PathGoEvent(path, true));
  }

  #leave(): void {
    this.#close();
    this.dispatchEvent(new Event("porthole-path-left"));
  }

  #close(): void {
    this.text = null;
    this.suggestions = [];
    this.at = -1;
    this.#completer.forget();
  }
}

/** The path of the step that an event is at; "" beside the steps. */
function stepOf({ target }: Event): string {
  const step = target instanceof Element ? target.closest("[data-path]") : null;
  return step?.getAttribute("data-path") ?? "";
}

customElements.define("porthole-path-bar", PathBarElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-path-bar": PathBarElement;
  }
  interface HTMLElementEventMap {
    "porthole-path-go": PathGoEvent;
  }
}
