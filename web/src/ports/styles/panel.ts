import { css } from "lit";

/** The panel, its tabs and its sections. The element itself has no box: the device page lays the panel out. */
export const panelStyles = css`
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
    gap: var(--ph-space-1);
    min-height: 1.875rem;
    padding: 0 var(--ph-space-3);
    border-color: transparent;
    font-size: var(--ph-text-s);
  }

  /* Names of pages may be long: the tab that hides the panel stays in sight. */
  .tab .of {
    max-width: 12rem;
    overflow: hidden;
    text-overflow: ellipsis;
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

  @media (max-width: 40rem) {
    .content {
      padding: var(--ph-space-3);
    }

    /* Three tabs fit by their words alone; what they are of is said below them. */
    .tab .of {
      position: absolute;
      width: 1px;
      height: 1px;
      clip-path: inset(50%);
    }
  }
`;
