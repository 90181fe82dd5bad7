import { LitElement, html, nothing, type PropertyDeclarations, type PropertyValues } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { icon } from "../../style/icons.ts";
import { controlStyles } from "../../style/sheets.ts";
import { transferRow } from "./transfer-row.ts";
import { transfersStyles } from "./transfers-styles.ts";
import type { TransferQueue } from "./types.ts";
import { headline, isEnded, News } from "./words.ts";

/** Rows that are drawn; those of the person's interest come first. */
const MOST_ROWS = 200;

/** `<porthole-transfers>`: the tray of a queue. Nothing while the queue is empty. */
export class TransfersElement extends LitElement {
  static override properties: PropertyDeclarations = {
    queue: { attribute: false },
    open: { state: true },
    said: { state: true },
  };
  static override styles = [controlStyles, transfersStyles];

  declare queue: TransferQueue | null;
  declare private open: boolean;
  /** Told to assistive technology. */
  declare private said: string;
  readonly #news = new News();

  constructor() {
    super();
    this.queue = null;
    this.open = true;
    this.said = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.queue?.addEventListener("change", this.#changed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.queue?.removeEventListener("change", this.#changed);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("queue")) return;
    changed.get("queue")?.removeEventListener("change", this.#changed);
    if (this.isConnected) this.queue?.addEventListener("change", this.#changed);
  }

  protected override render(): unknown {
    const { queue } = this;
    const list = queue?.list ?? [];
    // The region is there before anything is said in it.
    const region = html`<div role="status" class="sr-only">${this.said}</div>`;
    if (queue === null || list.length === 0) return region;
    const open = list.filter(({ state }) => !isEnded(state));
    const ended = list.filter(({ state }) => isEnded(state)).reverse();
    const rows = [...open, ...ended].slice(0, MOST_ROWS);
    const more = list.length - rows.length;
    return html`<section aria-label="Transfers" data-test="transfers">
        <div class="headline">
          <button
            type="button"
            class="fold"
            aria-expanded=${this.open ? "true" : "false"}
            aria-controls="rows"
            @click=${() => {
              this.open = !this.open;
            }}
          >
            ${icon("chevron")}<span data-test="headline">${headline(list, queue.progress)}</span>
          </button>
          ${
            ended.length === 0
              ? nothing
              : html`<button
                  type="button"
                  class="small plain"
                  data-test="clear"
                  aria-label="Clear the list of what has ended"
                  @click=${() => {
                    queue.clear();
                  }}
                >
                  Clear
                </button>`
          }
        </div>
        <ul id="rows" class="rows" ?hidden=${!this.open} tabindex="0" aria-label="Transfers">
          ${repeat(
            rows,
            ({ id }) => id,
            (transfer) => transferRow(transfer, queue),
          )}
          ${more > 0 ? html`<li class="quiet">and ${more} more</li>` : nothing}
        </ul>
      </section>
      ${region}`;
  }

  readonly #changed = (): void => {
    const list = this.queue?.list ?? [];
    const news = this.#news.tell(list);
    if (news !== "") this.said = news;
    if (list.some(({ state }) => state === "asking") && news !== "") this.open = true;
    this.requestUpdate();
  };
}
