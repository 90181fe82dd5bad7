/** A viewer tab's line to the app that opened it: who may speak, and whether anybody is there. */

import { FORWARD_PROTOCOL } from "../protocol.ts";
import type { FromViewer, ToViewer } from "../protocol.ts";

/** What the app wants shown. */
export type Show = Extract<ToViewer, { porthole: "viewer-show" }>;

/** The part of the opener's window that is used. */
export interface AppWindow {
  readonly closed: boolean;
  postMessage(message: unknown, targetOrigin: string): void;
}

/** What the link tells the tab. */
export interface ViewerHandler {
  show(show: Show): void;
  /** A port for the bridge frame. */
  port(epoch: string, port: MessagePort): void;
  /** What the page keeps on this site is to be removed. */
  clear(): void;
  /** No tunnel any more; closed: the app's tab itself is gone. */
  gone(closed: boolean): void;
}

/** The app answers at once; a computer that woke up may need longer. */
const SILENCE_MS = 7_000;

/** See the file's comment. tick() is to be called every two seconds or so. */
export class ViewerLink {
  readonly #forward: string;
  readonly #apps: readonly string[];
  readonly #app: AppWindow | null;
  readonly #handler: ViewerHandler;
  readonly #now: () => number;
  #epoch = "";
  #heardMs: number;

  constructor(
    forward: string,
    apps: readonly string[],
    app: AppWindow | null,
    handler: ViewerHandler,
    now: () => number,
  ) {
    this.#forward = forward;
    this.#apps = apps;
    this.#app = app;
    this.#handler = handler;
    this.#now = now;
    this.#heardMs = now();
    this.#announce();
  }

  /** Whether a tunnel is there. */
  get up(): boolean {
    return this.#epoch !== "";
  }

  /** The bridge frame wants a port. */
  needPort(): void {
    this.#say({ porthole: "viewer-need-port", forward: this.#forward });
  }

  /** The page's data is removed. */
  cleared(): void {
    this.#say({ porthole: "viewer-cleared", forward: this.#forward });
  }

  /** Looks whether the app is there, and asks it. */
  tick(): void {
    if (this.#app === null || this.#app.closed) {
      this.#lose(true);
    } else if (!this.up) {
      this.#announce();
    } else {
      if (this.#now() - this.#heardMs > SILENCE_MS) this.#lose(false);
      this.#say({ porthole: "viewer-ping", forward: this.#forward });
    }
  }

  /** A message from anybody. */
  receive(event: { data: unknown; origin: string; source: unknown }): void {
    if (event.source !== this.#app || !this.#apps.includes(event.origin)) return;
    const message = event.data as Partial<ToViewer> | null;
    if (message?.forward !== this.#forward) return;
    this.#heardMs = this.#now();
    this.#heard(message as ToViewer);
  }

  #heard(message: ToViewer): void {
    switch (message.porthole) {
      case "viewer-show":
        if (isOwn(message, this.#apps)) this.#handler.show(message);
        break;
      case "viewer-port":
        this.#epoch = message.epoch;
        this.#handler.port(message.epoch, message.port);
        break;
      case "viewer-pong":
        // Another tunnel, or none: the port that the bridge frame has is dead.
        if (this.up && message.epoch !== this.#epoch) this.#lose(false);
        break;
      case "viewer-clear":
        this.#handler.clear();
        break;
      case "viewer-gone":
        this.#lose(false);
        break;
    }
  }

  #announce(): void {
    this.#say({
      porthole: "viewer-ready",
      protocol: FORWARD_PROTOCOL,
      forward: this.#forward,
    });
  }

  #lose(closed: boolean): void {
    this.#epoch = "";
    this.#handler.gone(closed);
  }

  #say(message: FromViewer): void {
    for (const origin of this.#apps) {
      this.#app?.postMessage(message, origin);
    }
  }
}

/** Whether the app shows the forward that this tab was opened for, and its own way back. */
function isOwn({ forward, origin, path, back }: Show, apps: readonly string[]): boolean {
  try {
    const url = new URL(origin);
    return (
      url.origin === origin &&
      url.hostname.startsWith(`${forward}.`) &&
      path.startsWith("/") &&
      new URL(path, origin).origin === origin &&
      apps.includes(new URL(back).origin)
    );
  } catch {
    return false;
  }
}
