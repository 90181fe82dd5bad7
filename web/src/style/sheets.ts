import { css, unsafeCSS, type CSSResult } from "lit";
import controls from "./controls.css?inline";

/**
 * The page's controls for shadow roots. The tokens they use are custom properties and
 * come in from outside; `device.ts` has defaults for an embedder without them.
 */
export const controlStyles: CSSResult = unsafeCSS(controls);

/** The line of figures below the terminal, and below the list of files. */
export const stateLineStyles: CSSResult = css`
  .state-line {
    display: flex;
    flex: none;
    align-items: center;
    gap: var(--ph-space-4);
    min-height: 2rem;
    padding: 0 var(--ph-space-5);
    border-top: 1px solid var(--ph-border);
    background: var(--ph-surface);
    color: var(--ph-quiet);
    font-size: var(--ph-text-s);
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
`;
