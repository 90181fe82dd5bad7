/** Which keys are ours and not the device's. Pure, so that the table can be tested. */

/** What a key does instead of going to the device. */
export type KeyAction =
  /** Copy the selection. */
  | "copy"
  /** Leave it to the browser, whose paste event follows. */
  | "paste"
  | "search"
  | "font-larger"
  | "font-smaller"
  | "font-reset"
  /** Move the focus out of the terminal: Tab belongs to the device. */
  | "leave";

/** The part of a KeyboardEvent that decides. */
export interface Keystroke {
  key: string;
  code: string;
  ctrlKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}

/**
 * The action of a key, or undefined when the device gets it. Ctrl+C copies only what is
 * selected and otherwise interrupts; Ctrl+V stays the device's (vi, and the shell's literal next).
 */
export function keyAction(
  key: Keystroke,
  context: { mac: boolean; hasSelection: boolean },
): KeyAction | undefined {
  if (key.code === "F6" && onlyCtrl(key) && !key.shiftKey) {
    return "leave";
  }
  if (key.key === "Escape" && onlyCtrl(key) && key.shiftKey) {
    return "leave";
  }
  if (key.code === "Insert" && !key.altKey && !key.metaKey && key.ctrlKey !== key.shiftKey) {
    return key.shiftKey ? "paste" : "copy";
  }
  return context.mac ? macAction(key) : otherAction(key, context.hasSelection);
}

function onlyCtrl(key: Keystroke): boolean {
  return key.ctrlKey && !key.altKey && !key.metaKey;
}

function macAction(key: Keystroke): KeyAction | undefined {
  if (!key.metaKey || key.ctrlKey || key.altKey) {
    return undefined;
  }
  switch (letter(key)) {
    case "c":
      return "copy";
    case "v":
      return "paste";
    case "f":
      return "search";
    default:
      return fontAction(key);
  }
}

function otherAction(key: Keystroke, hasSelection: boolean): KeyAction | undefined {
  if (!onlyCtrl(key)) {
    return undefined;
  }
  switch (letter(key)) {
    case "c":
      return key.shiftKey || hasSelection ? "copy" : undefined;
    case "v":
      return key.shiftKey ? "paste" : undefined;
    case "f":
      return key.shiftKey ? "search" : undefined;
    default:
      return fontAction(key);
  }
}

/** The layout's letter where it is Latin, else that of the key's place (Cyrillic, Greek, …). */
function letter(key: Keystroke): string {
  const name = key.key.toLowerCase();
  return /^[a-z]$/.test(name) ? name : key.code.replace(/^Key/, "").toLowerCase();
}

/** As browsers do: plus needs Shift on some layouts and not on others. Ctrl+Shift+- is the device's undo. */
function fontAction(key: Keystroke): KeyAction | undefined {
  if (key.key === "+" || key.key === "=" || key.code === "NumpadAdd") {
    return "font-larger";
  }
  if ((key.key === "-" && !key.shiftKey) || key.code === "NumpadSubtract") {
    return "font-smaller";
  }
  if ((key.key === "0" || key.code === "Numpad0") && !key.shiftKey) {
    return "font-reset";
  }
  return undefined;
}
