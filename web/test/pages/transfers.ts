/** The page under test: the tray over a queue that only notes, and the records of the browser. */

import "../../src/files/transfers/define.ts";
import { BrowserRecords } from "../../src/files/transfers/records.ts";
import type { Transfer, TransferQueue } from "../../src/files/transfers/types.ts";

/** What the tray asked for, and what it shows. */
class NotingQueue extends EventTarget implements Partial<TransferQueue> {
  list: Transfer[] = [];
  progress: number | null = null;
  readonly asked: string[] = [];

  pause = (id: string): void => void this.asked.push(`pause ${id}`);
  resume = (id: string): void => void this.asked.push(`resume ${id}`);
  cancel = (id: string): void => void this.asked.push(`cancel ${id}`);
  retry = (id: string): void => void this.asked.push(`retry ${id}`);
  clear = (): void => void this.asked.push("clear");
  resolve = (id: string, rule: string, all: boolean): void =>
    void this.asked.push(`resolve ${id} ${rule} ${String(all)}`);
  chooseFile = (id: string, file: File): Promise<void> => {
    this.asked.push(`file ${id} ${file.name}`);
    return Promise.resolve();
  };
}

interface Harness {
  queue: NotingQueue;
  records: BrowserRecords;
  show(list: Partial<Transfer>[], progress: number | null): Promise<void>;
}

declare global {
  interface Window {
    transfersHarness: Harness;
  }
}

const plain: Transfer = {
  ...{ id: "0", direction: "download", kind: "file", name: "a", path: "/a", state: "running" },
  ...{ bytes: 0, total: null, files: 0, filesTotal: null, rate: null, leftMs: null, note: "" },
  ...{ faults: [], verified: false, ask: null },
};
const queue = new NotingQueue();
const tray = document.createElement("porthole-transfers");
tray.queue = queue as unknown as TransferQueue;
document.querySelector("#tray")?.append(tray);

window.transfersHarness = {
  queue,
  records: new BrowserRecords(),
  async show(list, progress) {
    queue.list = list.map((one) => ({ ...plain, ...one }));
    queue.progress = progress;
    queue.dispatchEvent(new Event("change"));
    await tray.updateComplete;
  },
};
