import { LitElement, html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { FileEntry } from "../../bridge/files.ts";
import { icon } from "../../style/icons.ts";
import { controlStyles } from "../../style/sheets.ts";
import { gridRow, type Layout } from "./grid-row.ts";
import { gridStyles } from "./grid-styles.ts";
import { TypeAhead, keyCommand, moved, type KeyCommand } from "./keys.ts";
import type { Column, Order } from "./order.ts";
import { isFolder } from "./order.ts";
import type { Selection } from "./selection.ts";
import { mostRows, scrollFor, spanOf } from "./windowing.ts";

/** Heights in px; the styles have the same. */
const ROW = { full: 32, medium: 32, compact: 50 } as const;
const HEAD = 32;
/** Widths in px from which the layouts fit. */
const MEDIUM_FROM = 430;
const FULL_FROM = 640;

const COLUMNS: readonly (readonly [Column, string])[] = [
  ["name", "Name"],
  ["size", "Size"],
  ["modified", "Modified"],
  ["mode", "Mode"],
  ["owner", "Owner"],
];

/** What the list asks its owner to do. */
export interface GridOwner {
  /** The selection or the keyboard's row changed. */
  selected(): void;
  open(entry: FileEntry): void;
  sort(by: Column): void;
  /** Of what is selected, or of the directory; at a place in the window. */
  menu(x: number, y: number): void;
  command(command: KeyCommand): void;
  /** The pointer went down on a row. */
  press(event: PointerEvent, entry: FileEntry): void;
  dragStart(event: DragEvent): void;
  dragEnd(event: DragEvent): void;
  /** Whether what is dragged may be let go over that folder, or over the directory (null). */
  mayDrop(event: DragEvent, folder: FileEntry | null): boolean;
  drop(event: DragEvent, folder: FileEntry | null): void;
}

/**
 * `<porthole-file-grid>`: the virtual list of a directory. Rows have one height, and only
 * those in sight are drawn. The focus is on the list itself; its row is told by
 * aria-activedescendant, so that it outlasts drawing.
 */
export class FileGridElement extends LitElement {
  static override properties: PropertyDeclarations = {
    rows: { attribute: false },
    order: { attribute: false },
    label: {},
    owner: { attribute: false },
    selection: { attribute: false },
    version: { attribute: false },
    busy: { type: Boolean },
    layout: { state: true },
    dropOn: { state: true },
  };
  static override styles = [controlStyles, gridStyles];

  declare rows: readonly FileEntry[];
  declare order: Order;
  declare label: string;
  declare owner: GridOwner | null;
  declare selection: Selection | null;
  /** Counts up when the selection changed. */
  declare version: number;
  declare busy: boolean;
  declare private layout: Layout;
  /** Row that something is dragged over; -1: the directory; null: nothing is dragged. */
  declare private dropOn: number | null;

  readonly #ahead = new TypeAhead();
  readonly #resize = new ResizeObserver(() => {
    this.#measure();
  });
  #height = 400;
  #top = 0;

  constructor() {
    super();
    this.rows = [];
    this.order = { by: "name", descending: false };
    this.label = "Files";
    this.owner = null;
    this.selection = null;
    this.version = 0;
    this.busy = false;
    this.layout = "full";
    this.dropOn = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize.disconnect();
  }

  override focus(options?: FocusOptions): void {
    this.#box?.focus(options);
  }

  /** Scrolls a row into sight, moving as little as possible. */
  reveal(at: number): void {
    const box = this.#box;
    if (box === null || at < 0) return;
    box.scrollTop = scrollFor(at, this.#rowHeight, HEAD, box.scrollTop, this.#height);
  }

  /** The first row again, as for another directory. */
  toTop(): void {
    if (this.#box !== null) this.#box.scrollTop = 0;
    this.#top = 0;
  }

  /** Where the keyboard's row is in the window, for a menu that the keyboard opens. */
  get place(): { x: number; y: number } {
    const row = this.renderRoot.querySelector("[data-active]") ?? this;
    const { left, bottom } = row.getBoundingClientRect();
    return { x: left + 32, y: bottom - 4 };
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("rows")) this.#measure();
  }

  protected override render(): unknown {
    const height = this.#rowHeight;
    const count = Math.min(this.rows.length, mostRows(height));
    const { first, end } = spanOf(count, height, this.#top, this.#height);
    const active = this.#activeAt;
    const shown = this.rows.slice(first, end).map((entry, index) => ({ entry, at: first + index }));
    return html`<div
      class="box"
      role="grid"
      tabindex="0"
      data-layout=${this.layout}
      data-drop=${this.dropOn === -1 ? "" : nothing}
      aria-label=${this.label}
      aria-rowcount=${this.rows.length + 1}
      aria-colcount=${COLUMNS.length}
      aria-multiselectable="true"
      aria-busy=${this.busy ? "true" : "false"}
      aria-activedescendant=${active >= first && active < end ? `row-${String(active)}` : nothing}
      @scroll=${this.#scrolled}
      @keydown=${this.#key}
      @click=${this.#click}
      @dblclick=${this.#doubleClick}
      @contextmenu=${this.#contextMenu}
      @pointerdown=${this.#press}
      @dragstart=${this.#dragStart}
      @dragend=${this.#dragEnd}
      @dragover=${this.#dragOver}
      @dragleave=${this.#dragLeave}
      @drop=${this.#drop}
    >
      ${this.#head()}
      <div role="rowgroup" class="body" style=${`height:${String(count * height)}px`}>
        ${repeat(
          shown,
          ({ at }) => at,
          ({ entry, at }) =>
            gridRow(entry, {
              ...{ layout: this.layout, at, top: at * height },
              selected: this.selection?.has(entry.name) === true,
              active: at === active,
              target: at === this.dropOn,
            }),
        )}
      </div>
    </div>`;
  }

  #head(): unknown {
    const shown = { full: 5, medium: 3, compact: 3 }[this.layout];
    return html`<div role="rowgroup" class="head">
      <div role="row" class="columns" aria-rowindex="1">
        ${COLUMNS.slice(0, shown).map(([column, word]) => this.#columnHead(column, word))}
      </div>
    </div>`;
  }

  #columnHead(column: Column, word: string): unknown {
    const { by, descending } = this.order;
    const sorted = by === column ? (descending ? "descending" : "ascending") : "none";
    return html`<span role="columnheader" class=${column} aria-sort=${sorted}
      ><button
        type="button"
        class="sort"
        tabindex="-1"
        data-column=${column}
        @click=${() => this.owner?.sort(column)}
      >
        ${word}${sorted === "none" ? nothing : icon("up")}
      </button></span
    >`;
  }

  get #box(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".box");
  }

  get #rowHeight(): number {
    return ROW[this.layout];
  }

  get #activeAt(): number {
    const name = this.selection?.active ?? "";
    return name === "" ? -1 : this.rows.findIndex((row) => row.name === name);
  }

  readonly #scrolled = (): void => {
    this.#top = this.#box?.scrollTop ?? 0;
    this.requestUpdate();
  };

  #measure(): void {
    const box = this.#box;
    if (box === null || box.clientHeight === 0) return;
    const { clientWidth: width, clientHeight: height } = box;
    const layout = width >= FULL_FROM ? "full" : width >= MEDIUM_FROM ? "medium" : "compact";
    if (layout === this.layout && height === this.#height && box.scrollTop === this.#top) return;
    this.layout = layout;
    this.#height = height;
    this.#top = box.scrollTop;
    this.requestUpdate();
  }

  /** The row that an event is at; -1 beside the rows. */
  #at(event: Event): number {
    const target = event.target instanceof Element ? event.target.closest("[data-at]") : null;
    return target === null ? -1 : Number(target.getAttribute("data-at"));
  }

  readonly #click = (event: MouseEvent): void => {
    const { selection } = this;
    if (isHead(event) || selection === null) return;
    const at = this.#at(event);
    const entry = this.rows[at];
    const target = event.target as Element;
    if (entry === undefined) selection.clear();
    else if (event.shiftKey) selection.range(this.rows, entry.name, event.ctrlKey || event.metaKey);
    else if (event.ctrlKey || event.metaKey || target.closest(".mark") !== null) {
      selection.toggle(entry.name);
    } else {
      selection.only(entry.name);
      if (target.closest(".open") !== null && event.detail < 2) this.owner?.open(entry);
    }
    this.owner?.selected();
  };

  readonly #doubleClick = (event: MouseEvent): void => {
    const entry = this.rows[this.#at(event)];
    const target = event.target as Element;
    // A click on the name opened it already; on the mark it is two choices.
    if (entry === undefined || target.closest(".open, .mark") !== null) return;
    this.owner?.open(entry);
  };

  readonly #contextMenu = (event: MouseEvent): void => {
    const { selection } = this;
    if (isHead(event) || selection === null) return;
    event.preventDefault();
    const entry = this.rows[this.#at(event)];
    if (entry === undefined) selection.clear();
    else if (!selection.has(entry.name)) selection.only(entry.name);
    this.owner?.selected();
    this.owner?.menu(event.clientX, event.clientY);
  };

  readonly #key = (event: KeyboardEvent): void => {
    const { selection, owner } = this;
    if (selection === null || owner === null) return;
    const command = keyCommand(event, this.#ahead.typing(event.timeStamp));
    if (command === null) return;
    event.preventDefault();
    event.stopPropagation();
    if (command.do === "move") this.#move(selection, command);
    else if (command.do === "toggle") {
      if (selection.active !== "") selection.toggle(selection.active);
    } else if (command.do === "search") {
      const names = this.rows.map(({ name }) => name);
      const at = this.#ahead.find(names, command.text, this.#activeAt, event.timeStamp);
      const found = names[at];
      if (found === undefined) return;
      selection.only(found);
      this.reveal(at);
    } else owner.command(command);
    owner.selected();
  };

  #move(selection: Selection, command: Extract<KeyCommand, { do: "move" }>): void {
    const page = Math.max(1, Math.floor((this.#height - HEAD) / this.#rowHeight) - 1);
    const at = moved(command.to, this.#activeAt, this.rows.length, page);
    const entry = this.rows[at];
    if (entry === undefined) return;
    if (command.how === "range") selection.range(this.rows, entry.name, false);
    else if (command.how === "focus") selection.focus(entry.name);
    else selection.only(entry.name);
    this.reveal(at);
  }

  readonly #press = (event: PointerEvent): void => {
    const entry = this.rows[this.#at(event)];
    if (entry !== undefined) this.owner?.press(event, entry);
  };

  readonly #dragEnd = (event: DragEvent): void => {
    this.dropOn = null;
    this.owner?.dragEnd(event);
  };

  readonly #dragStart = (event: DragEvent): void => {
    const entry = this.rows[this.#at(event)];
    if (entry === undefined || this.selection === null) {
      event.preventDefault();
      return;
    }
    if (!this.selection.has(entry.name)) this.selection.only(entry.name);
    this.owner?.selected();
    this.owner?.dragStart(event);
  };

  readonly #dragOver = (event: DragEvent): void => {
    const at = this.#at(event);
    const over = this.rows[at];
    const onFolder = over !== undefined && isFolder(over);
    const folder = onFolder ? over : null;
    if (this.owner?.mayDrop(event, folder) !== true) {
      this.dropOn = null;
      return;
    }
    event.preventDefault();
    this.dropOn = onFolder ? at : -1;
  };

  readonly #dragLeave = (event: DragEvent): void => {
    const to = event.relatedTarget;
    if (!(to instanceof Node) || this.#box?.contains(to) !== true) this.dropOn = null;
  };

  readonly #drop = (event: DragEvent): void => {
    const at = this.dropOn;
    this.dropOn = null;
    if (at === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.owner?.drop(event, this.rows[at] ?? null);
  };
}

function isHead(event: Event): boolean {
  return event.target instanceof Element && event.target.closest(".head") !== null;
}

customElements.define("porthole-file-grid", FileGridElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-file-grid": FileGridElement;
  }
}
