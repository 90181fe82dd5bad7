/** Styles of the terminal, xterm.js's own among them: they have to be in the shadow root. */

import { css, unsafeCSS } from "lit";
import xterm from "@xterm/xterm/css/xterm.css?inline";

/**
 * An embedder may set --porthole-terminal-background, -foreground, -cursor and -font;
 * without them the colours follow `color-scheme`.
 */
export const terminalStyles = [
  unsafeCSS(xterm),
  css`
    :host {
      display: block;
      position: relative;
      min-width: 0;
      min-height: 0;
      contain: strict;
    }

    :host([hidden]) {
      display: none;
    }

    .frame {
      position: absolute;
      inset: 0;
      box-sizing: border-box;
      padding: 6px 0 6px 8px;
      overflow: hidden;
    }

    .frame,
    .screen {
      background-color: var(--porthole-terminal-background, light-dark(#ffffff, #0c0f13));
      color: var(--porthole-terminal-foreground, light-dark(#16202a, #e8edf2));
      caret-color: var(--porthole-terminal-cursor, light-dark(#0a6588, #62c4e6));
    }

    .screen {
      width: 100%;
      height: 100%;
    }

    .frame::after {
      position: absolute;
      inset: 0;
      border: 2px solid transparent;
      content: "";
      pointer-events: none;
    }

    .frame:focus-within::after {
      border-color: var(--porthole-terminal-cursor, light-dark(#0a6588, #62c4e6));
      opacity: 0.55;
    }

    .frame.bell::after {
      border-color: light-dark(#b26a00, #f0b755);
      opacity: 1;
    }

    porthole-terminal-search {
      position: absolute;
      top: 8px;
      right: 20px;
      z-index: 20;
      max-width: calc(100% - 28px);
    }

    .leave {
      position: absolute;
      bottom: 8px;
      left: 8px;
      z-index: 20;
      padding: 6px 12px;
      border: 1px solid currentColor;
      border-radius: 6px;
      background: light-dark(#ffffff, #1f252c);
      color: light-dark(#16202a, #e8edf2);
      font:
        14px/1.4 system-ui,
        sans-serif;
    }

    .leave:not(:focus) {
      width: 1px;
      height: 1px;
      padding: 0;
      border: 0;
      clip-path: inset(50%);
      overflow: hidden;
      white-space: nowrap;
    }

    .hidden {
      position: absolute;
      width: 1px;
      height: 1px;
      clip-path: inset(50%);
      overflow: hidden;
    }
  `,
];

/** Styles of the search bar. */
export const searchStyles = css`
  [role="search"] {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
    align-items: center;
    padding: 6px;
    border: 1px solid light-dark(#808b97, #75818d);
    border-radius: 8px;
    background: light-dark(#ffffff, #1f252c);
    box-shadow: 0 4px 16px rgb(0 0 0 / 20%);
    color: light-dark(#16202a, #e8edf2);
    font:
      14px/1.4 system-ui,
      sans-serif;
  }

  input {
    flex: 1 1 10em;
    min-width: 6em;
    padding: 3px 8px;
    border: 1px solid light-dark(#808b97, #75818d);
    border-radius: 5px;
    background: light-dark(#ffffff, #0c0f13);
    color: inherit;
    font: inherit;
  }

  input[aria-invalid="true"] {
    border-color: light-dark(#b3261e, #ff8f86);
  }

  #count {
    min-width: 5.5em;
    color: light-dark(#53606d, #a0acb8);
    font-size: 12px;
  }

  button {
    min-width: 28px;
    min-height: 28px;
    padding: 0 6px;
    border: 1px solid transparent;
    border-radius: 5px;
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
  }

  button:hover {
    background: light-dark(#eceff3, #2d353e);
  }

  button[aria-pressed="true"] {
    border-color: light-dark(#0a6588, #62c4e6);
    background: light-dark(#e2f1f7, #12303c);
  }

  :focus-visible {
    outline: 2px solid light-dark(#0a6588, #7fd0ec);
    outline-offset: 1px;
  }
`;
