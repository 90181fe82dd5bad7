/** What the panel needs of the bridge: a part of it, so that tests can stand in. */

import type { FileLimits, FilesSettings, PortsScope } from "../../bridge/bridge.d.ts";
import type { Files } from "../../bridge/files.ts";

export type { FilesSettings, PortsScope } from "../../bridge/bridge.d.ts";

/** The SSH connection. */
export interface FilesConnection {
  files(limits: FileLimits): Promise<Files>;
}

/** What the browser remembers. */
export interface FilesProfile {
  filesSettings(scope: PortsScope): Promise<FilesSettings>;
  saveFilesSettings(scope: PortsScope, settings: FilesSettings): Promise<void>;
}

/** A connection that is up, and its name in the gateway's log. */
export interface LiveFiles {
  readonly connection: FilesConnection;
  readonly reference: string;
}

/** The terminal on the same connection. */
export interface TerminalAccess {
  /** Where its shell said that it is (OSC 7); "" when it never did. */
  readonly directory: string;
  /** Types text, and moves the focus there. */
  type(text: string): void;
}
