import { css } from "lit";

/** The forwards that are open: state, figures, trouble. */
export const forwardsStyles = css`
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
`;
