/** What the keys of the list do. */

/** Where the keyboard's row goes. */
export type Move = "up" | "down" | "page-up" | "page-down" | "home" | "end";

export type KeyCommand =
  | { readonly do: "move"; readonly to: Move; readonly how: "only" | "range" | "focus" }
  | { readonly do: "toggle" }
  | { readonly do: "search"; readonly text: string }
  | { readonly do: Verb };

type Verb =
  | "open"
  | "parent"
  | "back"
  | "forward"
  | "select-all"
  | "select-none"
  | "rename"
  | "move-to"
  | "delete"
  | "filter"
  | "path"
  | "reload"
  | "hidden"
  | "menu"
  | "properties";

/** The parts of a KeyboardEvent that count. */
export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly isComposing: boolean;
}

const MOVES: Readonly<Record<string, Move>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  PageUp: "page-up",
  PageDown: "page-down",
  Home: "home",
  End: "end",
};

const PLAIN: Readonly<Record<string, Verb>> = {
  Enter: "open",
  Backspace: "parent",
  F2: "rename",
  F5: "reload",
  F6: "move-to",
  Delete: "delete",
  "/": "filter",
  Escape: "select-none",
  ContextMenu: "menu",
};

const ALT: Readonly<Record<string, Verb>> = {
  ArrowUp: "parent",
  ArrowLeft: "back",
  ArrowRight: "forward",
  Enter: "properties",
};

/** With Ctrl, or ⌘ on a Mac. What the browser keeps for itself (Ctrl+N, Ctrl+W) is left to it. */
const CTRL: Readonly<Record<string, Verb>> = {
  a: "select-all",
  l: "path",
  f: "filter",
  h: "hidden",
};

/** null: not ours; the browser does what it does. typing: a search for a name is under way. */
export function keyCommand(key: Key, typing: boolean): KeyCommand | null {
  if (key.isComposing) return null;
  const ctrl = key.ctrlKey || key.metaKey;
  if (key.altKey) return ctrl || key.shiftKey ? null : verb(ALT[key.key]);
  const to = MOVES[key.key];
  if (to !== undefined) {
    return { do: "move", to, how: key.shiftKey ? "range" : ctrl ? "focus" : "only" };
  }
  if (key.shiftKey && key.key === "F10") return { do: "menu" };
  if (ctrl && key.key === " ") return { do: "toggle" };
  if (ctrl) return key.shiftKey ? null : verb(CTRL[key.key.toLowerCase()]);
  if (key.key === " ") return typing ? { do: "search", text: " " } : { do: "toggle" };
  const plain = typing && key.key === "/" ? undefined : PLAIN[key.key];
  if (plain !== undefined) return key.shiftKey && key.key !== "/" ? null : verb(plain);
  return isCharacter(key.key) ? { do: "search", text: key.key } : null;
}

/** One character, not the name of a key ("F1"). */
function isCharacter(key: string): boolean {
  return key.length === 1 || (key.length === 2 && (key.codePointAt(0) ?? 0) > 0xffff);
}

function verb(name: Verb | undefined): KeyCommand | null {
  return name === undefined ? null : { do: name };
}

/** The row that a move leads to; -1 in an empty list. from is -1 where there is none yet. */
export function moved(to: Move, from: number, count: number, page: number): number {
  if (count === 0) return -1;
  const last = count - 1;
  switch (to) {
    case "up":
      return from < 0 ? last : Math.max(0, from - 1);
    case "down":
      return Math.min(last, from + 1);
    case "page-up":
      return Math.max(0, from - page);
    case "page-down":
      return Math.min(last, Math.max(0, from) + page);
    case "home":
      return 0;
    case "end":
      return last;
  }
}

/** How long typed letters belong together. */
const TOGETHER_MS = 900;

/** Type-ahead: letters that follow each other quickly look for a name that begins so. */
export class TypeAhead {
  #text = "";
  #last = -Infinity;

  /** Whether letters are being put together at that time. */
  typing(now: number): boolean {
    return now - this.#last < TOGETHER_MS;
  }

  /** The row to go to; -1 for none. The same letter again goes on to the next such name. */
  find(names: readonly string[], text: string, from: number, now: number): number {
    this.#text = this.typing(now) ? this.#text + text : text;
    this.#last = now;
    const wanted = this.#text.toLowerCase();
    const repeated = wanted === wanted.charAt(0).repeat(wanted.length);
    const prefix = repeated ? wanted.charAt(0) : wanted;
    const start = repeated ? from + 1 : Math.max(0, from);
    for (let step = 0; step < names.length; step++) {
      const at = (start + step) % names.length;
      if (names[at]?.toLowerCase().startsWith(prefix) === true) return at;
    }
    return -1;
  }
}
