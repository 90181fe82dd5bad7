import { css } from "lit";

/** The tray: a headline that stays, and rows that scroll. */
export const transfersStyles = css`
  :host {
    display: block;
    min-width: 0;
    color: var(--ph-text);
    font: var(--ph-text-m) / 1.4 var(--ph-font);
  }

  section {
    border-top: 1px solid var(--ph-border);
    background: var(--ph-surface);
  }

  .headline {
    display: flex;
    align-items: center;
    gap: var(--ph-space-2);
    min-height: 2.5rem;
    padding: 0 var(--ph-space-2) 0 var(--ph-space-1);
  }

  .fold {
    flex: 1;
    justify-content: flex-start;
    min-width: 0;
    min-height: 2rem;
    padding: 0 var(--ph-space-2);
    border-color: transparent;
    background: transparent;
    font-weight: 600;
    font-size: var(--ph-text-s);
    font-variant-numeric: tabular-nums;
  }

  .fold > span {
    overflow: hidden;
    text-overflow: ellipsis;
  }

  .fold .icon {
    transition: transform var(--ph-quick);
  }

  .fold[aria-expanded="true"] .icon {
    transform: rotate(90deg);
  }

  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .rows {
    overflow: auto;
    max-height: min(14rem, 26vh);
    border-top: 1px solid var(--ph-border);
    overscroll-behavior: contain;
  }

  .rows > li {
    display: flex;
    gap: var(--ph-space-2);
    padding: var(--ph-space-2) var(--ph-space-2) var(--ph-space-2) var(--ph-space-3);
  }

  .rows > li + li {
    border-top: 1px solid var(--ph-border);
  }

  .way {
    flex: none;
    padding-top: 0.0625rem;
    color: var(--ph-quiet);
  }

  .what {
    display: grid;
    flex: 1;
    gap: var(--ph-space-1);
    min-width: 0;
  }

  .line {
    display: flex;
    align-items: baseline;
    gap: var(--ph-space-2);
    min-width: 0;
  }

  .line .name {
    overflow: hidden;
    min-width: 2rem;
    font-weight: 600;
    font-size: var(--ph-text-s);
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .state,
  .verified {
    flex: none;
    color: var(--ph-quiet);
    font-size: 0.75rem;
    white-space: nowrap;
  }

  .verified {
    display: inline-flex;
    align-items: baseline;
    gap: 0.125rem;
    color: var(--ph-good);
    font-weight: 600;
  }

  .verified .icon {
    align-self: center;
  }

  [data-state="failed"] .state {
    color: var(--ph-bad);
    font-weight: 600;
  }

  :is([data-state="asking"], [data-state="waiting"]) .state {
    color: var(--ph-warn);
    font-weight: 600;
  }

  .figures,
  .said,
  .faults {
    color: var(--ph-quiet);
    font-size: 0.75rem;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }

  [data-state="failed"] .said {
    color: var(--ph-text);
    font-size: var(--ph-text-s);
  }

  .bar {
    overflow: hidden;
    height: 0.3125rem;
    border-radius: 0.25rem;
    background: var(--ph-border);
  }

  .bar > div {
    height: 100%;
    border-radius: inherit;
    background: var(--ph-accent);
    transition: width var(--ph-quick);
  }

  :is([data-state="paused"], [data-state="waiting"], [data-state="asking"]) .bar > div {
    background: var(--ph-border-strong);
  }

  .bar[data-unknown] > div {
    width: 30% !important;
    animation: there-and-back 1.6s ease-in-out infinite alternate;
  }

  @keyframes there-and-back {
    to {
      margin-left: 70%;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    .bar[data-unknown] > div {
      width: 100% !important;
      opacity: 0.4;
      animation: none;
    }
  }

  .tools {
    display: flex;
    flex: none;
    align-items: flex-start;
  }

  button.tool {
    width: 1.875rem;
    min-height: 1.875rem;
    padding: 0;
    border-color: transparent;
    background: transparent;
    color: var(--ph-quiet);
  }

  button.tool:hover {
    background: var(--ph-sunken);
    color: var(--ph-text);
  }

  .conflict {
    display: grid;
    gap: var(--ph-space-2);
    padding: var(--ph-space-2) var(--ph-space-3);
    border-left: 3px solid var(--ph-warn);
    border-radius: var(--ph-radius);
    background: var(--ph-warn-soft);
    font-size: var(--ph-text-s);
  }

  dl {
    display: grid;
    grid-template-columns: max-content minmax(0, 1fr);
    gap: 0 var(--ph-space-2);
    margin: 0;
    font-variant-numeric: tabular-nums;
  }

  dt {
    color: var(--ph-quiet);
  }

  dd {
    margin: 0;
  }

  .check {
    align-items: center;
    font-size: var(--ph-text-s);
  }

  .actions {
    align-items: center;
  }

  label.button.small {
    min-height: 1.875rem;
    padding: 0 var(--ph-space-3);
    border-color: var(--ph-accent);
    background: var(--ph-accent);
    color: var(--ph-on-accent);
    font-size: var(--ph-text-s);
  }

  label.button:focus-within {
    outline: 2px solid var(--ph-focus);
    outline-offset: 2px;
  }

  .faults summary {
    color: var(--ph-warn);
    font-weight: 600;
    cursor: pointer;
  }

  .faults ul {
    overflow: auto;
    max-height: 8rem;
    margin-top: var(--ph-space-1);
  }

  .quiet {
    font-size: 0.75rem;
  }
`;
