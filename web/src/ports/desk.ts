import { codeOf } from "../platform/failure.ts";
import type { Explanation } from "../platform/sentences.ts";
import type { Configuration } from "../platform/types.ts";
import { Asker } from "../style/asker.ts";
import type { PortsProfile, PortsScope } from "./bridge.ts";
import { linkDialog } from "./dialogs.ts";
import { PortsFailure, explanationOf } from "./failure.ts";
import { Finder } from "./finder.ts";
import { CLEAR_LIMIT_MS } from "./forward-tunnel.ts";
import { Forwards } from "./forwards.ts";
import { PortsMemory } from "./memory.ts";
import type { OpenForward } from "./open-forward.ts";
import { PageNames } from "./page-names.ts";
import { bookmarkRows, foundRows, readyRows } from "./rows.ts";
import { openAgain, rememberOpen, type Remembered } from "./session.ts";
import { Surroundings, type LiveConnection } from "./surroundings.ts";
import { hostPort, sameTarget, shownAddress, type Place, type Target } from "./target.ts";
import { ViewerHost } from "./viewer-host.ts";
import { directConfigurations } from "./ways.ts";

/** A page of an open forward. */
export interface Shown {
  readonly forward: OpenForward;
  readonly path: string;
}

/** Why a page could not be opened, and which it was. */
export interface OpenProblem {
  readonly place: Place;
  readonly code: string;
  readonly why: Explanation;
}

/** All that the ports panel does, without how it looks. */
export class PortsDesk {
  readonly finder: Finder;
  readonly memory: PortsMemory;
  readonly asker: Asker;
  readonly surroundings: Surroundings;
  readonly forwards: Forwards;
  /** What is being opened, by its name. */
  busy = "";
  problem: OpenProblem | null = null;
  /** The browser let us open no tab: a link does. */
  blocked: Shown | null = null;
  /** The page beside the terminal. */
  beside: Shown | null = null;
  readonly #changed: () => void;
  readonly #names = new PageNames();
  #viewer: ViewerHost | null = null;
  #begin!: () => void;
  readonly #begun = new Promise<void>((resolve) => {
    this.#begin = resolve;
  });

  constructor(changed: () => void) {
    this.#changed = changed;
    this.finder = new Finder(changed);
    this.memory = new PortsMemory(changed);
    this.asker = new Asker(changed);
    this.surroundings = new Surroundings(this.memory, this.asker, changed);
    this.forwards = new Forwards(this.surroundings, (forwards) => {
      rememberOpen(this.surroundings.scope, forwards);
    });
    this.surroundings.claimed = (origin, owner) => {
      const other = this.forwards.list.find((one) => one !== owner && one.origin === origin);
      if (other !== undefined) void this.close(other);
    };
  }

  /** Begins with a device; once. */
  async start(scope: PortsScope, profile: PortsProfile): Promise<void> {
    this.surroundings.scope = scope;
    this.#begin();
    await Promise.all([
      this.surroundings.gateway().catch(() => undefined), // whoever opens a page is told why
      this.memory.load(profile, scope),
    ]);
    this.#viewers(); // tabs of before a reload look for us
    const again = openAgain(scope);
    this.forwards.restore(again);
    if (this.surroundings.live !== null) this.forwards.resume();
    else this.#resumeDirect(again);
    this.#changed();
  }

  /** What went without SSH before a reload needs none now, and was agreed to. */
  #resumeDirect(again: readonly Remembered[]): void {
    this.forwards.resume((target) =>
      again.some((one) => one.direct && sameTarget(one.target, target)),
    );
  }

  /** There is a connection, or none any more. */
  setConnection(live: LiveConnection | null): void {
    const before = this.surroundings.live;
    this.surroundings.live = live;
    if (live?.connection === before?.connection) return;
    this.finder.reset();
    if (live !== null && this.surroundings.info !== null) this.forwards.resume();
    this.#changed();
  }

  /** Looks for listening ports, where there is a connection. */
  look(): void {
    const { live } = this.surroundings;
    if (live !== null) void this.finder.look(live.connection);
  }

  /** Ends everything. */
  stop(): void {
    this.asker.cancel();
    this.finder.stop();
    this.forwards.closeAll();
    this.#viewer?.close();
    this.#viewer = null;
  }

  /**
   * Opens a page. To be called in the click that asks for it: a browser lets us open a tab
   * only within a few seconds of one.
   */
  async openPage(place: Place, how: "tab" | "beside", chosen?: Configuration): Promise<void> {
    this.problem = null;
    this.blocked = null;
    this.busy = hostPort(place.target);
    this.#changed();
    await this.#begun; // a click may come before it is known whose pages these are
    if (chosen !== undefined) await this.#choose(place, chosen);
    try {
      const forward = await this.forwards.open(place.target);
      void this.memory.opened(place.target);
      if (how === "tab") this.openTab(forward, place.path);
      else await this.#showBeside(forward, place.path);
    } catch (error) {
      this.problem = { place, code: codeOf(error), why: explanationOf(error) };
      // What never got as far as an origin is said once, and leaves no row behind.
      const failed = this.forwards.of(place.target);
      if (failed?.origin === "") await this.close(failed);
    }
    this.busy = "";
    this.#changed();
  }

  /** What people call the page of a target; its address where nothing is known. */
  nameOf(target: Target): string {
    const { configurations, live } = this.surroundings;
    const name = this.#names.of(target, [
      ...readyRows(configurations, live !== null),
      ...bookmarkRows(this.memory.settings.bookmarks),
      ...foundRows(this.finder.ports).pages,
    ]);
    return name === "" ? shownAddress(target) : name;
  }

  /** Whether a target could be reached now, as far as can be told. */
  canOpen(target: Target): boolean {
    const { live, info, configurations } = this.surroundings;
    if (info === null) return false;
    return live !== null || directConfigurations(target, configurations).length > 0;
  }

  /** Asks before a link opens something, unless this person opened it before. */
  async openLink(place: Place): Promise<void> {
    await this.memory.loaded;
    const device = this.surroundings.deviceName;
    const yes =
      this.memory.wasOpened(place.target) ||
      (await this.asker.ask<boolean>(
        "Question",
        (answer) => linkDialog({ ...place, device }, answer),
        false,
      ));
    if (yes) await this.openPage(place, "beside");
  }

  /** Opens another tab of an open forward. */
  openTab(forward: OpenForward, path: string): void {
    this.blocked = this.#tab(forward, path) ? null : { forward, path };
    this.#changed();
  }

  /** Closes the page beside the terminal; the forward stays open. */
  closeBeside(): void {
    this.beside = null;
    this.#changed();
  }

  /** Ends a forward for good. */
  async close(forward: OpenForward): Promise<void> {
    if (this.beside?.forward === forward) this.beside = null;
    if (this.blocked?.forward === forward) this.blocked = null;
    this.#viewer?.gone(forward);
    this.surroundings.choose(forward.target, undefined);
    await this.forwards.close(forward);
  }

  /** Removes what the page keeps in this browser; false when it could not. */
  async clear(forward: OpenForward): Promise<boolean> {
    this.problem = null;
    try {
      await forward.clear();
      await this.#viewers()?.clear(forward, CLEAR_LIMIT_MS);
      return true;
    } catch (error) {
      const place = { target: forward.target, path: "/" };
      this.problem = { place, code: codeOf(error), why: explanationOf(error) };
      this.#changed();
      return false;
    }
  }

  async #choose({ target }: Place, chosen: Configuration): Promise<void> {
    const open = this.forwards.of(target);
    if (open !== undefined) await this.close(open);
    this.surroundings.choose(target, chosen);
  }

  async #showBeside(forward: OpenForward, path: string): Promise<void> {
    await forward.frame();
    this.beside = { forward, path };
  }

  /** False when the browser would not let us: no click was made lately. */
  #tab(forward: OpenForward, path: string): boolean {
    const viewers = this.#viewers();
    if (viewers !== null) return viewers.open(forward, path);
    if (!navigator.userActivation.isActive) return false;
    window.open(forward.origin + path, "_blank", "noopener");
    return true;
  }

  /** Serves viewer tabs, where pages live on a second site. */
  #viewers(): ViewerHost | null {
    const { info } = this.surroundings;
    if (info?.kind === "second-site") this.#viewer ??= this.#viewerHost(info.viewer);
    return this.#viewer;
  }

  #viewerHost(url: string): ViewerHost {
    return new ViewerHost(url, {
      byId: (id) => this.forwards.byId(id),
      title: ({ target }) => `${this.surroundings.deviceName} · ${hostPort(target)}`,
      back: () => location.origin + location.pathname,
      otherBuild: () => {
        const why = "This page and the gateway are of different versions. Reload this page.";
        const place: Place = { target: { scheme: "http", host: "localhost", port: 80 }, path: "/" };
        const failure = new PortsFailure("bridge_other_build", why);
        this.problem = { place, code: failure.code, why: explanationOf(failure) };
        this.#changed();
      },
    });
  }
}
