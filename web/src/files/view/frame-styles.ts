import { css } from "lit";

/** The frame of the view: path above, the part below. */
export const frameStyles = css`
  :host {
    position: absolute;
    inset: 0;
    z-index: 2;
    display: block;
    background: var(--ph-surface);
    color: var(--ph-text);
    font: var(--ph-text-m) / 1.5 var(--ph-font);
  }

  section {
    display: flex;
    flex-direction: column;
    height: 100%;
    min-height: 0;
    container-type: inline-size;
  }

  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--ph-space-2) var(--ph-space-4);
    padding: var(--ph-space-2) var(--ph-space-3);
    border-bottom: 1px solid var(--ph-border);
    background: var(--ph-raised);
  }

  h2 {
    display: flex;
    flex: 1 1 10rem;
    min-width: 0;
    overflow: hidden;
    font-size: var(--ph-text-m);
    white-space: pre;
  }

  /* It gets the focus so that the path is read out, not to be used. */
  h2:focus-visible {
    outline: none;
  }

  .folder {
    flex: 0 1 auto;
    overflow: hidden;
    color: var(--ph-quiet);
    font-weight: 400;
    text-overflow: ellipsis;
  }

  .name {
    flex: 0 0 auto;
    max-width: 100%;
    overflow: hidden;
    text-overflow: ellipsis;
  }

  header .actions {
    flex-wrap: nowrap;
    align-items: center;
  }

  button[aria-pressed="true"] {
    border-color: var(--ph-accent);
    background: var(--ph-accent-soft);
  }

  button.close {
    padding: 0 var(--ph-space-2);
  }

  @container (max-width: 26rem) {
    header .actions {
      flex: 1 1 100%;
    }

    header button {
      padding: 0 var(--ph-space-2);
    }

    button.close {
      margin-left: auto;
    }
  }
`;
