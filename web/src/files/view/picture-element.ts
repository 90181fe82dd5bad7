/**
 * A picture through `<img>` alone: there it is pixels, and no script of it runs. A raster
 * picture gets a blob: address of its sniffed type, which goes when it is loaded; an SVG a
 * data: address, because a blob: one opened in a tab of its own would be a document of the
 * app's origin.
 */

import { LitElement, css, html, nothing, type PropertyDeclarations } from "lit";
import { controlStyles } from "../../style/sheets.ts";
import type { Picture } from "./look.ts";
import { partStyles } from "./styles.ts";

/** Shows one picture; fires `porthole-undrawable` when the browser makes nothing of it. */
export class PictureElement extends LitElement {
  static override readonly properties: PropertyDeclarations = { picture: { attribute: false } };

  declare picture: Picture | null;
  #address = "";

  constructor() {
    super();
    this.picture = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#release();
  }

  protected override willUpdate(): void {
    this.#release();
    this.#address = this.picture === null ? "" : addressOf(this.picture);
  }

  protected override render(): unknown {
    if (this.picture === null) return nothing;
    const { type, size } = this.picture;
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Picture">
      <img
        alt="Picture in the file${size === "" ? "" : `, ${size} pixels`}"
        draggable="false"
        src=${this.#address}
        @load=${this.#release}
        @error=${() => this.dispatchEvent(new Event("porthole-undrawable"))}
      />
      <p class="quiet">${[type.slice("image/".length), size].filter(Boolean).join(", ")}</p>
    </div>`;
  }

  readonly #release = (): void => {
    if (this.#address.startsWith("blob:")) URL.revokeObjectURL(this.#address);
  };

  static override readonly styles = [
    controlStyles,
    partStyles,
    css`
      .scroll {
        display: grid;
        align-content: safe center;
        justify-items: center;
        gap: var(--ph-space-2);
        padding: var(--ph-space-4);
      }

      img {
        max-width: 100%;
        /* What is transparent shows as a pattern in both schemes. */
        background: repeating-conic-gradient(#999 0% 25%, #bbb 0% 50%) 0 0 / 16px 16px;
      }
    `,
  ];
}

/** The address that an `<img>` loads it from. */
function addressOf({ type, bytes }: Picture): string {
  if (type !== "image/svg+xml") {
    return URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
  }
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return `data:${type};base64,${btoa(binary)}`;
}

customElements.define("porthole-picture", PictureElement);

declare global {
  interface HTMLElementTagNameMap {
    "porthole-picture": PictureElement;
  }
}
