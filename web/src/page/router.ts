import { readLink, type PortsLink } from "../ports/link.ts";

/** A place of the page, as the address says it. */
export type Route =
  | { readonly view: "list"; readonly search: string; readonly page: number }
  | {
      readonly view: "device";
      readonly deviceId: string;
      readonly configurationId: string;
      /** A page of the device that is to be opened. */
      readonly ports?: PortsLink;
    }
  /** A command line asks to be let in; what it asks for stands in the query. */
  | { readonly view: "consent" }
  | { readonly view: "account" }
  | { readonly view: "unknown" };

/** A device id of the platform: decimal digits (ssh/wire/ids.go). */
const DEVICE_PATH = /^\/devices\/(\d{1,30})\/?$/;

/** A page of a device: what follows is read by readLink. */
const PORTS_PATH = /^\/devices\/(\d{1,30})\/ports\/(.+)$/;

/**
 * Reads an address. `/`, `/devices/{id}`, `/devices/{id}/ports/{host:port}/path`,
 * `/account` and `/auth/cli` are places, everything else is not.
 */
export function readRoute(url: URL): Route {
  if (url.pathname === "/") {
    const page = Number(url.searchParams.get("page") ?? "1");
    return {
      view: "list",
      search: url.searchParams.get("q") ?? "",
      page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    };
  }
  if (url.pathname === "/auth/cli") return { view: "consent" };
  if (url.pathname === "/account") return { view: "account" };
  const [, ofDevice, page] = PORTS_PATH.exec(url.pathname) ?? [];
  if (ofDevice !== undefined && page !== undefined) {
    // The query belongs to the device's page, and so does the fragment but for a demo link's.
    const hash = demoCode(url) === "" ? url.hash : "";
    const ports = readLink(page, url.search, hash);
    return { view: "device", deviceId: ofDevice, configurationId: "", ports };
  }
  const deviceId = DEVICE_PATH.exec(url.pathname)?.[1];
  if (deviceId === undefined) return { view: "unknown" };
  return {
    view: "device",
    deviceId,
    configurationId: url.searchParams.get("configuration") ?? "",
  };
}

/** The address of a page of the list. */
export function listPath(search: string, page: number): string {
  const parameters = new URLSearchParams();
  if (search !== "") parameters.set("q", search);
  if (page > 1) parameters.set("page", String(page));
  const query = parameters.toString();
  return query === "" ? "/" : `/?${query}`;
}

/** The address of a device. */
export function devicePath(deviceId: string): string {
  return `/devices/${encodeURIComponent(deviceId)}`;
}

/** The one-time code of `#demo=…`, or "". */
export function demoCode(url: URL): string {
  return new URLSearchParams(url.hash.slice(1)).get("demo") ?? "";
}

/** Whether a click on a link is ours to follow: a plain click to our own origin. */
export function followsInPage(event: MouseEvent, link: HTMLAnchorElement): boolean {
  const modified = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey;
  if (event.defaultPrevented || modified || event.altKey) return false;
  if (link.target !== "" || link.hasAttribute("download")) return false;
  return link.origin === location.origin && link.hash === "";
}

/**
 * Follows the address: back and forward, links, and `go`. Before leaving a place it asks
 * the guard, which may keep the person there.
 */
export class Router {
  route: Route = readRoute(new URL(location.href));
  readonly #changed: () => void;
  readonly #guard: () => Promise<boolean>;
  /** The address that is shown; what Back returns to when the guard says no. */
  #shown = withoutHash(location.href);

  constructor(changed: () => void, guard: () => Promise<boolean>) {
    this.#changed = changed;
    this.#guard = guard;
  }

  /** Starts following. */
  start(): void {
    addEventListener("popstate", this.#popped);
    document.addEventListener("click", this.#clicked);
  }

  /** Stops following. */
  stop(): void {
    removeEventListener("popstate", this.#popped);
    document.removeEventListener("click", this.#clicked);
  }

  /** Goes to a path. replace leaves no step for Back, as while typing into the search. */
  async go(path: string, replace = false): Promise<void> {
    const url = new URL(path, location.href);
    if (withoutHash(url.href) === this.#shown) return;
    if (leaves(this.route, readRoute(url)) && !(await this.#guard())) return;
    if (replace) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
    this.#show(url.href);
  }

  #show(href: string): void {
    this.#shown = withoutHash(href);
    this.route = readRoute(new URL(href));
    this.#changed();
  }

  readonly #popped = (): void => {
    void (async () => {
      const { href } = location;
      if (leaves(this.route, readRoute(new URL(href))) && !(await this.#guard())) {
        history.pushState(null, "", this.#shown);
        return;
      }
      this.#show(href);
    })();
  };

  readonly #clicked = (event: MouseEvent): void => {
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
    if (!link || !followsInPage(event, link)) return;
    event.preventDefault();
    void this.go(link.pathname + link.search);
  };
}

/** A fragment is no place of its own, and the one of a demo link must not come back. */
function withoutHash(href: string): string {
  return href.replace(/#.*$/, "");
}

/** Whether a step goes from a device to somewhere else. */
function leaves(from: Route, to: Route): boolean {
  return from.view === "device" && !(to.view === "device" && to.deviceId === from.deviceId);
}
