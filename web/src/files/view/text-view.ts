import { css, html, nothing, type TemplateResult } from "lit";
import { byteCount } from "../../style/format.ts";
import { TEXT_MAX_BYTES, type TextPager } from "./text-pager.ts";

/** Text as far as it was read; one block a piece, so that the browser draws what is in sight. */
export function textView(pager: TextPager, busy: boolean, more: () => void): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Text of the file">
    ${pager.pieces.map((piece) => html`<pre class="text">${piece}</pre>`)}
    ${
      pager.more
        ? html`<div class="more">
            <span class="quiet">The first ${byteCount(pager.at)} are shown.</span>
            <button type="button" class="small" ?disabled=${busy} @click=${more}>
              ${busy ? "Reading …" : "Show more"}
            </button>
          </div>`
        : nothing
    }
    ${
      pager.cut
        ? html`<p class="more quiet">
            Only the first ${byteCount(TEXT_MAX_BYTES)} are shown as text. Hex shows any part of the
            file; to read all of it, download it.
          </p>`
        : nothing
    }
  </div>`;
}

export const textStyles = css`
  pre.text {
    margin: 0;
    padding: 0 var(--ph-space-3);
    font: var(--ph-text-s) / 1.5 var(--ph-mono);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    tab-size: 8;
    content-visibility: auto;
    contain-intrinsic-size: auto 30rem;
  }

  pre.text:first-child {
    padding-top: var(--ph-space-2);
  }

  .more {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--ph-space-3);
    padding: var(--ph-space-3);
  }
`;
