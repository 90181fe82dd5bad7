import { css } from "lit";

/** The ports panel. The element itself has no box: the panel is laid out by the device page. */
export const portsStyles = css`
  :host {
    display: contents;
    color: var(--ph-text);
    font: var(--ph-text-m) / 1.5 var(--ph-font);
  }

  .panel {
    display: flex;
    flex: 0 1 clamp(24rem, 36%, 34rem);
    flex-direction: column;
    min-width: 0;
    min-height: 0;
    border-top: 1px solid var(--ph-border);
    border-left: 1px solid var(--ph-border);
    background: var(--ph-ground);
  }

  .panel:not([data-view="overview"]) {
    flex: 0 1 55%;
  }

  @media (max-width: 56rem) {
    .panel,
    .panel:not([data-view="overview"]) {
      flex: 1 1 0;
      border-left: 0;
    }
  }

  .tabs,
  .frame-bar,
  .log-tools,
  .section-head,
  .head,
  .figures {
    display: flex;
    align-items: center;
    gap: var(--ph-space-2);
  }

  .tabs {
    flex: none;
    justify-content: space-between;
    min-height: 2.5rem;
    padding: 0 var(--ph-space-3);
    border-bottom: 1px solid var(--ph-border);
    background: var(--ph-surface);
  }

  .views {
    display: flex;
    gap: var(--ph-space-1);
    min-width: 0;
    overflow-x: auto;
  }

  .tab {
    min-height: 1.875rem;
    padding: 0 var(--ph-space-3);
    border-color: transparent;
    font-size: var(--ph-text-s);
  }

  .tab[aria-pressed="true"] {
    background: var(--ph-accent-soft);
    color: var(--ph-accent);
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

  .tool[aria-pressed="true"] {
    color: var(--ph-accent);
  }

  .content {
    display: flex;
    flex: 1;
    flex-direction: column;
    gap: var(--ph-space-5);
    min-height: 0;
    padding: var(--ph-space-4);
    overflow: auto;
  }

  .content > * {
    flex: none;
  }

  .content.page,
  .content.log {
    padding: 0;
    overflow: hidden;
  }

  .content.page > *,
  .content.log > * {
    flex: 1;
    min-height: 0;
  }

  .content section {
    display: grid;
    gap: var(--ph-space-2);
    min-width: 0;
  }

  .content h2 {
    display: flex;
    align-items: center;
    gap: var(--ph-space-2);
    font-size: var(--ph-text-m);
    line-height: 1.4;
  }

  .section-head {
    justify-content: space-between;
  }

  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }

  .pages,
  .forwards,
  .others ul {
    border: 1px solid var(--ph-border);
    border-radius: var(--ph-radius);
    background: var(--ph-surface);
    overflow: hidden;
  }

  li + li {
    border-top: 1px solid var(--ph-border);
  }

  .pages li {
    display: flex;
    align-items: center;
    padding-right: var(--ph-space-1);
  }

  .page {
    display: flex;
    flex: 1;
    flex-wrap: wrap;
    justify-content: flex-start;
    gap: var(--ph-space-1) var(--ph-space-3);
    min-width: 0;
    min-height: 2.75rem;
    padding: var(--ph-space-1) var(--ph-space-3);
    border: 0;
    background: transparent;
    text-align: left;
    white-space: normal;
  }

  button.page:focus-visible {
    outline-offset: -2px;
  }

  .page .name {
    color: var(--ph-accent);
    font-weight: 600;
    overflow-wrap: anywhere;
  }

  .page:hover .name {
    text-decoration: underline;
    text-underline-offset: 0.2em;
  }

  .page .where,
  .page .about {
    font-weight: 400;
    font-size: var(--ph-text-s);
  }

  .page .about {
    overflow-wrap: anywhere;
  }

  .plain-mark {
    padding: 0 var(--ph-space-2);
    border: 1px solid var(--ph-warn);
    border-radius: 1rem;
    color: var(--ph-warn);
    font-weight: 600;
    font-size: 0.75rem;
    line-height: 1.5;
    white-space: nowrap;
  }

  .forwards > li {
    display: grid;
    gap: var(--ph-space-2);
    padding: var(--ph-space-3);
  }

  .head {
    flex-wrap: wrap;
    gap: var(--ph-space-1) var(--ph-space-3);
  }

  .head .name {
    font-weight: 600;
  }

  .state {
    display: inline-flex;
    align-items: center;
    gap: var(--ph-space-2);
    font-weight: 600;
    font-size: var(--ph-text-s);
  }

  .state::before {
    width: 0.5rem;
    height: 0.5rem;
    border-radius: 50%;
    background: var(--ph-border-strong);
    content: "";
  }

  .state[data-state="open"]::before {
    background: var(--ph-good);
  }

  .state:is([data-state="opening"], [data-state="waiting"])::before {
    background: var(--ph-warn);
  }

  .state[data-state="bad"]::before {
    background: var(--ph-bad);
  }

  .figures {
    flex-wrap: wrap;
    gap: 0 var(--ph-space-4);
    font-variant-numeric: tabular-nums;
  }

  .forwards .actions {
    align-items: center;
  }

  .forwards .gap {
    flex: 1;
  }

  .figures .errors {
    color: var(--ph-bad);
  }

  .others summary {
    padding: var(--ph-space-1) 0;
    color: var(--ph-quiet);
    font-size: var(--ph-text-s);
    cursor: pointer;
  }

  .others li {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 var(--ph-space-3);
    padding: var(--ph-space-1) var(--ph-space-3);
  }

  .add {
    display: grid;
    grid-template-columns: 6rem minmax(0, 2fr) minmax(0, 1fr);
    gap: var(--ph-space-3);
    align-items: end;
  }

  .add > :is(.note, .actions, .hint) {
    grid-column: 1 / -1;
  }

  .frame-bar {
    flex: none;
    min-height: 2.5rem;
    padding: 0 var(--ph-space-2) 0 var(--ph-space-3);
    border-bottom: 1px solid var(--ph-border);
    background: var(--ph-surface);
  }

  .frame-bar .where {
    flex: none;
    color: var(--ph-quiet);
  }

  .frame-bar input {
    flex: 1;
    min-width: 4rem;
    min-height: 1.875rem;
  }

  .page-frame,
  .log-view {
    display: flex;
    flex-direction: column;
    min-height: 0;
  }

  iframe {
    flex: 1;
    width: 100%;
    min-height: 0;
    border: 0;
    background: #ffffff;
    color-scheme: light;
  }

  .log-tools {
    flex: none;
    padding: var(--ph-space-2) var(--ph-space-3);
  }

  .log-tools input {
    flex: 1;
    min-width: 0;
    min-height: 1.875rem;
  }

  .log-scroll {
    flex: 1;
    min-height: 0;
    overflow: auto;
  }

  .log-view > p,
  .empty-log {
    padding: var(--ph-space-2) var(--ph-space-3);
  }

  table.log {
    width: 100%;
    border-collapse: collapse;
    font-size: var(--ph-text-s);
    font-variant-numeric: tabular-nums;
  }

  .log th {
    position: sticky;
    top: 0;
    background: var(--ph-sunken);
    text-align: left;
  }

  .log :is(th, td) {
    padding: 0.125rem var(--ph-space-2);
    vertical-align: top;
    white-space: nowrap;
  }

  .log :is(th, td).number {
    text-align: right;
  }

  .log td.path {
    width: 100%;
    font-family: var(--ph-mono);
    white-space: normal;
    overflow-wrap: anywhere;
  }

  .log tr + tr td {
    border-top: 1px solid var(--ph-border);
  }

  .log tr.bad td {
    background: var(--ph-bad-soft);
  }

  .log .error {
    color: var(--ph-bad);
    font-family: var(--ph-font);
  }

  @media (max-width: 40rem) {
    .content {
      padding: var(--ph-space-3);
    }

    .add {
      grid-template-columns: 5.5rem minmax(0, 1fr);
    }

    .add .path {
      grid-column: 1 / -1;
    }

    .log :is(th, td) {
      padding-inline: var(--ph-space-1);
    }

    /* What a websocket received and sent goes below each other: the path needs the room. */
    .log td.number:not(:last-child) {
      min-width: 3.75rem;
      max-width: 4rem;
      white-space: normal;
    }
  }
`;
