import type { Configuration } from "../platform/types.ts";
import type { ConfirmElement } from "../style/confirm.ts";
import type { PortsDesk } from "./desk.ts";
import type { ForwardActions } from "./forward-list.ts";
import { askClearing, askForgettingCertificate } from "./confirmations.ts";
import { linkPath } from "./link.ts";
import type { OpenForward } from "./open-forward.ts";
import type { PageActions, PageRow } from "./page-list.ts";
import type { PanelView } from "./panel-tabs.ts";
import { readAddress, type Place } from "./target.ts";
import { directConfigurations } from "./ways.ts";

/** What the buttons need of the element. */
interface ActionsOwner {
  readonly element: { readonly renderRoot: ParentNode; readonly profile: Profile | null };
  show(view: PanelView): void;
  say(text: string): void;
}

interface Profile {
  removeKnownCertificate(name: string): Promise<void>;
}

/** What the buttons of the panel do. */
export class PortsActions implements PageActions, ForwardActions {
  readonly #desk: PortsDesk;
  readonly #owner: ActionsOwner;

  constructor(desk: PortsDesk, owner: ActionsOwner) {
    this.#desk = desk;
    this.#owner = owner;
  }

  readonly onOpen = (place: Place, how: "tab" | "beside", chosen?: Configuration): void => {
    void this.#desk.openPage(place, how, chosen).then(() => {
      if (how === "beside" && this.#desk.beside !== null) this.#owner.show({ kind: "page" });
    });
  };

  readonly bookmarkOf = ({ target, path }: Place) => this.#desk.memory.bookmark(target, path);

  readonly onBookmark = (row: PageRow): void => {
    const mark = this.bookmarkOf(row);
    const { target, path, name } = row;
    void (mark === undefined
      ? this.#desk.memory.addBookmark({ ...target, path, name })
      : this.#desk.memory.removeBookmark(mark));
  };

  readonly onTab = (forward: OpenForward): void => {
    this.#desk.openTab(forward, "/");
  };

  readonly onBeside = (forward: OpenForward): void => {
    this.onOpen({ target: forward.target, path: "/" }, "beside");
  };

  readonly onRetry = (forward: OpenForward): void => {
    void forward.open().catch(() => undefined); // its row says why
  };

  readonly onLog = (forward: OpenForward): void => {
    this.#owner.show({ kind: "log", forward });
  };

  readonly onCopy = (forward: OpenForward): void => {
    const { deviceId } = this.#desk.surroundings;
    const link = location.origin + linkPath(deviceId, forward.target, "/");
    void this.copy(link, "The link is copied.");
  };

  readonly onClose = (forward: OpenForward): void => {
    void this.#desk.close(forward);
  };

  readonly onClear = (forward: OpenForward): void => {
    void (async () => {
      if (!(await askClearing(this.#confirm, forward.target))) return;
      this.#owner.say(""); // of an earlier time
      if (await this.#desk.clear(forward)) this.#owner.say("The page's data is removed.");
    })();
  };

  readonly onForget = (forward: OpenForward): void => {
    void (async () => {
      const { changed, target } = forward;
      if (changed === null) return;
      const device = this.#desk.surroundings.deviceName;
      if (!(await askForgettingCertificate(this.#confirm, target, device))) return;
      await this.#owner.element.profile?.removeKnownCertificate(changed.name);
      await forward.restart().catch(() => undefined); // its row says why
      this.#owner.say(
        "The old certificate is forgotten. Reload the page to be asked about the new one.",
      );
    })();
  };

  readonly instead = (forward: OpenForward): readonly Configuration[] | null => {
    if (!forward.forbidden) return null;
    const { configurations, info } = this.#desk.surroundings;
    if (info?.plain === "deny" && forward.target.scheme === "http") return null;
    return directConfigurations(forward.target, configurations);
  };

  readonly onInstead = (forward: OpenForward, configuration: Configuration): void => {
    this.onOpen({ target: forward.target, path: "/" }, "tab", configuration);
  };

  /** Whether the device's SSH server lets no forward through. */
  refused(): boolean {
    return this.#desk.finder.forbidden || this.#desk.forwards.list.some((one) => one.forbidden);
  }

  /** Shows another path in the panel; what cannot be a path leads to the page's beginning. */
  go(forward: OpenForward, typed: string): void {
    const base = "http://localhost:80";
    const place = readAddress(base + (typed.startsWith("/") ? typed : `/${typed}`), "http");
    this.#desk.beside = { forward, path: typeof place === "string" ? "/" : place.path };
  }

  /** Copies text; where the browser forbids it, says so. */
  async copy(text: string, done: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.#owner.say(done);
    } catch {
      this.#owner.say("The browser did not allow copying.");
    }
  }

  get #confirm(): ConfirmElement {
    const element = this.#owner.element.renderRoot.querySelector("porthole-confirm");
    if (element === null) throw new Error("porthole-ports is not rendered");
    return element;
  }
}
