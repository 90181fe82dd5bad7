import { css } from "lit";

/** The path, as steps or as a field: one height, so that nothing jumps. */
export const pathBarStyles = css`
  :host {
    display: block;
    position: relative;
    flex: 1;
    min-width: 0;
    height: 2rem;
  }

  .crumbs {
    display: flex;
    align-items: center;
    height: 100%;
    padding: 0 var(--ph-space-1);
    border: 1px solid var(--ph-border);
    border-radius: var(--ph-radius);
    background: var(--ph-surface);
    overflow: auto hidden;
    scrollbar-width: none;
    cursor: text;
  }

  .crumb {
    flex: none;
    min-height: 1.625rem;
    max-width: 16rem;
    padding: 0 var(--ph-space-1);
    border: 0;
    background: transparent;
    color: var(--ph-accent);
    font-size: var(--ph-text-s);
    overflow: hidden;
    text-overflow: ellipsis;
  }

  .crumb[aria-current] {
    color: var(--ph-text);
    font-weight: 600;
  }

  .crumb[data-target] {
    background: var(--ph-accent-soft);
    box-shadow: inset 0 0 0 2px var(--ph-accent);
  }

  .crumbs :focus-visible {
    outline-offset: -2px;
  }

  .slash {
    color: var(--ph-quiet);
  }

  .type-path {
    flex: 1;
    min-width: 1.5rem;
    min-height: 1.625rem;
    padding: 0;
    border: 0;
    background: transparent;
    cursor: text;
  }

  .type-path:hover {
    background: transparent;
  }

  form,
  input {
    height: 100%;
  }

  form input:not([type="checkbox"]) {
    min-height: 0;
    padding: 0 var(--ph-space-2);
    font: var(--ph-text-s) / 1.4 var(--ph-mono);
  }

  ul {
    position: absolute;
    top: calc(100% + 2px);
    left: 0;
    z-index: 5;
    width: max(100%, 14rem);
    max-height: 16rem;
    margin: 0;
    padding: var(--ph-space-1) 0;
    border: 1px solid var(--ph-border);
    border-radius: var(--ph-radius);
    background: var(--ph-raised);
    box-shadow: var(--ph-shadow);
    list-style: none;
    overflow: auto;
  }

  li {
    padding: 0.1875rem var(--ph-space-2);
    font: var(--ph-text-s) / 1.4 var(--ph-mono);
    cursor: pointer;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  li:is(:hover, [aria-selected="true"]) {
    background: var(--ph-accent-soft);
  }
`;
