import { css } from "lit";

/** The context menu. */
export const menuStyles = css`
  [role="menu"] {
    position: fixed;
    inset: auto;
    min-width: 13rem;
    max-width: calc(100vw - 0.5rem);
    max-height: calc(100dvh - 0.5rem);
    margin: 0;
    padding: var(--ph-space-1);
    border: 1px solid var(--ph-border);
    border-radius: var(--ph-radius);
    background: var(--ph-raised);
    color: var(--ph-text);
    box-shadow: var(--ph-shadow);
    overflow: auto;
  }

  [role="menuitem"] {
    display: flex;
    justify-content: space-between;
    gap: var(--ph-space-5);
    width: 100%;
    min-height: 1.875rem;
    padding: 0 var(--ph-space-3);
    border: 0;
    background: transparent;
    font-weight: 400;
    font-size: var(--ph-text-s);
    text-align: left;
  }

  [role="menuitem"]:focus {
    outline: 2px solid var(--ph-focus);
    outline-offset: -2px;
    background: var(--ph-accent-soft);
  }

  [role="menuitem"][aria-disabled="true"] {
    color: var(--ph-quiet);
    cursor: not-allowed;
    opacity: 0.75;
  }

  .danger-item:not([aria-disabled="true"]) {
    color: var(--ph-bad);
  }

  kbd {
    color: var(--ph-quiet);
    font: inherit;
  }

  [role="separator"] {
    margin: var(--ph-space-1) 0;
    border-top: 1px solid var(--ph-border);
  }
`;
