import { css } from "lit";

/** Lists of pages that can be opened, and the form for others. */
export const pagesStyles = css`
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
    padding: var(--ph-space-2) var(--ph-space-3);
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

  @media (max-width: 40rem) {
    .add {
      grid-template-columns: 5.5rem minmax(0, 1fr);
    }

    .add .path {
      grid-column: 1 / -1;
    }
  }
`;
