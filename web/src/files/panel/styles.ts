import { css } from "lit";

/** The files panel. The element itself has no box: the device page lays the panel out. */
export const filesStyles = css`
  :host {
    display: contents;
    color: var(--ph-text);
    font: var(--ph-text-m) / 1.5 var(--ph-font);
  }

  .panel {
    display: flex;
    flex: 0 1 55%;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
    border-top: 1px solid var(--ph-border);
    border-left: 1px solid var(--ph-border);
    background: var(--ph-ground);
  }

  .content,
  .view {
    display: flex;
    flex: 1;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
  }

  .bar {
    display: flex;
    flex: none;
    align-items: center;
    gap: var(--ph-space-1);
    min-height: 2.5rem;
    padding: 0 var(--ph-space-2);
    background: var(--ph-surface);
  }

  .bar + .bar {
    gap: var(--ph-space-2);
    padding-bottom: var(--ph-space-1);
    border-bottom: 1px solid var(--ph-border);
  }

  .tool {
    flex: none;
    width: 2rem;
    min-height: 2rem;
    padding: 0;
    border-color: transparent;
    background: transparent;
    color: var(--ph-quiet);
  }

  .tool:disabled {
    opacity: 0.45;
  }

  .tool[aria-pressed="true"] {
    color: var(--ph-accent);
  }

  .filter {
    display: flex;
    position: relative;
    flex: 1 1 4rem;
    align-items: center;
    min-width: 3.5rem;
    margin-left: auto;
    color: var(--ph-quiet);
  }

  .filter .icon {
    position: absolute;
    left: var(--ph-space-2);
    width: 0.9rem;
    height: 0.9rem;
  }

  .filter input:not([type="checkbox"]) {
    min-height: 1.875rem;
    padding: 0 var(--ph-space-2) 0 1.75rem;
    font-size: var(--ph-text-s);
  }

  .line {
    display: flex;
    flex: none;
    align-items: center;
    justify-content: space-between;
    gap: var(--ph-space-3);
    padding: var(--ph-space-1) var(--ph-space-3);
    font-size: var(--ph-text-s);
    overflow-wrap: anywhere;
  }

  .line.note {
    border-radius: 0;
    font-size: var(--ph-text-s);
  }

  .line > span {
    min-width: 0;
  }

  .busy {
    background: var(--ph-accent-soft);
  }

  .listing {
    display: flex;
    position: relative;
    flex: 1;
    min-height: 0;
  }

  porthole-transfers {
    flex: none;
  }

  porthole-file-grid {
    flex: 1;
    min-width: 0;
  }

  .state {
    display: flex;
    position: absolute;
    inset: 2rem 0 0;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    gap: var(--ph-space-3);
    padding: var(--ph-space-4);
    text-align: center;
    pointer-events: none;
  }

  .state > * {
    max-width: 30rem;
    pointer-events: auto;
  }

  .state-line {
    gap: var(--ph-space-3);
    padding: 0 var(--ph-space-3);
  }

  .state-line > :first-child {
    margin-right: auto;
  }

  .said {
    position: absolute;
    right: var(--ph-space-3);
    bottom: var(--ph-space-3);
    left: var(--ph-space-3);
    width: fit-content;
    max-width: 36rem;
    margin: 0 auto;
    padding: var(--ph-space-2) var(--ph-space-3);
    border: 1px solid var(--ph-border-strong);
    border-radius: var(--ph-radius);
    background: var(--ph-raised);
    box-shadow: var(--ph-shadow);
    font-size: var(--ph-text-s);
    overflow-wrap: anywhere;
    pointer-events: none;
  }

  .said:empty {
    padding: 0;
    border: 0;
    box-shadow: none;
  }

  .reading {
    display: inline-flex;
    align-items: center;
    gap: var(--ph-space-2);
  }

  .spinner {
    width: 0.875rem;
    height: 0.875rem;
    border: 2px solid var(--ph-border-strong);
    border-top-color: var(--ph-accent);
    border-radius: 50%;
    animation: turn 900ms linear infinite;
  }

  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }

  details.backend {
    position: relative;
  }

  .backend summary {
    cursor: pointer;
  }

  .backend p {
    position: absolute;
    right: 0;
    bottom: calc(100% + var(--ph-space-2));
    z-index: 3;
    width: min(22rem, calc(100vw - 2rem));
    padding: var(--ph-space-3);
    border: 1px solid var(--ph-border);
    border-radius: var(--ph-radius);
    background: var(--ph-raised);
    box-shadow: var(--ph-shadow);
    color: var(--ph-text);
    white-space: normal;
  }

  .escape {
    border-radius: 0.2rem;
    background: var(--ph-warn-soft);
    color: var(--ph-warn);
    font-family: var(--ph-mono);
    font-size: 0.9em;
  }

  .delete-names {
    overflow-wrap: anywhere;
  }

  .mode-table th {
    padding: var(--ph-space-1) var(--ph-space-3) var(--ph-space-1) 0;
    font-weight: 500;
    font-size: var(--ph-text-s);
    text-align: left;
  }

  .mode-table input {
    display: block;
  }

  @media (max-width: 56rem) {
    .panel {
      flex: 1 1 0;
      border-left: 0;
    }
  }

  @media (max-width: 40rem) {
    .bar .word,
    .space {
      display: none;
    }

    .bar {
      padding: 0 var(--ph-space-1);
    }

    .bar + .bar {
      gap: var(--ph-space-1);
    }
  }

  @media (prefers-reduced-motion: reduce) {
    .spinner {
      animation-duration: 4s;
    }
  }
`;
