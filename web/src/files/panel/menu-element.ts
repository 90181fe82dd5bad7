import { LitElement, html, nothing, type PropertyDeclarations } from "lit";
import { controlStyles } from "../../style/sheets.ts";
import { deepActiveElement } from "../../style/confirm.ts";
import { menuStyles } from "./menu-styles.ts";

/** One row of a menu; null is a line between rows. */
export interface MenuItem {
  readonly label: unknown;
  /** The key that does the same. */
  readonly key?: string;
  /** Why it cannot be chosen; "" when it can. */
  readonly why?: string;
  readonly danger?: boolean;
  readonly test?: string;
  readonly run: () => void;
}

/**
 * `<porthole-file-menu>`: a menu at a place of the window, over everything. Arrows, Home, End
 * and first letters move in it, Escape and Tab close it; the focus goes back to where it was.
 */
export class FileMenuElement extends LitElement {
  static override properties: PropertyDeclarations = {
    items: { state: true },
    at: { state: true },
  };
  static override styles = [controlStyles, menuStyles];

  declare private items: readonly (MenuItem | null)[];
  declare private at: number;
  #before: Element | null = null;
  #label = "";

  constructor() {
    super();
    this.items = [];
    this.at = -1;
  }

  /** Shows it; the first row gets the focus. */
  open(label: string, items: readonly (MenuItem | null)[], x: number, y: number): void {
    this.#before = deepActiveElement();
    this.#label = label;
    this.items = items;
    this.at = items.findIndex((item) => item !== null);
    void this.updateComplete.then(() => {
      const menu = this.#menu;
      menu?.showPopover();
      if (menu !== null) place(menu, x, y);
      this.#focus();
    });
  }

  protected override render(): unknown {
    return html`<div
      role="menu"
      popover="auto"
      aria-label=${this.#label}
      @keydown=${this.#key}
      @contextmenu=${(event: Event) => {
        event.preventDefault();
      }}
      @toggle=${(event: ToggleEvent) => {
        if (event.newState === "closed") this.#closed();
      }}
    >
      ${this.items.map((item, index) =>
        item === null
          ? html`<div role="separator"></div>`
          : html`<button
              type="button"
              role="menuitem"
              class=${item.danger === true ? "danger-item" : ""}
              tabindex=${index === this.at ? "0" : "-1"}
              aria-disabled=${(item.why ?? "") === "" ? "false" : "true"}
              title=${item.why ?? nothing}
              data-test=${item.test ?? nothing}
              @mouseenter=${() => {
                this.at = index;
                this.#focusSoon();
              }}
              @click=${() => {
                this.#choose(item);
              }}
            >
              <span>${item.label}</span>${
                item.key === undefined ? nothing : html`<kbd>${item.key}</kbd>`
              }
            </button>`,
      )}
    </div>`;
  }

  get #menu(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>("[role=menu]");
  }

  #choose(item: MenuItem): void {
    if ((item.why ?? "") !== "") return;
    this.#menu?.hidePopover();
    // Run in the click itself: a picker opens only in a gesture.
    item.run();
  }

  #closed(): void {
    const before = this.#before;
    this.#before = null;
    const inside = this.renderRoot instanceof ShadowRoot && this.renderRoot.activeElement !== null;
    if ((inside || document.activeElement === document.body) && before instanceof HTMLElement) {
      before.focus();
    }
  }

  readonly #key = (event: KeyboardEvent): void => {
    const rows = this.items.flatMap((item, index) => (item === null ? [] : [index]));
    const now = rows.indexOf(this.at);
    const step: Readonly<Record<string, number>> = {
      ArrowDown: (now + 1) % rows.length,
      ArrowUp: (now + rows.length - 1) % rows.length,
      Home: 0,
      End: rows.length - 1,
    };
    const to = step[event.key];
    if (to !== undefined) this.at = rows[to] ?? -1;
    else if (event.key === "Tab") this.#menu?.hidePopover();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.#focusSoon();
  };

  #focusSoon(): void {
    void this.updateComplete.then(() => {
      this.#focus();
    });
  }

  #focus(): void {
    this.renderRoot.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }
}

/** Where it fits: to the right and below, else so far to the left and above as it needs. */
function place(menu: HTMLElement, x: number, y: number): void {
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${String(Math.max(4, Math.min(x, innerWidth - width - 4)))}px`;
  menu.style.top = `${String(Math.max(4, Math.min(y, innerHeight - height - 4)))}px`;
}

customElements.define("porthole-file-menu", FileMenuElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-file-menu": FileMenuElement;
  }
}
