import { css } from "lit";

/** The page beside the terminal, and the request log. */
export const viewsStyles = css`
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

  .log-of {
    display: none;
  }

  .log-scroll {
    flex: 1;
    min-height: 0;
    overflow: auto;
  }

  .log-view > p:not(.log-of),
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
    /* The mark stands beside the address; path and buttons go below. */
    .frame-bar:has(.plain-mark) {
      flex-wrap: wrap;
      padding-block: var(--ph-space-1);
    }

    .frame-bar:has(.plain-mark) .where {
      flex: 0 1 auto;
      min-width: 0;
      overflow: hidden;
      text-overflow: ellipsis;
    }

    .frame-bar .plain-mark {
      margin-left: auto;
    }

    .frame-bar:has(.plain-mark) :is(input, .tool) {
      order: 1;
    }

    .frame-bar:has(.plain-mark) input {
      flex-basis: 50%;
    }

    .log-of {
      display: block;
      padding: var(--ph-space-2) var(--ph-space-3) 0;
      font-weight: 600;
      font-size: var(--ph-text-s);
    }

    .log-tools {
      flex-wrap: wrap;
    }

    .log-tools input {
      flex: 1 0 100%;
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
