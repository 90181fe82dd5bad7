/** Events of `<porthole-terminal>`. All bubble and cross shadow roots. */

const across = { bubbles: true, composed: true };

/** The screen has another size, in characters. Type `porthole-resize`. */
export class TerminalResizeEvent extends Event {
  readonly cols: number;
  readonly rows: number;

  constructor(cols: number, rows: number) {
    super("porthole-resize", across);
    this.cols = cols;
    this.rows = rows;
  }
}

/** The program on the device named its window (OSC 0 or 2). Type `porthole-title`. */
export class TerminalTitleEvent extends Event {
  /** Plain text without control characters, at most 256 characters. */
  readonly title: string;

  constructor(title: string) {
    super("porthole-title", across);
    this.title = title;
  }
}

/** The device rang the bell. Type `porthole-bell`. */
export class TerminalBellEvent extends Event {
  constructor() {
    super("porthole-bell", across);
  }
}

/**
 * Something was typed while no session is attached, so that the page can say so or connect
 * again: keys are never eaten in silence. Type `porthole-unheard`.
 */
export class TerminalUnheardEvent extends Event {
  /** What would have been sent; "\r" for Enter. */
  readonly data: string;

  constructor(data: string) {
    super("porthole-unheard", across);
    this.data = data;
  }
}

/** How far a paste has come. Type `porthole-paste`. */
export class TerminalPasteEvent extends Event {
  /** Bytes the device has taken of this paste. */
  readonly sent: number;
  readonly total: number;
  /** Ctrl+C, or the end of the session, dropped the rest. */
  readonly cancelled: boolean;

  constructor(sent: number, total: number, cancelled: boolean) {
    super("porthole-paste", across);
    this.sent = sent;
    this.total = total;
    this.cancelled = cancelled;
  }
}

/** The shell said in which directory it is (OSC 7). Type `porthole-directory`. */
export class TerminalDirectoryEvent extends Event {
  /** Absolute; a byte that is no UTF-8 stands as U+EF00 + byte. */
  readonly path: string;

  constructor(path: string) {
    super("porthole-directory", across);
    this.path = path;
  }
}

declare global {
  interface HTMLElementEventMap {
    "porthole-resize": TerminalResizeEvent;
    "porthole-title": TerminalTitleEvent;
    "porthole-bell": TerminalBellEvent;
    "porthole-unheard": TerminalUnheardEvent;
    "porthole-paste": TerminalPasteEvent;
    "porthole-directory": TerminalDirectoryEvent;
  }
}
