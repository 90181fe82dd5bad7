import { LitElement, css, html, nothing, type PropertyDeclarations } from "lit";
import "../style/confirm.ts";
import { byteCount } from "../style/format.ts";
import { controlStyles } from "../style/sheets.ts";
import { findLeft, removeLeft, type Left } from "./left.ts";

/** Says what transfers left in this browser, and removes it when asked; empty without any. */
export class FilesLeftElement extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    left: { state: true },
    said: { state: true },
  };
  static override readonly styles = [
    controlStyles,
    css`
      :host([hidden]) {
        display: none;
      }

      section {
        display: grid;
        gap: var(--ph-space-3);
        justify-items: start;
        padding: var(--ph-space-5);
        border: 1px solid var(--ph-border);
        border-radius: var(--ph-radius-l);
        background: var(--ph-surface);
      }
    `,
  ];

  declare private left: Left | null;
  declare private said: string;

  constructor() {
    super();
    this.left = null;
    this.said = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.said = "";
    void this.#look();
  }

  protected override willUpdate(): void {
    this.hidden = this.#lines.length === 0 && this.said === "";
  }

  get #lines(): string[] {
    return this.left === null ? [] : linesOf(this.left);
  }

  protected override render(): unknown {
    const lines = this.#lines;
    if (this.hidden) return nothing;
    return html`<section aria-labelledby="left-title">
        <h2 id="left-title">Left by file transfers</h2>
        ${lines.map((line) => html`<p class="quiet">${line}</p>`)}
        <p role="status">${this.said}</p>
        ${
          lines.length === 0
            ? nothing
            : html`<button type="button" class="small" @click=${() => void this.#clear()}>
                Clear …
              </button>`
        }
      </section>
      <porthole-confirm></porthole-confirm>`;
  }

  async #look(): Promise<void> {
    this.left = await findLeft();
  }

  async #clear(): Promise<void> {
    const confirm = this.renderRoot.querySelector("porthole-confirm");
    const yes = await confirm?.ask({
      label: "Clear what file transfers left?",
      text: html`<p>
        Unfinished transfers of all devices are forgotten: they cannot go on after a reload. Files
        that you saved stay, and so does what lies on the devices.
      </p>`,
      yes: "Clear",
    });
    if (yes !== true) return;
    const removed = await removeLeft();
    await this.#look();
    this.said = removed
      ? "Nothing is left."
      : "A download still needs what is left. Clear again when it has ended.";
  }
}

function linesOf({ transfers, bytes, worker }: Left): string[] {
  const lines: string[] = [];
  if (transfers > 0) {
    const count =
      transfers === 1 ? "One unfinished transfer" : `${String(transfers)} unfinished transfers`;
    lines.push(`${count}: paths, names, sizes, and which files of this computer they use.`);
  }
  if (bytes > 0) lines.push(`${byteCount(bytes)} of downloads that were not saved.`);
  if (worker) lines.push("The service worker that hands downloads to the browser.");
  return lines;
}

customElements.define("porthole-files-left", FilesLeftElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-files-left": FilesLeftElement;
  }
}
