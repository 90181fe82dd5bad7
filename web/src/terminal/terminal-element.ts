/**
 * `<porthole-terminal>`: a screen for one session at a time. Owns xterm.js and its addons;
 * knows nothing of devices, connections or pages.
 */

import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { UnicodeGraphemesAddon } from "@xterm/addon-unicode-graphemes";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import { LitElement, html, nothing } from "lit";
import type { PropertyDeclarations, PropertyValues } from "lit";
import type { Session } from "../bridge/client.ts";
import {
  TerminalBellEvent,
  TerminalPasteEvent,
  TerminalResizeEvent,
  TerminalTitleEvent,
  TerminalUnheardEvent,
} from "./events.ts";
import { SizeSender, fit } from "./fit.ts";
import type { TerminalSize } from "./fit.ts";
import { InputQueue } from "./input.ts";
import { keyAction } from "./keys.ts";
import type { KeyAction } from "./keys.ts";
import { openLink } from "./links.ts";
import { cleanTitle, noticeBytes, recoverBytes } from "./notice.ts";
import { cleanPaste } from "./paste.ts";
import { useWebGL } from "./renderer.ts";
import type { RendererName } from "./renderer.ts";
import type { SearchEvent, SearchQuery, TerminalSearchBar } from "./search-bar.ts";
import { terminalStyles } from "./styles.ts";
import { themeOf } from "./theme.ts";
import type { SearchColors } from "./theme.ts";
import { Utf8Joiner } from "./utf8-joiner.ts";

/** Lines kept above the screen. */
const scrollbackLines = 10_000;
/** Font sizes in CSS pixels. */
const fontSizes = { least: 6, usual: 14, most: 48 };
/** How long the bell shows, ms. */
const bellMs = 150;
/** Matches that are counted and marked; beyond it the count is open. */
const countedMatches = 1000;

/** What of a session the screen needs. */
export type TerminalSession = Pick<Session, "attach" | "write" | "resize" | "closed">;

/** A session on the screen, and what goes to it. */
interface Attached {
  session: TerminalSession;
  input: InputQueue;
  sizes: SizeSender;
  stopOutput: () => void;
  joiner: Utf8Joiner;
}

/** See the head of this file; events are those of events.ts. */
export class TerminalElement extends LitElement {
  static override readonly properties: PropertyDeclarations = {
    fontSize: { type: Number, attribute: "font-size", reflect: true },
    screenReader: { type: Boolean, attribute: "screen-reader", reflect: true },
    label: { type: String },
    renderer: { type: String, reflect: true },
    searching: { state: true },
  };
  static override readonly styles = terminalStyles;

  /** Font size in CSS pixels, 6 to 48. */
  declare fontSize: number;
  /** Keeps a live region of the output for screen readers; costs speed. */
  declare screenReader: boolean;
  /** What assistive technology calls the terminal. */
  declare label: string;
  /** Set to "dom" before the first drawing to do without WebGL; else says which draws. */
  declare renderer: RendererName | "auto";
  declare searching: boolean;

  #terminal: Terminal | undefined;
  #fitAddon = new FitAddon();
  #searchAddon = new SearchAddon({ highlightLimit: countedMatches });
  #searchColors: SearchColors | undefined;
  #lastQuery: SearchQuery | undefined;
  #attached: Attached | undefined;
  #watching: AbortController | undefined;
  #bellTimer: number | undefined;

  constructor() {
    super();
    this.fontSize = fontSizes.usual;
    this.screenReader = false;
    this.label = "Terminal";
    this.renderer = "auto";
    this.searching = false;
  }

  /**
   * The xterm.js instance, for tests and measurements only: what it shows is read from its
   * buffer, not from pixels. Undefined before the first rendering.
   */
  get terminal(): Terminal | undefined {
    return this.#terminal;
  }

  /** Size in characters; xterm.js goes down to 2×1. */
  get size(): TerminalSize {
    return { cols: this.#terminal?.cols ?? 80, rows: this.#terminal?.rows ?? 24 };
  }

  /** True while a session is attached. */
  get attached(): boolean {
    return this.#attached !== undefined;
  }

  /**
   * Shows the session until detach() or its end. Its output waits for the screen, and the
   * size of the screen becomes the session's.
   */
  attach(session: TerminalSession): void {
    this.detach();
    const terminal = this.#requireTerminal();
    terminal.options.disableStdin = false;
    const joiner = new Utf8Joiner();
    const attached: Attached = {
      session,
      input: new InputQueue(session, (sent, total, cancelled) => {
        this.dispatchEvent(new TerminalPasteEvent(sent, total, cancelled));
      }),
      sizes: new SizeSender(({ cols, rows }) => session.resize(cols, rows)),
      stopOutput: session.attach((chunk, done) => {
        terminal.write(joiner.push(chunk), done);
      }),
      joiner,
    };
    this.#attached = attached;
    attached.sizes.set(this.size);
    void session.closed.then(() => {
      if (this.#attached === attached) {
        this.detach();
      }
    });
  }

  /** Lets go of the session, which stays open; the screen keeps its text and recovers its modes. */
  detach(): void {
    const attached = this.#attached;
    if (attached === undefined) {
      return;
    }
    this.#attached = undefined;
    attached.input.cancel();
    attached.stopOutput();
    this.#terminal?.write(attached.joiner.flush());
    this.#terminal?.write(recoverBytes()); // after what is still to be drawn
  }

  /** Writes lines of ours, dim, on lines of their own. Control characters are left out. */
  notice(text: string): void {
    const terminal = this.#requireTerminal();
    // Where the cursor is after what is still to be drawn is known only then.
    terminal.write("", () => {
      terminal.write(noticeBytes(text, terminal.buffer.active.cursorX));
    });
  }

  /** Empties the screen and the scrollback. */
  clear(): void {
    this.#terminal?.clear();
  }

  /** Puts the cursor into the terminal. */
  override focus(options?: FocusOptions): void {
    if (this.#terminal === undefined) {
      void this.updateComplete.then(() => this.#terminal?.focus());
    } else if (options?.preventScroll === true) {
      this.#terminal.textarea?.focus(options);
    } else {
      this.#terminal.focus();
    }
  }

  /** Sends text as if it came from the clipboard. Resolves when the device took it. */
  async paste(text: string): Promise<void> {
    const terminal = this.#requireTerminal();
    const clean = cleanPaste(text);
    if (clean === "") {
      return;
    }
    if (this.#attached === undefined) {
      this.dispatchEvent(new TerminalUnheardEvent(clean));
      return;
    }
    terminal.scrollToBottom();
    await this.#attached.input.paste(clean, terminal.modes.bracketedPasteMode);
  }

  /** Opens the search bar with the selected text, if that is one line. */
  search(text = ""): void {
    const selected = this.#terminal?.getSelection() ?? "";
    const start = text === "" && !selected.includes("\n") ? selected : text;
    this.searching = true;
    void this.updateComplete.then(() => {
      const bar = this.renderRoot.querySelector<TerminalSearchBar>("porthole-terminal-search");
      if (start !== "") {
        bar?.searchFor(start);
      }
      bar?.focus();
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) {
      this.#start(); // moved, or put back after it was taken out
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#watching?.abort();
    // A move within the page disconnects and connects in one task: keep the text then.
    queueMicrotask(() => {
      if (!this.isConnected) {
        this.#dispose();
      }
    });
  }

  protected override render(): unknown {
    return html`
      <div class="frame" role="group" aria-label=${this.label} aria-describedby="help">
        <div class="screen"></div>
      </div>
      ${
        this.searching
          ? html`<porthole-terminal-search
              @porthole-search=${this.#onSearch}
              @porthole-search-close=${this.#closeSearch}
            ></porthole-terminal-search>`
          : nothing
      }
      <button
        class="leave"
        type="button"
        @click=${() => {
          this.focus();
        }}
      >
        You have left the terminal. Tab goes on, Enter goes back.
      </button>
      <span class="hidden" id="help">
        Tab goes to the device. Ctrl+Shift+Escape or Ctrl+F6 leaves the terminal, Ctrl+Shift+F
        searches.
      </span>
    `;
  }

  protected override firstUpdated(): void {
    this.#start();
  }

  protected override updated(changed: PropertyValues): void {
    const terminal = this.#terminal;
    if (terminal === undefined) {
      return;
    }
    if (changed.has("fontSize")) {
      terminal.options.fontSize = clampFont(this.fontSize);
      this.#fit();
    }
    if (changed.has("screenReader")) {
      terminal.options.screenReaderMode = this.screenReader;
    }
    if (changed.has("label")) {
      terminal.textarea?.setAttribute("aria-label", this.label);
    }
  }

  get #screen(): HTMLElement {
    const screen = this.renderRoot.querySelector<HTMLElement>(".screen");
    if (screen === null) {
      throw new Error("the terminal has not been rendered");
    }
    return screen;
  }

  get #view(): Window & typeof globalThis {
    const view = this.ownerDocument.defaultView;
    if (view === null) {
      throw new Error("the terminal is in no window");
    }
    return view;
  }

  #requireTerminal(): Terminal {
    if (this.#terminal === undefined) {
      if (!this.isConnected) {
        throw new Error("the terminal is not in a page");
      }
      this.performUpdate(); // attach() right after appendChild()
    }
    if (this.#terminal === undefined) {
      throw new Error("the terminal has not been rendered");
    }
    return this.#terminal;
  }

  #start(): void {
    if (this.#terminal === undefined) {
      this.#terminal = this.#open();
    }
    this.#watch(this.#terminal);
    this.#applyTheme();
    this.#fit();
  }

  #open(): Terminal {
    const screen = this.#screen;
    const font = this.#view.getComputedStyle(this).getPropertyValue("--porthole-terminal-font");
    const { theme, search } = themeOf(screen);
    this.#searchColors = search;
    const terminal = new Terminal({
      allowProposedApi: true, // the grapheme and search addons need it
      cursorBlink: !this.#view.matchMedia("(prefers-reduced-motion: reduce)").matches,
      documentOverride: this.ownerDocument,
      fontFamily:
        font.trim() ||
        'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace',
      fontSize: clampFont(this.fontSize),
      linkHandler: {
        activate: (_event, text) => {
          openLink(this.#view, text);
        },
        hover: (_event, text) => {
          screen.title = text; // an OSC 8 link may show another address than it has
        },
        leave: () => {
          screen.removeAttribute("title");
        },
      },
      logLevel: "off", // noise makes a line for each bad sequence: 4 MB of it took half a minute
      macOptionIsMeta: true,
      minimumContrastRatio: 1.5, // keeps text on its own colour readable, leaves themes alone
      rightClickSelectsWord: false,
      screenReaderMode: this.screenReader,
      scrollback: scrollbackLines,
      theme,
    });
    this.#fitAddon = new FitAddon();
    this.#searchAddon = new SearchAddon({ highlightLimit: countedMatches });
    terminal.loadAddon(this.#fitAddon);
    terminal.loadAddon(this.#searchAddon);
    terminal.loadAddon(new UnicodeGraphemesAddon());
    terminal.loadAddon(
      new WebLinksAddon((_event, text) => {
        openLink(this.#view, text);
      }),
    );
    this.#listen(terminal);
    terminal.open(screen);
    terminal.textarea?.setAttribute("aria-label", this.label);
    if (this.renderer === "auto") {
      this.renderer = "dom";
      void useWebGL(terminal, this.ownerDocument, (name) => {
        this.renderer = name;
      });
    }
    return terminal;
  }

  #listen(terminal: Terminal): void {
    terminal.onData((data) => {
      if (this.#attached === undefined) {
        this.dispatchEvent(new TerminalUnheardEvent(data));
      } else {
        this.#attached.input.type(data);
      }
    });
    terminal.onBinary((data) => {
      this.#attached?.input.bytes(Uint8Array.from(data, (char) => char.charCodeAt(0)));
    });
    terminal.onResize((size) => {
      this.#attached?.sizes.set(size);
      this.dispatchEvent(new TerminalResizeEvent(size.cols, size.rows));
    });
    terminal.onTitleChange((title) => {
      this.dispatchEvent(new TerminalTitleEvent(cleanTitle(title)));
    });
    terminal.onBell(() => {
      this.#ring();
    });
    this.#searchAddon.onDidChangeResults(({ resultIndex, resultCount }) => {
      const bar = this.renderRoot.querySelector<TerminalSearchBar>("porthole-terminal-search");
      if (bar !== null) {
        bar.resultIndex = resultIndex;
        bar.resultCount = resultCount;
      }
    });
    terminal.attachCustomKeyEventHandler((event) => this.#onKey(event));
  }

  /** Watches the box, the colours and the clipboard while the element is in a page. */
  #watch(terminal: Terminal): void {
    this.#watching?.abort();
    const watching = new AbortController();
    this.#watching = watching;
    const { signal } = watching;
    const view = this.#view;
    const sizes = new view.ResizeObserver(() => {
      this.#fit();
    });
    sizes.observe(this);
    const scheme = new view.MutationObserver(() => {
      this.#applyTheme();
    });
    scheme.observe(this.ownerDocument.documentElement, {
      attributeFilter: ["class", "style", "data-theme"],
    });
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      scheme.disconnect();
    });
    view.matchMedia("(prefers-color-scheme: dark)").addEventListener(
      "change",
      () => {
        this.#applyTheme();
      },
      { signal },
    );
    // Before xterm.js, which would send a paste of megabytes as one key.
    this.#screen.addEventListener(
      "paste",
      (event) => {
        event.preventDefault();
        event.stopPropagation();
        void this.paste(event.clipboardData?.getData("text/plain") ?? "");
        if (terminal.textarea !== undefined) {
          terminal.textarea.value = "";
        }
      },
      { capture: true, signal },
    );
  }

  #fit(): void {
    if (this.#terminal !== undefined) {
      fit(this.#terminal, this.#fitAddon);
    }
  }

  #applyTheme(): void {
    if (this.#terminal !== undefined) {
      const { theme, search } = themeOf(this.#screen);
      this.#terminal.options.theme = theme;
      this.#searchColors = search;
    }
  }

  /** Noise rings a hundred times a second: one bell at a time is told. */
  #ring(): void {
    if (this.#bellTimer !== undefined) {
      return;
    }
    const frame = this.renderRoot.querySelector(".frame");
    frame?.classList.add("bell");
    this.#bellTimer = this.#view.setTimeout(() => {
      this.#bellTimer = undefined;
      frame?.classList.remove("bell");
    }, bellMs);
    this.dispatchEvent(new TerminalBellEvent());
  }

  /** False: the key is ours, the device does not get it. */
  #onKey(event: KeyboardEvent): boolean {
    const terminal = this.#terminal;
    if (terminal === undefined) {
      return true;
    }
    const action = keyAction(event, {
      mac: /Mac|iPhone|iPad/.test(this.#view.navigator.userAgent),
      hasSelection: terminal.hasSelection(),
    });
    if (action === undefined) {
      return true;
    }
    if (action !== "paste") {
      event.preventDefault(); // a paste event has to follow
    }
    if (event.type === "keydown") {
      this.#act(action, terminal);
    }
    return false;
  }

  #act(action: KeyAction, terminal: Terminal): void {
    switch (action) {
      case "copy":
        if (terminal.hasSelection()) {
          void this.#copy(terminal.getSelection());
          terminal.clearSelection(); // so that the next Ctrl+C interrupts
        }
        break;
      case "paste":
        break;
      case "search":
        this.search();
        break;
      case "font-larger":
        this.fontSize = clampFont(this.fontSize + 1);
        break;
      case "font-smaller":
        this.fontSize = clampFont(this.fontSize - 1);
        break;
      case "font-reset":
        this.fontSize = fontSizes.usual;
        break;
      case "leave":
        this.renderRoot.querySelector<HTMLElement>(".leave")?.focus();
        break;
    }
  }

  async #copy(text: string): Promise<void> {
    try {
      await this.#view.navigator.clipboard.writeText(text);
    } catch {
      this.notice("The browser did not allow copying. Allow clipboard access for this page.");
    }
  }

  readonly #onSearch = ({ query, direction }: SearchEvent): void => {
    if (query.text === "") {
      this.#searchAddon.clearDecorations();
      return;
    }
    if (
      this.#lastQuery?.caseSensitive !== query.caseSensitive ||
      this.#lastQuery.regex !== query.regex
    ) {
      this.#searchAddon.clearDecorations(); // the addon counts anew only for another text
    }
    this.#lastQuery = query;
    const options = {
      caseSensitive: query.caseSensitive,
      regex: query.regex,
      incremental: direction === "here",
      ...(this.#searchColors === undefined ? {} : { decorations: this.#searchColors }),
    };
    if (direction === "previous") {
      this.#searchAddon.findPrevious(query.text, options);
    } else {
      this.#searchAddon.findNext(query.text, options);
    }
  };

  readonly #closeSearch = (): void => {
    this.#searchAddon.clearDecorations();
    this.searching = false;
    this.focus();
  };

  #dispose(): void {
    this.detach();
    this.#terminal?.dispose();
    this.#terminal = undefined;
  }
}

function clampFont(size: number): number {
  return Number.isFinite(size)
    ? Math.min(Math.max(Math.round(size), fontSizes.least), fontSizes.most)
    : fontSizes.usual;
}

declare global {
  interface HTMLElementTagNameMap {
    "porthole-terminal": TerminalElement;
  }
}
