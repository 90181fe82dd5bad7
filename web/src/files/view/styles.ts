import { css } from "lit";

/** Shared by the parts of the view: they fill their place, and scroll inside themselves. */
export const partStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    flex: 1;
    min-width: 0;
    min-height: 0;
    color: var(--ph-text);
    font: var(--ph-text-m) / 1.5 var(--ph-font);
  }

  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--ph-space-2);
    padding: var(--ph-space-2) var(--ph-space-3);
    border-bottom: 1px solid var(--ph-border);
  }

  .bar .grow {
    flex: 1 1 8rem;
    min-width: 0;
  }

  .bar input:not([type="checkbox"]) {
    min-height: 1.875rem;
    font-size: var(--ph-text-s);
  }

  .bar select {
    width: auto;
    min-height: 1.875rem;
    font-size: var(--ph-text-s);
  }

  button[aria-pressed="true"] {
    border-color: var(--ph-accent);
    background: var(--ph-accent-soft);
    color: var(--ph-text);
  }

  .scroll {
    flex: 1;
    min-height: 0;
    overflow: auto;
    background: var(--ph-surface);
  }

  .note {
    margin: var(--ph-space-3);
    flex: none;
  }

  .waiting {
    padding: var(--ph-space-4);
  }
`;
