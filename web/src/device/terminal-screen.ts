import type { Session } from "../bridge/client.ts";
import type { TerminalElement } from "../terminal/define.ts";
import type { Ending } from "./ending.ts";

/** The element that holds it. */
interface ScreenHost {
  readonly renderRoot: ParentNode;
  readonly updateComplete: Promise<boolean>;
}

/**
 * The `<porthole-terminal>` of a device. It is loaded while the person fills in the form,
 * and stays through all connections, so that earlier output is kept.
 */
export class TerminalScreen {
  /** Something was shown on it. */
  used = false;
  /** Where the shell of this connection said that it is; "" when it never did. */
  directory = "";
  readonly #host: ScreenHost;
  #loaded: Promise<unknown> | null = null;

  constructor(host: ScreenHost) {
    this.#host = host;
  }

  /** Starts loading xterm.js; idempotent. A failed load is tried again by the next call. */
  async load(): Promise<void> {
    this.#loaded ??= import("../terminal/define.ts");
    try {
      await this.#loaded;
    } catch (error) {
      this.#loaded = null;
      throw error;
    }
  }

  /** Loads ahead of need; a failure is told by connecting, which tries again. */
  preload(): void {
    void this.load().catch(() => undefined);
  }

  /** Size in characters, once the terminal is there and shown. */
  async size(): Promise<{ cols: number; rows: number }> {
    await this.load();
    await this.#host.updateComplete;
    await this.#terminal.updateComplete;
    return this.#terminal.size;
  }

  /** Shows a session. */
  attach(session: Session): void {
    this.used = true;
    this.directory = "";
    this.#terminal.attach(session);
  }

  /** Writes a line of ours, or what the device said outside a session. */
  notice(text: string): void {
    this.used = true;
    this.#terminal.notice(text);
  }

  /** The session is over: its output stays, and says where it ended. */
  ended(ending: Ending): void {
    if (!this.used) return;
    this.#terminal.detach();
    this.#terminal.notice(`── ${[ending.what, ending.facts].filter(Boolean).join(" ")} ──`);
  }

  /** Empties the screen for another device. */
  clear(): void {
    if (this.used) this.#terminal.clear();
    this.used = false;
  }

  /** Types text as if a person had, and moves the focus there. */
  type(text: string): void {
    this.#terminal.type(text);
    this.focus();
  }

  /** Moves the focus into the terminal. */
  focus(): void {
    this.#terminal.focus();
  }

  get #terminal(): TerminalElement {
    const element = this.#host.renderRoot.querySelector("porthole-terminal");
    if (element === null) throw new Error("the terminal is not rendered");
    return element;
  }
}
