/** A session on a screen: its output, its input, its size. */

import type { Terminal } from "@xterm/xterm";
import type { Session } from "../bridge/client.ts";
import { SizeSender } from "./fit.ts";
import { InputQueue } from "./input.ts";
import type { PasteProgress } from "./input.ts";
import { recoverBytes } from "./notice.ts";
import { Utf8Joiner } from "./utf8-joiner.ts";

/** What of a session the screen needs. */
export type TerminalSession = Pick<Session, "attach" | "write" | "resize" | "closed">;

/** One session while the terminal shows it. */
export class Attachment {
  /** What goes to the session. */
  readonly input: InputQueue;
  /** Tells the session the size of the screen. */
  readonly sizes: SizeSender;

  readonly #terminal: Terminal;
  readonly #joiner = new Utf8Joiner();
  readonly #stopOutput: () => void;

  constructor(terminal: Terminal, session: TerminalSession, onPaste: PasteProgress) {
    this.#terminal = terminal;
    this.input = new InputQueue(session, onPaste);
    this.sizes = new SizeSender(({ cols, rows }) => session.resize(cols, rows));
    this.#stopOutput = session.attach((chunk, done) => {
      terminal.write(this.#joiner.push(chunk), done);
    });
  }

  /** Lets go of the session; the screen keeps its text and recovers its modes. */
  end(): void {
    this.input.cancel();
    this.#stopOutput();
    this.#terminal.write(this.#joiner.flush());
    this.#terminal.write(recoverBytes()); // after what is still to be drawn
  }
}
