import { css } from "lit";

/** The virtual list; heights as in grid-element.ts. */
export const gridStyles = css`
  :host {
    display: flex;
    position: relative;
    min-height: 0;
    color: var(--ph-text);
    font: var(--ph-text-s) / 1.4 var(--ph-font);
  }

  .box {
    position: relative;
    flex: 1;
    min-width: 0;
    overflow: auto;
    overscroll-behavior: contain;
    contain: strict;
  }

  .box:focus-visible {
    outline-offset: -2px;
  }

  /* Rows are painted over the outline: they leave it its width. */
  .box:focus-visible .row {
    clip-path: inset(0 2px);
  }

  .box[data-drop] {
    box-shadow: inset 0 0 0 2px var(--ph-accent);
    background: var(--ph-accent-soft);
  }

  .columns,
  .row {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 4.5rem 7.5rem 5rem 5rem;
    align-items: center;
    gap: var(--ph-space-3);
    padding: 0 var(--ph-space-3);
  }

  [data-layout="medium"] :is(.columns, .row) {
    grid-template-columns: minmax(0, 1fr) 4.5rem 7.5rem;
  }

  [data-layout="compact"] .columns {
    grid-template-columns: minmax(0, 1fr) auto auto;
  }

  [data-layout="compact"] .row {
    grid-template-columns: minmax(0, 1fr);
    height: 50px;
  }

  .head {
    position: sticky;
    top: 0;
    z-index: 1;
    height: 32px;
    border-bottom: 1px solid var(--ph-border);
    background: var(--ph-sunken);
  }

  .columns {
    height: 31px;
  }

  .sort {
    gap: var(--ph-space-1);
    min-height: 1.625rem;
    margin-left: calc(-1 * var(--ph-space-1));
    padding: 0 var(--ph-space-1);
    border: 0;
    background: transparent;
    color: var(--ph-quiet);
    font-weight: 600;
    font-size: var(--ph-text-s);
  }

  .size .sort {
    margin-right: calc(-1 * var(--ph-space-1));
  }

  .sort:hover {
    color: var(--ph-text);
  }

  .sort .icon {
    width: 0.75rem;
    height: 0.75rem;
  }

  [aria-sort="descending"] .sort .icon {
    transform: rotate(180deg);
  }

  .body {
    position: relative;
  }

  .row {
    position: absolute;
    top: 0;
    left: 0;
    width: 100%;
    height: 32px;
    cursor: default;
  }

  .row:hover {
    background: var(--ph-surface);
  }

  .row[aria-selected="true"] {
    background: var(--ph-accent-soft);
  }

  .box:focus-visible .row[data-active] {
    box-shadow: inset 0 0 0 1px var(--ph-focus);
  }

  .row[data-target] {
    box-shadow: inset 0 0 0 2px var(--ph-accent);
    background: var(--ph-accent-soft);
  }

  .name {
    display: flex;
    align-items: center;
    gap: var(--ph-space-2);
    min-width: 0;
  }

  .mark {
    flex: none;
    width: 1rem;
    height: 1rem;
    border: 1.5px solid var(--ph-border-strong);
    border-radius: 0.25rem;
    background: var(--ph-surface);
  }

  .row[aria-selected="true"] .mark {
    border-color: var(--ph-accent);
    background: var(--ph-accent);
  }

  .row[aria-selected="true"] .mark::before {
    display: block;
    width: 0.3rem;
    height: 0.6rem;
    margin: 0 auto;
    border: solid var(--ph-on-accent);
    border-width: 0 2px 2px 0;
    transform: rotate(45deg);
    content: "";
  }

  .type {
    display: inline-flex;
    flex: none;
    color: var(--ph-quiet);
  }

  .type[data-type="dir"] {
    color: var(--ph-accent);
  }

  .words {
    overflow: hidden;
    min-width: 0;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .open {
    cursor: pointer;
  }

  .open:hover {
    text-decoration: underline;
    text-underline-offset: 0.2em;
  }

  .row[data-hidden] .open {
    color: var(--ph-quiet);
  }

  .escape {
    border-radius: 0.2rem;
    background: var(--ph-warn-soft);
    color: var(--ph-warn);
    font-family: var(--ph-mono);
    font-size: 0.9em;
  }

  .target {
    color: var(--ph-quiet);
  }

  .target[data-dangling] em {
    color: var(--ph-bad);
    font-style: normal;
  }

  .about {
    display: block;
    color: var(--ph-quiet);
  }

  .size,
  .modified {
    overflow: hidden;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }

  .size {
    text-align: right;
  }

  .mode {
    font-family: var(--ph-mono);
    font-size: 0.75rem;
    white-space: nowrap;
  }

  .owner {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .row :is(.size, .modified, .mode, .owner) {
    color: var(--ph-quiet);
  }
`;
