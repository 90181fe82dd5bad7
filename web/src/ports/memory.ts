/** What this browser remembers of a device's pages, in the profile. */

import type { Bookmark, PortsProfile, PortsScope, PortsSettings } from "./bridge.ts";
import { sameTarget, targetKey, type Target } from "./target.ts";

/** As many targets as the profile keeps; the oldest are asked about again. */
const MAX_OPENED = 500;

const EMPTY: PortsSettings = { bookmarks: [], opened: [], agreed: [] };

/** One device's, for one person. Without a profile it lasts until the page closes. */
export class PortsMemory {
  settings: PortsSettings = EMPTY;
  /** Resolves when what is remembered was read. */
  readonly loaded: Promise<void>;
  readonly #changed: () => void;
  #isLoaded: () => void = () => undefined;
  #profile: PortsProfile | null = null;
  #scope: PortsScope | null = null;
  /** Changes one after the other, each on what the profile holds by then. */
  #last: Promise<void> = Promise.resolve();

  constructor(changed: () => void) {
    this.#changed = changed;
    this.loaded = new Promise((resolve) => {
      this.#isLoaded = resolve;
    });
  }

  /** Reads what is remembered. A profile that cannot be read counts as empty. */
  async load(profile: PortsProfile, scope: PortsScope): Promise<void> {
    this.#profile = profile;
    this.#scope = scope;
    this.settings = await profile.ports(scope).catch(() => EMPTY);
    this.#isLoaded();
    this.#changed();
  }

  /** Whether this person opened the target before. */
  wasOpened(target: Target): boolean {
    return this.settings.opened.includes(targetKey(target));
  }

  /** The person opened it. */
  opened(target: Target): Promise<void> {
    const key = targetKey(target);
    return this.#change(({ opened, ...rest }) => ({
      ...rest,
      opened: [...opened.filter((other) => other !== key), key].slice(-MAX_OPENED),
    }));
  }

  /** Whether the person agreed that gateway and platform can read what goes over it. */
  agreed(agreement: string): boolean {
    return this.settings.agreed.includes(agreement);
  }

  /** The person agrees, or takes it back. */
  agree(agreement: string, yes: boolean): Promise<void> {
    return this.#change(({ agreed, ...rest }) => {
      const others = agreed.filter((other) => other !== agreement);
      return { ...rest, agreed: yes ? [...others, agreement] : others };
    });
  }

  /** The bookmark of a page, if there is one. */
  bookmark(target: Target, path: string): Bookmark | undefined {
    return this.settings.bookmarks.find((mark) => isOf(mark, target, path));
  }

  /** Adds a bookmark in the place of an older one of the same page. */
  addBookmark(mark: Bookmark): Promise<void> {
    return this.#change(({ bookmarks, ...rest }) => ({
      ...rest,
      bookmarks: [...bookmarks.filter((other) => !isOf(other, mark, mark.path)), mark],
    }));
  }

  removeBookmark(mark: Bookmark): Promise<void> {
    return this.#change(({ bookmarks, ...rest }) => ({
      ...rest,
      bookmarks: bookmarks.filter((other) => !isOf(other, mark, mark.path)),
    }));
  }

  /** Another tab may have written meanwhile: what is there now is changed, not what was read once. */
  #change(change: (settings: PortsSettings) => PortsSettings): Promise<void> {
    this.settings = change(this.settings);
    this.#changed();
    this.#last = this.#last.then(async () => {
      const [profile, scope] = [this.#profile, this.#scope];
      if (profile === null || scope === null) return;
      try {
        this.settings = change(await profile.ports(scope));
        await profile.savePorts(scope, this.settings);
      } catch {
        // It is kept until the page closes; that nothing can be written is announced elsewhere.
      }
      this.#changed();
    });
    return this.#last;
  }
}

function isOf(mark: Bookmark, target: Target, path: string): boolean {
  return sameTarget(mark, target) && mark.path === path;
}
