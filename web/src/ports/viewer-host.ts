/**
 * The app's side of viewer tabs, where forwards live on a second site: a tab there hosts
 * the frame of the forward, and asks us, its opener, for ports. A tab that outlives a
 * reload of this page finds it again through its opener.
 */

import { FORWARD_PROTOCOL, type FromViewer, type ToViewer } from "../forward/protocol.ts";
import { PortsFailure } from "./failure.ts";
import type { OpenForward } from "./open-forward.ts";

/** What the host needs of a window. */
export interface ViewerWindow {
  addEventListener(type: "message", listener: (event: MessageEvent<unknown>) => void): void;
  removeEventListener(type: "message", listener: (event: MessageEvent<unknown>) => void): void;
  open(url: string, target: string): Peer | null;
}

/** The part of a viewer's window that we use. */
export interface Peer {
  readonly closed?: boolean;
  postMessage(message: unknown, targetOrigin: string, transfer?: Transferable[]): void;
  focus?(): void;
}

/** What a viewer tab is told besides. */
export interface ViewerOwner {
  byId(id: string): OpenForward | undefined;
  /** "Demo device · localhost:1880" */
  title(forward: OpenForward): string;
  /** Where to go when this page is gone. */
  back(): string;
  /** The tab cannot be served by this build. */
  otherBuild(): void;
}

/** The viewer tabs of a forward. */
interface Tab {
  readonly peers: Set<Peer>;
  /** Whoever waits for one of them to say that the page's data is removed. */
  readonly clearing: Set<() => void>;
  /** What the last one was opened for. */
  path: string;
}

/** Ports that one tab may ask for within a minute. */
const MAX_PORTS = 60;

const NO_TAB =
  "What the page keeps for its tabs is still there: the browser lets only an open tab of the page remove it. Open the page in a tab, then clear its data again.";

/** Serves all viewer tabs of one device. */
export class ViewerHost {
  readonly #url: string;
  readonly #origin: string;
  readonly #owner: ViewerOwner;
  readonly #window: ViewerWindow;
  /** Tabs by forward, with the path that each was opened for. */
  readonly #tabs = new Map<string, Tab>();
  #asked: number[] = [];

  constructor(url: string, owner: ViewerOwner, host: ViewerWindow = window) {
    this.#url = url;
    this.#origin = new URL(url).origin;
    this.#owner = owner;
    this.#window = host;
    host.addEventListener("message", this.#heard);
  }

  /** Opens a tab; false when the browser did not let us. The tab needs its opener, us. */
  open(forward: OpenForward, path: string): boolean {
    this.#tab(forward.id).path = path;
    const peer = this.#window.open(`${this.#url}#${forward.id}`, "_blank");
    if (peer === null) return false;
    this.#tab(forward.id).peers.add(peer);
    return true;
  }

  /**
   * Removes what the page keeps on its own site. Only a tab there can, and one is enough:
   * all of them, and the page in a tab of its own, have one storage. Throws without any.
   */
  async clear(forward: OpenForward, limitMs: number): Promise<void> {
    const { peers, clearing } = this.#tab(forward.id);
    for (const peer of peers) if (peer.closed === true) peers.delete(peer);
    const cleared =
      peers.size > 0 &&
      (await new Promise<boolean>((resolve) => {
        const done = (): void => {
          clearTimeout(late);
          clearing.delete(done);
          resolve(true);
        };
        const late = setTimeout(() => {
          clearing.delete(done);
          resolve(false);
        }, limitMs);
        clearing.add(done);
        for (const peer of peers)
          this.#post(peer, { porthole: "viewer-clear", forward: forward.id });
      }));
    if (!cleared) throw new PortsFailure("not_cleared", NO_TAB);
  }

  /** The forward is over: its tabs say so. */
  gone(forward: OpenForward): void {
    for (const peer of this.#tabs.get(forward.id)?.peers ?? []) {
      this.#post(peer, { porthole: "viewer-gone", forward: forward.id });
    }
  }

  close(): void {
    this.#window.removeEventListener("message", this.#heard);
  }

  readonly #heard = (event: MessageEvent<unknown>): void => {
    if (event.origin !== this.#origin || !isPeer(event.source)) return;
    const said = asFromViewer(event.data);
    if (said === null) return;
    if (said.porthole === "viewer-ready" && said.protocol !== FORWARD_PROTOCOL) {
      this.#owner.otherBuild();
      return;
    }
    const forward = this.#owner.byId(said.forward);
    if (forward === undefined) {
      this.#post(event.source, { porthole: "viewer-gone", forward: said.forward });
      return;
    }
    const tab = this.#tab(forward.id);
    tab.peers.add(event.source);
    if (said.porthole === "viewer-ping") {
      const { id, epoch } = forward;
      this.#post(event.source, { porthole: "viewer-pong", forward: id, epoch });
      return;
    }
    if (said.porthole === "viewer-cleared") {
      for (const done of [...tab.clearing]) done();
      return;
    }
    if (said.porthole === "viewer-ready") this.#show(event.source, forward, tab.path);
    void this.#give(event.source, forward);
  };

  #show(peer: Peer, forward: OpenForward, path: string): void {
    const { origin, plain, id } = forward;
    const [title, back] = [this.#owner.title(forward), this.#owner.back()];
    this.#post(peer, { porthole: "viewer-show", forward: id, origin, path, title, plain, back });
  }

  async #give(peer: Peer, forward: OpenForward): Promise<void> {
    const now = Date.now();
    this.#asked = this.#asked.filter((at) => now - at < 60_000);
    if (this.#asked.length >= MAX_PORTS) return;
    this.#asked.push(now);
    const { port1, port2 } = new MessageChannel();
    try {
      const epoch = await forward.connect(port1);
      this.#post(peer, { porthole: "viewer-port", forward: forward.id, epoch, port: port2 }, [
        port2,
      ]);
    } catch {
      port2.close();
      this.#post(peer, { porthole: "viewer-gone", forward: forward.id });
    }
  }

  #post(peer: Peer, message: ToViewer, transfer: Transferable[] = []): void {
    peer.postMessage(message, this.#origin, transfer);
  }

  #tab(id: string): Tab {
    let tab = this.#tabs.get(id);
    if (tab === undefined) {
      tab = { peers: new Set(), clearing: new Set(), path: "/" };
      this.#tabs.set(id, tab);
    }
    return tab;
  }
}

function isPeer(source: MessageEventSource | null): source is MessageEventSource & Peer {
  return source !== null && "postMessage" in source;
}

function asFromViewer(data: unknown): FromViewer | null {
  if (typeof data !== "object" || data === null) return null;
  const { porthole, protocol, forward } = data as Record<string, unknown>;
  if (typeof forward !== "string") return null;
  if (
    porthole === "viewer-need-port" ||
    porthole === "viewer-ping" ||
    porthole === "viewer-cleared"
  ) {
    return { porthole, forward };
  }
  if (porthole === "viewer-ready" && typeof protocol === "number") {
    return { porthole, protocol, forward };
  }
  return null;
}
