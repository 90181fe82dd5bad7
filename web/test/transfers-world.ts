/** A device and a disk in memory, over real ports, for the tests of the queue. */

import type { Transfer } from "../src/files/transfers/types.ts";
import { FileQueue, type QueueOptions } from "../src/files/transfers/queue.ts";
import { FakeDevice, type FakeFiles } from "./fake-device.ts";
import { FakeFolder } from "./fake-handles.ts";
import { FakeDisk } from "./fake-saver.ts";
import { localFile, until } from "./transfer-values.ts";

export { sha256 } from "./digest.ts";
export { FakeFolder, FakeHandle } from "./fake-handles.ts";
export { FakeRecords } from "./fake-records.ts";
export { contents, localFile, until } from "./transfer-values.ts";

/** Everything a test needs, connected. */
export class World {
  readonly device = new FakeDevice();
  readonly disk = new FakeDisk();
  readonly queue: FileQueue;
  files: FakeFiles;
  /** What the gateway would learn. */
  readonly reports: unknown[] = [];

  constructor(options: Partial<QueueOptions> = {}) {
    this.queue = new FileQueue({
      ...{ disk: this.disk, device: "t/7" },
      report: (event) => this.reports.push(event),
      ...options,
    });
    this.files = this.device.connect();
    this.queue.setFiles(this.files);
  }

  /** The next connection. */
  reconnect(): void {
    this.files = this.device.connect();
    this.queue.setFiles(this.files);
  }

  get first(): Transfer {
    const [first] = this.queue.list;
    if (first === undefined) throw new Error("the queue is empty");
    return first;
  }

  /** Resolves when the first has that state. */
  async reaches(state: Transfer["state"], at = 0): Promise<Transfer> {
    const said = (): string => JSON.stringify(this.queue.list[at]);
    await until(state, () => {
      const now = this.queue.list[at]?.state;
      if (now === "failed" && state !== "failed") throw new Error(`it failed: ${said()}`);
      return now === state;
    });
    return this.queue.list[at] ?? this.first;
  }

  upload(path: string, data: Uint8Array<ArrayBuffer>, lastModified?: number): void {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const file = localFile(name, data, lastModified);
    this.queue.upload([{ path: name, file }], path.slice(0, path.lastIndexOf("/")) || "/");
  }

  /** Downloads into a folder. */
  async download(path: string, folder = new FakeFolder()): Promise<FakeFolder> {
    const entry = this.device.entry(path, true);
    await this.queue.download([{ path, entry }], folder.handle);
    return folder;
  }
}
