/**
 * The viewer tab: where forwards live on a site of their own, a page there hosts the bridge
 * frame, because frames of another site do not share service workers with tabs.
 */

import { BRIDGE_PATH, FORWARD_PROTOCOL } from "../protocol.ts";
import type { FromHost, ToHost } from "../protocol.ts";
import { site } from "../site.ts";
import { mayReload } from "./reload.ts";
import { ViewerLink } from "./viewer-link.ts";
import type { Show } from "./viewer-link.ts";

const TICK_MS = 2_000;

function find(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no ${id}`);
  return element;
}

const page = find("page") as HTMLIFrameElement;
const { apps } = site();
let shown: Show | null = null;
let bridge: HTMLIFrameElement | null = null;
/** The bridge frame is there and waits for a port. */
let asked = false;
/** The page's data is to be removed; said again to a bridge frame that was not there yet. */
let clearing = false;

function say(id: string, text: string): void {
  const element = find(id);
  element.textContent = text;
  element.hidden = text === "";
}

function tell(message: FromHost, transfer: Transferable[] = []): void {
  if (shown !== null) bridge?.contentWindow?.postMessage(message, shown.origin, transfer);
}

/** Shows the page once; the app says it again after a reload of its own, and the page stays where it is. */
function show(next: Show): void {
  const first = shown === null;
  shown = next;
  document.title = next.title;
  say("title", next.title);
  find("plain").hidden = !next.plain;
  const own = find("own") as HTMLAnchorElement;
  own.href = next.origin + next.path;
  own.hidden = false;
  (find("back") as HTMLAnchorElement).href = next.back;
  if (first) {
    page.src = next.origin + next.path;
    find("notice").hidden = true;
    page.hidden = false;
    find("reload").hidden = false;
  }
}

/** The bridge frame asks for a port by itself once it is there; the one at hand is for the next. */
function givePort(epoch: string, port: MessagePort): void {
  say("state", "");
  find("back").hidden = true;
  if (bridge !== null && asked) {
    asked = false;
    tell({ porthole: "port", epoch, port }, [port]);
    return;
  }
  port.close();
  if (bridge === null && shown !== null) {
    bridge = document.createElement("iframe");
    bridge.hidden = true;
    bridge.title = "Porthole bridge";
    bridge.src = shown.origin + BRIDGE_PATH;
    document.body.append(bridge);
  }
}

/** Without the bridge frame its lock is free, which tells pages that the tunnel is gone. */
function gone(closed: boolean): void {
  bridge?.remove();
  bridge = null;
  asked = false;
  clearing = false;
  const what = closed
    ? "The Porthole tab was closed."
    : "Not connected. Connect to the device in the Porthole tab; this page then goes on.";
  const back = find("back") as HTMLAnchorElement;
  back.hidden = !closed;
  if (shown === null) {
    back.href = `${apps[0] ?? ""}/`;
    say(
      "notice-text",
      closed
        ? "This tab shows pages of a device. Open them from Porthole: this address alone leads nowhere."
        : "Porthole is not connected to the device of this page. This tab goes on by itself once it is.",
    );
    return;
  }
  say("state", what);
}

function clear(): void {
  clearing = true;
  tell({ porthole: "clear" });
}

function bridgeNeedsPort(protocol: number | undefined): void {
  if (protocol === FORWARD_PROTOCOL) {
    asked = true;
    if (clearing) clear();
    link.needPort();
  } else if (mayReload(sessionStorage, Date.now())) {
    location.reload(); // the gateway was updated: the tab of its build tells the app, which may be too old
  }
}

const link = new ViewerLink(
  location.hash.slice(1),
  apps,
  window.opener as Window | null,
  { show, port: givePort, clear, gone },
  () => performance.now(),
);

addEventListener("message", (event: MessageEvent<Partial<ToHost> | null>) => {
  if (bridge !== null && event.source === bridge.contentWindow) {
    const message = event.origin === shown?.origin ? event.data : undefined;
    if (message?.porthole === "need-port") bridgeNeedsPort(message.protocol);
    if (message?.porthole === "cleared" && clearing) {
      clearing = false;
      link.cleared();
    }
    if (message?.porthole === "failed") {
      const what = clearing
        ? "The browser did not remove what the page keeps. Close the page's other tabs and clear its data again."
        : "The browser refused the page's service worker. Blocked storage does that.";
      clearing = false;
      say("state", what);
    }
    return;
  }
  link.receive(event);
});
find("reload").addEventListener("click", () => {
  tell({ porthole: "reload" });
});
link.tick();
setInterval(() => {
  link.tick();
}, TICK_MS);
