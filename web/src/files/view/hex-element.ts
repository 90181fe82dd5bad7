import { LitElement, css, html, nothing, type PropertyDeclarations } from "lit";
import { controlStyles } from "../../style/sheets.ts";
import { byteCount } from "../../style/format.ts";
import type { ByteSource } from "./byte-source.ts";
import { HexPages, PAGE_BYTES, ROW_BYTES, hexRow, parseOffset } from "./hex.ts";
import { sentenceOf } from "./sentences.ts";
import { partStyles } from "./styles.ts";

/** Bytes that one scroll range spans; browsers end an element's height at some 17 million px. */
const SPAN_BYTES = 1024 * 1024;
const ROW_PX = 20;

/** A hex dump of any length: rows that are in sight are read and drawn. */
export class HexElement extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    source: { attribute: false },
    start: { state: true },
    failure: { state: true },
    badOffset: { state: true },
  };

  declare source: ByteSource;
  /** Of the span that can be scrolled now. */
  declare private start: number;
  declare private failure: string;
  declare private badOffset: boolean;
  #pages: HexPages | null = null;
  #abort = new AbortController();
  #marked: number | null = null;
  readonly #resized = new ResizeObserver(() => {
    this.requestUpdate();
  });

  constructor() {
    super();
    this.start = 0;
    this.failure = "";
    this.badOffset = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
    this.#resized.disconnect();
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has("source")) return;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#pages = new HexPages(this.source);
    this.start = 0;
    this.failure = "";
  }

  protected override firstUpdated(): void {
    const box = this.#box();
    if (box !== null) this.#resized.observe(box);
  }

  protected override render(): unknown {
    const pages = this.#pages;
    if (pages === null) return nothing;
    const bytes = Math.max(ROW_BYTES, Math.min(SPAN_BYTES, pages.known - this.start));
    const rows = Math.ceil(bytes / ROW_BYTES);
    const box = this.#box();
    const first = Math.min(Math.max(0, Math.floor((box?.scrollTop ?? 0) / ROW_PX) - 4), rows - 1);
    const count = Math.min(rows - first, Math.ceil((box?.clientHeight ?? 600) / ROW_PX) + 8);
    this.#ask(this.start + first * ROW_BYTES, count * ROW_BYTES);
    return html`${this.#bar(pages)}
      ${this.failure === "" ? nothing : html`<p class="note bad" role="alert">${this.failure}</p>`}
      <div
        class="scroll"
        tabindex="0"
        role="region"
        aria-label="Bytes of the file"
        @scroll=${() => {
          this.requestUpdate();
        }}
      >
        <div class="rows" style="height: ${String(rows * ROW_PX)}px">
          <div class="seen" style="top: ${String(first * ROW_PX)}px">
            ${Array.from({ length: count }, (_, index) =>
              this.#row(pages, this.start + (first + index) * ROW_BYTES),
            )}
          </div>
        </div>
      </div>`;
  }

  #bar(pages: HexPages): unknown {
    const last = this.start + SPAN_BYTES >= pages.known;
    return html`<form class="bar" @submit=${this.#jump}>
      <label class="sr-only" for="offset">Offset to go to, decimal or 0x…</label>
      <input
        id="offset"
        class="grow"
        autocomplete="off"
        spellcheck="false"
        placeholder="Offset, e.g. 4096 or 0x1000"
        aria-invalid=${this.badOffset}
      />
      <button type="submit" class="small">Go</button>
      ${
        this.start === 0 && last
          ? nothing
          : html`<button
                type="button"
                class="small"
                ?disabled=${this.start === 0}
                @click=${() => {
                  this.#goTo(Math.max(0, this.start - SPAN_BYTES));
                }}
              >
                Previous ${byteCount(SPAN_BYTES)}
              </button>
              <button
                type="button"
                class="small"
                ?disabled=${last}
                @click=${() => {
                  this.#goTo(this.start + SPAN_BYTES);
                }}
              >
                Next ${byteCount(SPAN_BYTES)}
              </button>`
      }
      <span class="quiet" role="status">
        ${
          this.badOffset
            ? "The file has no such offset."
            : pages.end === null && this.source.size === null
              ? "size unknown"
              : byteCount(pages.known)
        }
      </span>
    </form>`;
  }

  #row(pages: HexPages, offset: number): unknown {
    const data = pages.row(offset);
    const row = hexRow(offset, data ?? new Uint8Array());
    const marked =
      this.#marked !== null && Math.floor(this.#marked / ROW_BYTES) * ROW_BYTES === offset;
    return html`<div class="row ${marked ? "marked" : ""}">
      <span class="offset">${row.offset}</span>
      <span class="bytes">${data === undefined ? "…" : row.bytes}</span>
      <span class="chars">${row.text}</span>
    </div>`;
  }

  /** Reads what is in sight; the same failure is not asked for again until the person moves. */
  #ask(offset: number, length: number): void {
    const pages = this.#pages;
    const { signal } = this.#abort;
    if (pages === null || this.failure !== "") return;
    for (let at = offset - (offset % PAGE_BYTES); at < offset + length; at += PAGE_BYTES) {
      if (pages.row(at) !== undefined || (pages.end !== null && at >= pages.end)) continue;
      pages.load(at, signal).then(
        () => {
          if (pages.empty(at) && pages.empty(this.start)) this.#beyond();
          this.requestUpdate();
        },
        (thrown: unknown) => {
          if (!signal.aborted) this.failure = sentenceOf(thrown);
        },
      );
    }
  }

  readonly #jump = (event: Event): void => {
    event.preventDefault();
    const field = this.renderRoot.querySelector<HTMLInputElement>("#offset");
    const offset = parseOffset(field?.value ?? "");
    this.badOffset = offset === null;
    if (offset !== null) this.#goTo(offset);
  };

  /** The person jumped to where nothing is. */
  #beyond(): void {
    if (this.start === 0) return;
    const known = this.source.size ?? 0;
    this.#goTo(Math.max(0, Math.min(known, this.start) - 1));
    this.badOffset = true;
  }

  #goTo(offset: number): void {
    this.failure = "";
    const known = this.#pages?.known ?? 0;
    // Beyond a size that is only a hint there may still be something.
    const wanted = this.#pages?.end === null ? offset : Math.min(offset, Math.max(0, known - 1));
    this.#marked = wanted;
    this.start = Math.floor(wanted / SPAN_BYTES) * SPAN_BYTES;
    void this.updateComplete.then(() => {
      const box = this.#box();
      if (box !== null) box.scrollTop = Math.floor((wanted - this.start) / ROW_BYTES) * ROW_PX;
      this.requestUpdate();
    });
  }

  #box(): HTMLElement | null {
    return this.renderRoot.querySelector(".scroll");
  }

  static override readonly styles = [
    controlStyles,
    partStyles,
    css`
      .rows {
        position: relative;
        min-width: max-content;
      }

      .seen {
        position: absolute;
        left: 0;
        padding: 0 var(--ph-space-3);
      }

      .row {
        display: flex;
        gap: 2ch;
        height: ${ROW_PX}px;
        font: var(--ph-text-s) / ${ROW_PX}px var(--ph-mono);
        white-space: pre;
      }

      .marked {
        background: var(--ph-accent-soft);
      }

      .offset {
        color: var(--ph-quiet);
      }

      .bytes {
        width: 48ch;
      }
    `,
  ];
}

customElements.define("porthole-hex", HexElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-hex": HexElement;
  }
}
