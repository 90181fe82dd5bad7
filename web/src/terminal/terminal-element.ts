/**
 * `<porthole-terminal>`: a screen for one session at a time. Owns xterm.js and its addons;
 * knows nothing of devices, connections or pages.
 */

import { FitAddon } from "@xterm/addon-fit";
import type { Terminal } from "@xterm/xterm";
import { LitElement } from "lit";
import type { PropertyDeclarations, PropertyValues } from "lit";
import { Attachment } from "./attachment.ts";
import type { TerminalSession } from "./attachment.ts";
import { Bell } from "./bell.ts";
import {
  TerminalBellEvent,
  TerminalDirectoryEvent,
  TerminalPasteEvent,
  TerminalResizeEvent,
  TerminalTitleEvent,
  TerminalUnheardEvent,
} from "./events.ts";
import { fit } from "./fit.ts";
import type { TerminalSize } from "./fit.ts";
import { directoryOf } from "./directory.ts";
import { clampFont, fontFamilyOf, fontSizes } from "./font.ts";
import { frame } from "./frame.ts";
import { handleKeys } from "./key-handler.ts";
import { cleanTitle, noticeBytes } from "./notice.ts";
import { cleanPaste } from "./paste.ts";
import { useWebGL } from "./renderer.ts";
import type { RendererName } from "./renderer.ts";
import type { SearchEvent, TerminalSearchBar } from "./search-bar.ts";
import { TerminalSearch } from "./search.ts";
import { terminalStyles } from "./styles.ts";
import { watchSurroundings } from "./surroundings.ts";
import { themeOf } from "./theme.ts";
import { createTerminal } from "./xterm.ts";

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
  #search: TerminalSearch | undefined;
  #bell: Bell | undefined;
  #attached: Attachment | undefined;
  #watching: AbortController | undefined;

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
    const attached = new Attachment(terminal, session, (sent, total, cancelled) => {
      this.dispatchEvent(new TerminalPasteEvent(sent, total, cancelled));
    });
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
    this.#attached = undefined;
    attached?.end();
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

  /** Sends text as if it had been typed; only while a session is attached. */
  type(text: string): void {
    this.#terminal?.scrollToBottom();
    this.#attached?.input.type(text);
  }

  /** Opens the search bar with the selected text, if that is one line. */
  search(text = ""): void {
    const selected = this.#terminal?.getSelection() ?? "";
    const start = text === "" && !selected.includes("\n") ? selected : text;
    this.searching = true;
    void this.updateComplete.then(() => {
      const bar = this.#searchBar;
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
    return frame(this.label, this.searching, {
      search: this.#onSearch,
      closeSearch: this.#closeSearch,
      comeBack: () => {
        this.focus();
      },
    });
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

  get #searchBar(): TerminalSearchBar | null {
    return this.renderRoot.querySelector<TerminalSearchBar>("porthole-terminal-search");
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
    const { theme, search: colors } = themeOf(screen);
    const terminal = createTerminal(screen, this.#view, {
      fontFamily: fontFamilyOf(this, this.#view),
      fontSize: clampFont(this.fontSize),
      screenReader: this.screenReader,
      theme,
    });
    this.#fitAddon = new FitAddon();
    terminal.loadAddon(this.#fitAddon);
    this.#search = new TerminalSearch(terminal, (index, count) => {
      const bar = this.#searchBar;
      if (bar !== null) {
        bar.resultIndex = index;
        bar.resultCount = count;
      }
    });
    this.#search.colors = colors;
    this.#bell = new Bell(this.#view, () => {
      this.dispatchEvent(new TerminalBellEvent());
    });
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
    terminal.parser.registerOscHandler(7, (data) => {
      const path = directoryOf(data);
      // What is still drawn of an earlier session says nothing of the next.
      if (path !== null && this.attached) this.dispatchEvent(new TerminalDirectoryEvent(path));
      return true;
    });
    terminal.onBell(() => {
      this.#bell?.ring(this.renderRoot.querySelector(".frame"));
    });
    const mac = /Mac|iPhone|iPad/.test(this.#view.navigator.userAgent);
    handleKeys(terminal, mac, {
      copy: (text) => {
        void this.#copy(text);
      },
      search: () => {
        this.search();
      },
      fontSize: (step) => {
        this.fontSize = step === 0 ? fontSizes.usual : clampFont(this.fontSize + step);
      },
      leave: () => {
        this.renderRoot.querySelector<HTMLElement>(".leave")?.focus();
      },
    });
  }

  /** Watches the box, the colours and the clipboard while the element is in a page. */
  #watch(terminal: Terminal): void {
    this.#watching?.abort();
    const watching = new AbortController();
    this.#watching = watching;
    watchSurroundings(this, this.#screen, this.#view, watching.signal, {
      resized: () => {
        this.#fit();
      },
      recolored: () => {
        this.#applyTheme();
      },
      pasted: (text) => {
        void this.paste(text);
        if (terminal.textarea !== undefined) {
          terminal.textarea.value = "";
        }
      },
    });
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
      if (this.#search !== undefined) {
        this.#search.colors = search;
      }
    }
  }

  async #copy(text: string): Promise<void> {
    try {
      await this.#view.navigator.clipboard.writeText(text);
    } catch {
      this.notice("The browser did not allow copying. Allow clipboard access for this page.");
    }
  }

  readonly #onSearch = (event: SearchEvent): void => {
    this.#search?.find(event);
  };

  readonly #closeSearch = (): void => {
    this.#search?.clear();
    this.searching = false;
    this.focus();
  };

  #dispose(): void {
    this.detach();
    this.#terminal?.dispose();
    this.#terminal = undefined;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "porthole-terminal": TerminalElement;
  }
}
