/** What this browser remembers of a device's files, in the profile. */

import type { FilesProfile, FilesSettings, PortsScope } from "./bridge.ts";

/** As many as a menu holds; the oldest go. */
const MAX_BOOKMARKS = 100;

const EMPTY: FilesSettings = { bookmarks: [] };

/** One device's, for one person. Without a profile it lasts until the page closes. */
export class FilesMemory {
  settings: FilesSettings = EMPTY;
  readonly #changed: () => void;
  #profile: FilesProfile | null = null;
  #scope: PortsScope | null = null;
  /** Changes one after the other, each on what the profile holds by then. */
  #last: Promise<void> = Promise.resolve();

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Reads what is remembered. A profile that cannot be read counts as empty. */
  async load(profile: FilesProfile, scope: PortsScope): Promise<void> {
    this.#profile = profile;
    this.#scope = scope;
    this.settings = await profile.filesSettings(scope).catch(() => EMPTY);
    this.#changed();
  }

  has(path: string): boolean {
    return this.settings.bookmarks.includes(path);
  }

  /** Adds the bookmark of a directory, or takes it away. */
  toggle(path: string): Promise<void> {
    const add = !this.has(path);
    const change = ({ bookmarks }: FilesSettings): FilesSettings => {
      const others = bookmarks.filter((other) => other !== path);
      return { bookmarks: add ? [...others, path].slice(-MAX_BOOKMARKS) : others };
    };
    this.settings = change(this.settings);
    this.#changed();
    this.#last = this.#last.then(() => this.#save(change));
    return this.#last;
  }

  /** Another tab may have written meanwhile: what is there now is changed, not what was read once. */
  async #save(change: (settings: FilesSettings) => FilesSettings): Promise<void> {
    const [profile, scope] = [this.#profile, this.#scope];
    if (profile === null || scope === null) return;
    try {
      this.settings = change(await profile.filesSettings(scope));
      await profile.saveFilesSettings(scope, this.settings);
    } catch {
      // It is kept until the page closes; that nothing can be written is announced elsewhere.
    }
    this.#changed();
  }
}
