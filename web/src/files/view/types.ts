/** What the panel sees of the view of one file, `<porthole-file-view>` (view/define.ts). */

import type { FileEntry, Files } from "../../bridge/files.ts";

/** preview: text, image or hex; edit: text with saving; follow: what is appended, as it comes. */
export type FileViewMode = "preview" | "edit" | "follow";

/**
 * A view of one file; it fills its parent. Set all properties before it is connected; path
 * and entry stay. Between two connections files may be undefined; what was not saved stays.
 *
 * Fires {@link FileViewEvents}, all of them bubbling and composed.
 */
export interface FileView extends HTMLElement {
  files: Files | undefined;
  /** Absolute. */
  path: string;
  /** As it was listed; of a link, the link's own. */
  entry: FileEntry;
  /** The person may change it; see porthole-view-mode. */
  mode: FileViewMode;
  /** Limits of gateway or component: no editing. */
  readOnly: boolean;
  /** Text that was changed and is not on the device. */
  readonly hasUnsaved: boolean;
  /** Asks when something is unsaved; true when it may go (then porthole-view-closed was fired). */
  close(): Promise<boolean>;
}

/** The person is done with it: take it out of the page. Type `porthole-view-closed`. */
export class ViewClosedEvent extends Event {
  constructor() {
    super("porthole-view-closed", { bubbles: true, composed: true });
  }
}

/** The file was written. Type `porthole-view-saved`. */
export class ViewSavedEvent extends Event {
  /** Where to: the path shown, or another one after "save as". */
  readonly path: string;
  readonly entry: FileEntry;

  constructor(path: string, entry: FileEntry) {
    super("porthole-view-saved", { bubbles: true, composed: true });
    this.path = path;
    this.entry = entry;
  }
}

/** The person wants the file on their disk, in a user gesture. Type `porthole-view-download`. */
export class ViewDownloadEvent extends Event {
  readonly path: string;
  readonly entry: FileEntry;

  constructor(path: string, entry: FileEntry) {
    super("porthole-view-download", { bubbles: true, composed: true });
    this.path = path;
    this.entry = entry;
  }
}

/** The person switched between preview, edit and follow. Type `porthole-view-mode`. */
export class ViewModeEvent extends Event {
  readonly mode: FileViewMode;

  constructor(mode: FileViewMode) {
    super("porthole-view-mode", { bubbles: true, composed: true });
    this.mode = mode;
  }
}

export interface FileViewEvents {
  "porthole-view-closed": ViewClosedEvent;
  "porthole-view-saved": ViewSavedEvent;
  "porthole-view-download": ViewDownloadEvent;
  "porthole-view-mode": ViewModeEvent;
}
