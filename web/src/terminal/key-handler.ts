/** Keys that the terminal keeps for itself; all others go to the device. */

import type { Terminal } from "@xterm/xterm";
import { keyAction } from "./keys.ts";
import type { KeyAction } from "./keys.ts";

/** What the keys do. */
export interface KeyHandlers {
  copy(text: string): void;
  search(): void;
  /** Larger by 1, smaller by -1, back to the usual size by 0. */
  fontSize(step: -1 | 0 | 1): void;
  leave(): void;
}

/** Takes the keys of keys.ts from the terminal; mac says which of them. */
export function handleKeys(terminal: Terminal, mac: boolean, handlers: KeyHandlers): void {
  // False: the key is ours, the device does not get it.
  terminal.attachCustomKeyEventHandler((event) => {
    const action = keyAction(event, { mac, hasSelection: terminal.hasSelection() });
    if (action === undefined) {
      return true;
    }
    if (action !== "paste") {
      event.preventDefault(); // a paste event has to follow
    }
    if (event.type === "keydown") {
      act(action, terminal, handlers);
    }
    return false;
  });
}

function act(action: KeyAction, terminal: Terminal, handlers: KeyHandlers): void {
  switch (action) {
    case "copy":
      if (terminal.hasSelection()) {
        handlers.copy(terminal.getSelection());
        terminal.clearSelection(); // so that the next Ctrl+C interrupts
      }
      break;
    case "paste":
      break;
    case "search":
      handlers.search();
      break;
    case "font-larger":
      handlers.fontSize(1);
      break;
    case "font-smaller":
      handlers.fontSize(-1);
      break;
    case "font-reset":
      handlers.fontSize(0);
      break;
    case "leave":
      handlers.leave();
      break;
  }
}
