/** What this browser remembers of a device's files, in the profile. */

import type { KeepOptions } from "../transfers/types.ts";
import type { FilesProfile, FilesSettings, PortsScope } from "./bridge.ts";

/** As many as a menu holds; the oldest go. */
const MAX_BOOKMARKS = 100;

const EMPTY: FilesSettings = { bookmarks: [], keepModified: true, keepMode: true };

/** One device's, for one person. Without a profile it lasts until the page closes. */
export class FilesMemory {
  settings: FilesSettings = EMPTY;
  /** Chosen for this page alone. */
  #keeps: Required<KeepOptions> | null = null;
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
    return this.#change((settings) => {
      const others = settings.bookmarks.filter((other) => other !== path);
      const bookmarks = add ? [...others, path].slice(-MAX_BOOKMARKS) : others;
      return { ...settings, bookmarks };
    });
  }

  /** What transfers that begin now keep. */
  get keeps(): Required<KeepOptions> {
    const { keepModified, keepMode } = this.#keeps ?? this.settings;
    return { keepModified, keepMode };
  }

  /** Transfers keep this from now on: here, or remembered for the device. */
  keep(options: Required<KeepOptions>, remember: boolean): Promise<void> {
    this.#keeps = options;
    if (!remember) return Promise.resolve();
    return this.#change((settings) => ({ ...settings, ...options }));
  }

  #change(change: (settings: FilesSettings) => FilesSettings): Promise<void> {
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
