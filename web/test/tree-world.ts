/** Trees over a device in memory and the real disk worker's code, on folders in memory. */

import type { BrowserDownloads } from "../src/files/disk/browser-downloads.ts";
import { PageDisk, type DiskWorker } from "../src/files/disk/disk.ts";
import { DiskHost } from "../src/files/disk/disk-host.ts";
import type { FromServiceWorker, ToStream } from "../src/files/disk/dl/protocol.ts";
import type { FromDisk, ToDisk } from "../src/files/disk/messages.ts";
import type { TreeGo } from "../src/files/disk/types.ts";
import type { QueueOptions } from "../src/files/transfers/queue.ts";
import { FakeFolder } from "./fake-disk.ts";
import { World } from "./transfers-world.ts";

/** The disk worker in this thread: handles of fakes cannot be cloned. */
function twin(heard: (message: ToDisk) => void): DiskWorker {
  const events = new EventTarget();
  const host = new DiskHost((data: FromDisk) => {
    // As a message does, it comes later, and in order.
    setImmediate(() => events.dispatchEvent(new MessageEvent("message", { data })));
  }, false);
  return {
    postMessage: (message: unknown) => {
      heard(message as ToDisk);
      host.receive(message as ToDisk);
    },
    addEventListener: events.addEventListener.bind(events) as DiskWorker["addEventListener"],
    terminate: () => undefined,
  };
}

/** The browser's downloads: what came of each by name; "failed" when it broke off. */
class Downloads {
  readonly all = new Map<string, Uint8Array | "failed">();

  ready(): Promise<boolean> {
    return Promise.resolve(true);
  }

  start(_job: number, { name, port }: { name: string; port: MessagePort }): void {
    const pieces: Uint8Array[] = [];
    const say = (word: FromServiceWorker): void => {
      port.postMessage(word);
    };
    port.onmessage = ({ data: word }: MessageEvent<ToStream>) => {
      if (word.type === "data") {
        pieces.push(...word.data.map((data) => new Uint8Array(data)));
        say({ type: "pull" });
      }
      if (word.type === "end") this.all.set(name, new Uint8Array(Buffer.concat(pieces)));
      if (word.type === "failed") this.all.set(name, "failed");
      if (word.type === "end" || word.type === "failed") port.close();
    };
    say({ type: "started" });
    say({ type: "pull" });
  }

  wake(): void {
    // nobody sleeps here
  }

  hand(): void {
    throw new Error("nothing is kept here");
  }

  ended(): void {
    // there is no frame
  }
}

export class TreeWorld extends World {
  readonly folder: FakeFolder;
  readonly downloads: Downloads;
  /** How each go at a tree was made. */
  readonly goes: TreeGo[];

  constructor(options: Partial<QueueOptions> = {}, folder = new FakeFolder()) {
    const downloads = new Downloads();
    const goes: TreeGo[] = [];
    const worker = twin((message) => {
      if (message.type === "tree") goes.push(message.go);
    });
    const disk = new PageDisk(() => worker, downloads as unknown as BrowserDownloads);
    super({ disk, ...options });
    this.folder = folder;
    this.downloads = downloads;
    this.goes = goes;
  }

  /** Downloads paths into the folder, or as a zip. */
  async tree(way: "folder" | "zip", ...paths: string[]): Promise<void> {
    const items = paths.map((path) => ({ path, entry: this.device.entry(path, true) }));
    await this.queue.download(items, way === "zip" ? "browser" : this.folder.handle);
  }

  /** How often each file's first byte was asked for, a tree's included: by the device's count. */
  get moved(): number {
    return this.device.moved;
  }
}
