import { css } from "lit";

/** The forwards that are open: state, figures, trouble. */
export const forwardsStyles = css`
  .forwards > li {
    display: grid;
    gap: var(--ph-space-2);
    padding: var(--ph-space-3);
  }

  .head {
    align-items: baseline;
    justify-content: space-between;
    gap: var(--ph-space-3);
  }

  .what {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: var(--ph-space-1) var(--ph-space-3);
    min-width: 0;
    overflow-wrap: anywhere;
  }

  .what .name {
    font-weight: 600;
  }

  .what .where {
    font-size: var(--ph-text-s);
  }

  .state {
    display: inline-flex;
    flex: none;
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

  .forwards .tools {
    display: flex;
    margin-left: auto;
  }

  .figures .errors {
    color: var(--ph-bad);
  }

  @media (max-width: 40rem) {
    .forwards .actions {
      gap: var(--ph-space-1);
    }

    .forwards .actions > .small {
      padding-inline: var(--ph-space-2);
    }
  }
`;
