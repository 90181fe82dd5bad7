/**
 * The hidden frame of a forward's origin inside our page. It registers the service worker
 * there and asks us for capability ports; while it lives it holds the Web Lock that tells
 * the device's pages that there is a tunnel.
 */

import { BRIDGE_PATH, FORWARD_PROTOCOL, type FromHost, type ToHost } from "../forward/protocol.ts";
import { PortsFailure } from "./failure.ts";

/** How long the frame may take to ask for its first port. */
const ANSWER_LIMIT_MS = 15_000;

/**
 * How many ports a frame may ask for within PORTS_WINDOW_MS. The device's scripts share its
 * origin and could ask without end; a service worker that restarts asks a few times a minute.
 */
const MAX_PORTS = 60;
const PORTS_WINDOW_MS = 60_000;

/** What the host needs of a window: the page's own, or one that a test makes up. */
export interface HostWindow {
  readonly document: Document;
  addEventListener(type: "message", listener: (event: MessageEvent<unknown>) => void): void;
  removeEventListener(type: "message", listener: (event: MessageEvent<unknown>) => void): void;
}

/** What it needs of a forward: a new port whenever the last one is lost. */
export interface PortGiver {
  connect(port: MessagePort, epoch: string): Promise<void>;
}

/** One frame. It lives from the constructor to close(). */
export class BridgeHost {
  /** Resolves when the frame got its first port; rejects with a sentence. */
  readonly ready: Promise<void>;
  readonly #window: HostWindow;
  readonly #origin: string;
  readonly #epoch: string;
  readonly #forward: PortGiver;
  readonly #frame: HTMLIFrameElement;
  readonly #limit: ReturnType<typeof setTimeout>;
  #asked: number[] = [];
  #settle!: { resolve: () => void; reject: (error: PortsFailure) => void };
  #cleared: ((done: boolean) => void) | null = null;
  readonly #outdated: (failure: PortsFailure) => void;
  #given = false;

  /** outdated is told when the frame had ports and comes back from another build. */
  constructor(
    origin: string,
    epoch: string,
    forward: PortGiver,
    host: HostWindow = window,
    outdated: (failure: PortsFailure) => void = () => undefined,
  ) {
    this.#outdated = outdated;
    this.#window = host;
    this.#origin = origin;
    this.#epoch = epoch;
    this.#forward = forward;
    this.ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.ready.catch(() => undefined); // whoever waits is told
    this.#limit = setTimeout(() => {
      this.#settle.reject(unreachable(origin));
    }, ANSWER_LIMIT_MS);
    host.addEventListener("message", this.#heard);
    this.#frame = hiddenFrame(host.document, origin + BRIDGE_PATH);
    host.document.body.append(this.#frame);
  }

  /** Removes caches, storage and cookies of the origin; false when the frame does not answer. */
  clear(limitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, limitMs, false);
      this.#cleared = (done) => {
        clearTimeout(late);
        resolve(done);
      };
      this.#post({ porthole: "clear" });
    });
  }

  /** Removes the frame; the pages of the device then know that the tunnel is gone. */
  close(): void {
    clearTimeout(this.#limit);
    this.#window.removeEventListener("message", this.#heard);
    this.#frame.remove();
    this.#settle.reject(new PortsFailure("closed", "The forward was closed."));
  }

  /** Origin and source both: another frame of the same origin must not get a port here. */
  readonly #heard = (event: MessageEvent<unknown>): void => {
    if (event.origin !== this.#origin || event.source !== this.#frame.contentWindow) return;
    if (event.source === null) return;
    const said = asToHost(event.data);
    if (said === null) return;
    switch (said.porthole) {
      case "need-port":
        if (said.protocol === FORWARD_PROTOCOL) void this.#givePort();
        else if (this.#given) this.#outdated(otherBuild());
        else this.#settle.reject(otherBuild());
        break;
      case "failed":
        this.#settle.reject(new PortsFailure("bridge_failed", said.reason.slice(0, 500)));
        this.#endClear(false);
        break;
      case "cleared":
        this.#endClear(true);
        break;
    }
  };

  #endClear(done: boolean): void {
    this.#cleared?.(done);
    this.#cleared = null;
  }

  async #givePort(): Promise<void> {
    const now = Date.now();
    this.#asked = this.#asked.filter((at) => now - at < PORTS_WINDOW_MS);
    if (this.#asked.length >= MAX_PORTS) return;
    this.#asked.push(now);
    const { port1, port2 } = new MessageChannel();
    try {
      await this.#forward.connect(port1, this.#epoch);
    } catch {
      port2.close();
      return; // the forward is over; its owner closes this
    }
    this.#post({ porthole: "port", epoch: this.#epoch, port: port2 }, [port2]);
    clearTimeout(this.#limit);
    this.#given = true;
    this.#settle.resolve();
  }

  #post(message: FromHost, transfer: Transferable[] = []): void {
    this.#frame.contentWindow?.postMessage(message, this.#origin, transfer);
  }
}

/**
 * Scripts of the device's origin can reach into this frame, so it may do nothing but run
 * and use its own origin: no navigation of our page, no popups, no dialogs.
 */
function hiddenFrame(document: Document, src: string): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
  frame.setAttribute("aria-hidden", "true");
  frame.tabIndex = -1;
  frame.hidden = true;
  frame.title = "Tunnel to a page of the device";
  frame.src = src;
  return frame;
}

function asToHost(data: unknown): ToHost | null {
  if (typeof data !== "object" || data === null || !("porthole" in data)) return null;
  const said = data as Record<string, unknown>;
  switch (said["porthole"]) {
    case "need-port":
      return typeof said["protocol"] === "number"
        ? { porthole: "need-port", protocol: said["protocol"] }
        : null;
    case "failed":
      return typeof said["reason"] === "string"
        ? { porthole: "failed", reason: said["reason"] }
        : null;
    case "cleared":
      return { porthole: "cleared" };
    default:
      return null;
  }
}

function unreachable(origin: string): PortsFailure {
  const { hostname, port } = new URL(origin);
  const parent = hostname.replace(/^[^.]*\./, "");
  const why =
    parent === hostname || /^[\d.]+$|^\[/.test(hostname)
      ? `Port ${port} of ${hostname} does not answer this browser.`
      : `${hostname} does not answer this browser: its name may not resolve, or has no certificate. The gateway needs a wildcard DNS entry *.${parent}, and a certificate for it.`;
  return new PortsFailure("bridge_unreachable", why);
}

function otherBuild(): PortsFailure {
  return new PortsFailure(
    "bridge_other_build",
    "This page and the gateway are of different versions. Reload this page.",
  );
}
