import { LitElement, css, html, nothing, type PropertyDeclarations } from "lit";
import { occurrences, type LogLine } from "./log-lines.ts";
import { LEVEL_MARKS } from "./log-level.ts";

const LINE_PX = 20;
/** Lines drawn beyond what is in sight, each way. */
const SPARE = 10;
/** Pixels from the end that still count as there. */
const NEAR_PX = LINE_PX * 1.5;

/** Draws the lines that are in sight; stays at the end unless the person scrolled up. */
export class LogElement extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    lines: { attribute: false },
    wrap: { attribute: false },
    query: { attribute: false },
    current: { attribute: false },
    label: { attribute: false },
  };

  declare lines: readonly LogLine[];
  declare wrap: boolean;
  declare query: string;
  /** Number of the line that a search is at. */
  declare current: number | null;
  declare label: string;
  /** At the end, and following it. */
  atEnd = true;
  #top = 0;
  #columns = 80;
  readonly #resized = new ResizeObserver(() => {
    this.#measure();
    this.requestUpdate();
  });

  constructor() {
    super();
    this.lines = [];
    this.wrap = false;
    this.query = "";
    this.current = null;
    this.label = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  /** Lines at the start have gone: what is in sight stays where it is. */
  forget(gone: readonly LogLine[]): void {
    if (this.atEnd || gone.length === 0) return;
    const box = this.#box();
    if (box === null) return;
    const px = gone.reduce((sum, line) => sum + this.#rows(line), 0) * LINE_PX;
    box.scrollTop = this.#top = Math.max(0, box.scrollTop - px);
  }

  toEnd(): void {
    this.atEnd = true;
    this.requestUpdate();
  }

  /** Brings a line into the middle of the sight. */
  reveal(number: number): void {
    const box = this.#box();
    if (box === null) return;
    let rows = 0;
    for (const line of this.lines) {
      if (line.number >= number) break;
      rows += this.#rows(line);
    }
    this.atEnd = false;
    box.scrollTop = this.#top = Math.max(0, rows * LINE_PX - box.clientHeight / 2);
    this.requestUpdate();
  }

  protected override firstUpdated(): void {
    const box = this.#box();
    if (box !== null) this.#resized.observe(box);
    this.#measure();
  }

  protected override render(): unknown {
    const { first, last, top, total } = this.#sight();
    return html`<div
      class="box ${this.wrap ? "wrap" : ""}"
      tabindex="0"
      role="region"
      aria-label=${this.label}
      @scroll=${this.#scrolled}
    >
      <div class="all" style="height: ${String(total * LINE_PX)}px">
        <div class="seen" style="top: ${String(top * LINE_PX)}px">
          ${this.lines.slice(first, last).map((line) => this.#line(line))}
        </div>
      </div>
      <span class="probe" aria-hidden="true">0000000000</span>
    </div>`;
  }

  protected override updated(): void {
    const box = this.#box();
    if (box === null || !this.atEnd) return;
    box.scrollTop = box.scrollHeight;
    this.#top = box.scrollTop;
  }

  #line(line: LogLine): unknown {
    const current = line.number === this.current ? " current" : "";
    return html`<div class="line${line.note ? " note" : ""}${current}" data-level=${line.level}>
      <span class="mark">${line.note ? "·" : LEVEL_MARKS[line.level]}</span
      ><span class="text">${marked(line.text, this.query)}</span>
    </div>`;
  }

  /** Which lines are in sight, how many rows are before them and in all. */
  #sight(): { first: number; last: number; top: number; total: number } {
    const { lines } = this;
    const seen = Math.ceil((this.#box()?.clientHeight ?? 400) / LINE_PX);
    if (!this.wrap) {
      const from = this.atEnd ? lines.length - seen : Math.floor(this.#top / LINE_PX);
      const first = Math.max(0, Math.min(from, lines.length - seen) - SPARE);
      const last = Math.min(lines.length, first + seen + 2 * SPARE);
      return { first, last, top: first, total: lines.length };
    }
    return this.#wrappedSight(seen);
  }

  #wrappedSight(seen: number): { first: number; last: number; top: number; total: number } {
    const { lines } = this;
    const total = lines.reduce((sum, line) => sum + this.#rows(line), 0);
    const from = (this.atEnd ? total - seen : Math.floor(this.#top / LINE_PX)) - SPARE;
    let [first, top] = [0, 0];
    for (; first < lines.length; first++) {
      const line = lines[first];
      const rows = line === undefined ? 0 : this.#rows(line);
      if (top + rows > from) break;
      top += rows;
    }
    let [last, rows] = [first, top];
    for (; last < lines.length && rows < from + seen + 2 * SPARE; last++) {
      const line = lines[last];
      rows += line === undefined ? 0 : this.#rows(line);
    }
    return { first, last, top, total };
  }

  /** Rows that a line takes; an estimate where characters are not one column wide. */
  #rows({ text }: LogLine): number {
    return this.wrap ? Math.max(1, Math.ceil(text.length / this.#columns)) : 1;
  }

  #measure(): void {
    const box = this.#box();
    const probe = this.renderRoot.querySelector<HTMLElement>(".probe");
    const width = (probe?.getBoundingClientRect().width ?? 0) / 10;
    if (box === null || width === 0) return;
    // Beside the text: the mark of two columns and the padding of a column each side.
    this.#columns = Math.max(10, Math.floor(box.clientWidth / width) - 4);
  }

  readonly #scrolled = (): void => {
    const box = this.#box();
    if (box === null) return;
    const was = this.atEnd;
    const near = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    // New lines move the end away; only a person moves up.
    if (near) this.atEnd = true;
    else if (box.scrollTop < this.#top) this.atEnd = false;
    this.#top = box.scrollTop;
    if (was !== this.atEnd) this.dispatchEvent(new Event("porthole-log-end"));
    this.requestUpdate();
  };

  #box(): HTMLElement | null {
    return this.renderRoot.querySelector(".box");
  }

  static override readonly styles = css`
    :host {
      display: flex;
      flex: 1;
      min-height: 0;
    }

    .box {
      position: relative;
      flex: 1;
      min-width: 0;
      overflow: auto;
      overflow-anchor: none;
      background: var(--ph-surface);
      font: var(--ph-text-s) / ${LINE_PX}px var(--ph-mono);
    }

    .box:focus-visible {
      outline: 2px solid var(--ph-focus);
      outline-offset: -2px;
    }

    .all {
      position: relative;
      min-width: max-content;
    }

    .seen {
      position: absolute;
      left: 0;
      min-width: 100%;
    }

    .wrap .all {
      min-width: 0;
    }

    .wrap .seen {
      right: 0;
    }

    .line {
      display: flex;
      min-height: ${LINE_PX}px;
      padding: 0 1ch;
      white-space: pre;
    }

    .wrap .line {
      white-space: pre-wrap;
      word-break: break-all;
    }

    .mark {
      flex: none;
      width: 2ch;
      color: var(--ph-quiet);
      user-select: none;
    }

    .text {
      min-width: 0;
    }

    .line[data-level="error"] {
      color: var(--ph-bad);
      font-weight: 600;
    }

    .line[data-level="warning"] {
      color: var(--ph-warn);
    }

    .line[data-level="debug"],
    .line.note {
      color: var(--ph-quiet);
    }

    .line.note {
      font-style: italic;
    }

    .line[data-level="error"] .mark,
    .line[data-level="warning"] .mark {
      color: inherit;
      font-weight: 700;
    }

    .line.current {
      background: var(--ph-accent-soft);
    }

    mark {
      background: var(--ph-warn-soft);
      color: inherit;
      outline: 1px solid var(--ph-warn);
    }

    .probe {
      position: absolute;
      visibility: hidden;
    }
  `;
}

/** The text with what is searched for marked; text nodes all of it. */
function marked(text: string, query: string): unknown {
  const starts = occurrences(text, query);
  if (starts.length === 0) return text;
  let at = 0;
  const parts: unknown[] = [];
  for (const start of starts) {
    parts.push(
      text.slice(at, start),
      html`<mark>${text.slice(start, start + query.length)}</mark>`,
    );
    at = start + query.length;
  }
  return [...parts, text.slice(at) || nothing];
}

customElements.define("porthole-log", LogElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-log": LogElement;
  }
}
