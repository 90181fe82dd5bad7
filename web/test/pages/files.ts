/** The page under test: the files panel over files in memory, and a queue that only notes. */

import { BridgeFailure } from "../../src/bridge/failure.ts";
import type { FileLimits, Files } from "../../src/bridge/files.ts";
import type { FilesSettings } from "../../src/files/panel/bridge.ts";
import type { FilesElement } from "../../src/files/panel/files-element.ts";
import type {
  KeepOptions,
  LocalItem,
  RemoteItem,
  TransferQueue,
} from "../../src/files/transfers/types.ts";
import "../../src/files/define.ts";
import { MemoryFiles } from "../memory-files.ts";

/** What the queue was asked for. */
class NotingQueue extends EventTarget implements Partial<TransferQueue> {
  readonly list = [];
  progress: number | null = null;
  readonly busy = false;
  readonly asked: string[] = [];

  setFiles(files: Files | null): void {
    this.asked.push(files === null ? "no files" : "files");
  }

  /** What the transfers that were begun are to keep, oldest first. */
  readonly keeps: KeepOptions[] = [];

  download(items: readonly RemoteItem[], way: unknown, keeps: KeepOptions = {}): Promise<void> {
    this.keeps.push(keeps);
    this.asked.push(`download ${items.map(({ path }) => path).join(" ")} ${String(way)}`);
    return Promise.resolve();
  }

  /** What an upload throws; "" for none. */
  refuse = "";

  upload(items: readonly LocalItem[], into: string, keeps: KeepOptions = {}): void {
    this.keeps.push(keeps);
    if (this.refuse !== "") throw new BridgeFailure("invalid", this.refuse);
    const what = items.map(({ path, file }) => `${path}:${String(file?.size ?? "folder")}`);
    this.asked.push(`upload ${what.join(" ")} into ${into}`);
  }

  close(): void {
    this.asked.push("close");
  }
}

interface Harness {
  files: MemoryFiles;
  queue: NotingQueue;
  element: FilesElement;
  typed: string[];
  saved: FilesSettings;
  /** A new panel over new files; fill makes them. */
  fresh(limits?: Partial<FileLimits>, info?: Partial<Files["info"]>): MemoryFiles;
  /** Gives it a connection, or takes it. */
  connect(on: boolean): void;
}

declare global {
  interface Window {
    filesHarness: Harness;
  }
}

const harness = {
  typed: [] as string[],
  saved: { bookmarks: [], keepModified: true, keepMode: true },
} as unknown as Harness;
Object.assign(window, { filesHarness: harness });

harness.fresh = (limits = {}, info = {}) => {
  document.querySelector("porthole-files")?.remove();
  const element = document.createElement("porthole-files");
  const queue = new NotingQueue();
  Object.assign(harness, { element, queue, files: new MemoryFiles(info), typed: [] });
  element.deviceId = "7";
  element.tenant = "t";
  element.principal = "p";
  element.limits = { ...element.limits, ...limits };
  element.queue = queue as unknown as TransferQueue;
  element.terminal = {
    directory: "",
    type: (text) => {
      harness.typed.push(text);
    },
  };
  element.profile = {
    filesSettings: () => Promise.resolve(harness.saved),
    saveFilesSettings: (_scope, settings) => {
      harness.saved = settings;
      return Promise.resolve();
    },
  };
  element.shown = true;
  document.querySelector("#stage")?.append(element);
  return harness.files;
};

harness.connect = (on) => {
  const { files, element } = harness;
  element.live = on
    ? { connection: { files: () => Promise.resolve(files) }, reference: "r" }
    : null;
};
