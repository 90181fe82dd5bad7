/** The page under test: one terminal, and a session that the test drives. */

import type { SessionEnd } from "../../src/bridge/client.ts";
import type { TerminalElement, TerminalSession } from "../../src/terminal/define.ts";
import "../../src/terminal/define.ts";

/** A session without a device: what the page was handed, and what it sent. */
class ScriptedSession implements TerminalSession {
  readonly sent: number[] = [];
  readonly sizes: string[] = [];
  readonly closed: Promise<SessionEnd>;
  end!: (end: SessionEnd) => void;
  /** Bytes handed out and not drawn; the most of it ever. */
  pending = 0;
  mostPending = 0;
  /** Set to hold back every write, as a full SSH window does. */
  window: Promise<void> = Promise.resolve();
  /** Writes that wait for it. */
  held = 0;
  #handler: ((chunk: Uint8Array, done: () => void, stream: 0 | 1) => void) | undefined;
  #credit: () => void = () => undefined;

  constructor() {
    this.closed = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  attach(handler: (chunk: Uint8Array, done: () => void, stream: 0 | 1) => void): () => void {
    this.#handler = handler;
    return () => {
      this.#handler = undefined;
    };
  }

  async write(data: Uint8Array): Promise<void> {
    this.held++;
    await this.window;
    this.held--;
    for (const byte of data) {
      this.sent.push(byte);
    }
  }

  resize(cols: number, rows: number): Promise<void> {
    this.sizes.push(`${String(cols)}x${String(rows)}`);
    return Promise.resolve();
  }

  /** Output of the device; resolves when it is drawn. */
  output(data: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.pending += data.byteLength;
      this.mostPending = Math.max(this.mostPending, this.pending);
      this.#handler?.(
        data,
        () => {
          this.pending -= data.byteLength;
          resolve();
          this.#credit();
        },
        0,
      );
    });
  }

  /** Floods like the worker does: 32 KiB chunks up to 512 KiB on their way. */
  async flood(bytes: number, make: (length: number) => Uint8Array): Promise<void> {
    let drawn: Promise<void> = Promise.resolve();
    for (let left = bytes; left > 0; left -= 32768) {
      while (this.pending >= 524288) {
        await new Promise<void>((resolve) => (this.#credit = resolve));
      }
      drawn = this.output(make(Math.min(left, 32768)));
    }
    await drawn;
  }

  /** What was sent, as text. */
  text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.sent));
  }
}

declare global {
  interface Window {
    harness: {
      element: TerminalElement;
      session: ScriptedSession;
      events: string[];
      fresh(): void;
      lines(): string[];
    };
  }
}

function fresh(): void {
  document.querySelector("porthole-terminal")?.remove();
  const element = document.createElement("porthole-terminal");
  document.querySelector("#box")?.append(element);
  const session = new ScriptedSession();
  element.attach(session);
  const events: string[] = [];
  element.addEventListener("porthole-title", ({ title }) => events.push(`title ${title}`));
  element.addEventListener("porthole-bell", () => events.push("bell"));
  element.addEventListener("porthole-unheard", ({ data }) =>
    events.push(`unheard ${JSON.stringify(data)}`),
  );
  element.addEventListener("porthole-resize", ({ cols, rows }) =>
    events.push(`resize ${String(cols)}x${String(rows)}`),
  );
  element.addEventListener("porthole-paste", ({ sent, total, cancelled }) =>
    events.push(`paste ${String(sent)}/${String(total)} ${String(cancelled)}`),
  );
  window.harness = { element, session, events, fresh, lines };
}

function lines(): string[] {
  const buffer = window.harness.element.terminal?.buffer.active;
  return Array.from(
    { length: buffer?.length ?? 0 },
    (_, row) => buffer?.getLine(row)?.translateToString(true) ?? "",
  );
}

fresh();
