import { css } from "lit";

/** Below this width terminal and panel take turns. As in the styles here and of the panels. */
export const NARROW = "(max-width: 56rem)";

/** Layout of <porthole-device>: a row with the name, and one stage that takes the rest. */
export const deviceStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 16rem;
    color: var(--ph-text);
    font: var(--ph-text-m) / 1.5 var(--ph-font);
  }

  header {
    display: flex;
    flex: none;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--ph-space-1) var(--ph-space-3);
    min-height: 3.25rem;
    padding: var(--ph-space-1) var(--ph-space-5);
  }

  header h1 {
    overflow: hidden;
    min-width: 0;
    font-size: var(--ph-text-l);
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  header .end {
    display: flex;
    gap: var(--ph-space-2);
    margin-left: auto;
  }

  .views {
    display: flex;
    gap: var(--ph-space-1);
  }

  .views [aria-pressed="true"] {
    border-color: var(--ph-accent);
    background: var(--ph-accent-soft);
    color: var(--ph-accent);
  }

  .terminal-button {
    display: none;
  }

  .stage {
    display: flex;
    position: relative;
    flex: 1;
    min-height: 0;
  }

  .main {
    display: flex;
    position: relative;
    flex: 1 1 0;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
  }

  @media (max-width: 56rem) {
    .terminal-button {
      display: inline-flex;
    }

    .stage[data-beside] .main {
      display: none;
    }
  }

  .setup-view {
    flex: 1;
    overflow: auto;
    padding: 0 var(--ph-space-5) var(--ph-space-5);
  }

  .cards {
    display: grid;
    gap: var(--ph-space-4);
    width: 100%;
    max-width: 34rem;
    margin: var(--ph-space-4) auto;
  }

  .card {
    display: grid;
    gap: var(--ph-space-4);
    padding: var(--ph-space-5);
    border: 1px solid var(--ph-border);
    border-radius: var(--ph-radius-l);
    background: var(--ph-surface);
  }

  form.setup {
    display: grid;
    gap: var(--ph-space-4);
  }

  .terminal-view {
    display: flex;
    flex: 1;
    flex-direction: column;
    min-height: 0;
    border-top: 1px solid var(--ph-border);
  }

  .screen {
    display: flex;
    position: relative;
    flex: 1;
    flex-direction: column;
    min-height: 0;
  }

  porthole-terminal {
    flex: 1;
    min-height: 0;
  }

  .panel {
    display: flex;
    flex: none;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--ph-space-3) var(--ph-space-5);
    padding: var(--ph-space-3) var(--ph-space-5);
    border-top: 1px solid var(--ph-border);
    background: var(--ph-raised);
  }

  .panel.bad {
    border-top: 2px solid var(--ph-bad);
  }

  .panel.center {
    position: absolute;
    top: 50%;
    left: 50%;
    flex-direction: column;
    align-items: stretch;
    width: min(32rem, calc(100% - 1.5rem));
    max-height: calc(100% - 1.5rem);
    padding: var(--ph-space-5);
    border: 1px solid var(--ph-border);
    border-radius: var(--ph-radius-l);
    box-shadow: var(--ph-shadow);
    overflow: auto;
    transform: translate(-50%, -50%);
  }

  .panel.center.bad {
    border-top: 3px solid var(--ph-bad);
  }

  .panel .text {
    display: grid;
    gap: var(--ph-space-1);
    flex: 1 1 20rem;
    min-width: 0;
    overflow-wrap: anywhere;
  }

  .panel.center .text {
    flex: none;
  }

  .panel.nudge {
    animation: nudge 240ms ease;
  }

  @keyframes nudge {
    30% {
      background: var(--ph-warn-soft);
    }
  }

  .pre {
    white-space: pre-wrap;
  }

  pre.banner {
    max-height: 9rem;
    margin: 0;
    padding: var(--ph-space-3);
    border-radius: var(--ph-radius);
    background: var(--ph-sunken);
    font: var(--ph-text-s) / 1.4 var(--ph-mono);
    overflow: auto;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }

  .phase {
    display: inline-flex;
    align-items: center;
    gap: var(--ph-space-2);
    color: var(--ph-text);
    font-weight: 600;
  }

  .phase::before {
    width: 0.5rem;
    height: 0.5rem;
    border-radius: 50%;
    background: var(--ph-border-strong);
    content: "";
  }

  .phase[data-phase="connected"]::before {
    background: var(--ph-good);
  }

  .phase:is(
      [data-phase="waiting"],
      [data-phase="connecting"],
      [data-phase="authenticating"]
    )::before {
    background: var(--ph-warn);
  }

  .figure {
    min-width: 4.25rem;
  }

  .algorithms {
    position: relative;
    min-width: 0;
    margin-left: auto;
  }

  .algorithms summary {
    overflow: hidden;
    cursor: pointer;
    text-overflow: ellipsis;
  }

  .algorithms dl {
    position: absolute;
    right: 0;
    bottom: calc(100% + var(--ph-space-2));
    z-index: 3;
    width: min(34rem, calc(100vw - 1.5rem));
    border: 1px solid var(--ph-border);
    background: var(--ph-raised);
    box-shadow: var(--ph-shadow);
    white-space: normal;
  }

  .known-hosts ul {
    display: grid;
    gap: var(--ph-space-3);
    margin: var(--ph-space-3) 0 0;
    padding: 0;
    list-style: none;
  }

  .known-hosts li {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--ph-space-3);
  }

  .known-hosts li > div {
    min-width: 0;
    font-size: var(--ph-text-s);
  }

  @media (max-width: 40rem) {
    header,
    .state-line {
      padding-inline: var(--ph-space-3);
    }

    header .end {
      flex: 1 0 100%;
      justify-content: space-between;
    }

    .state-line {
      gap: var(--ph-space-2);
    }

    .figure {
      min-width: 0;
    }

    .setup-view {
      padding: 0 var(--ph-space-3) var(--ph-space-3);
    }

    .card {
      padding: var(--ph-space-4);
    }

    .seen {
      display: none;
    }
  }

  @media (max-width: 25rem) {
    .algorithms summary {
      max-width: 5rem;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    .panel.nudge {
      animation: none;
      background: var(--ph-warn-soft);
    }
  }
`;
