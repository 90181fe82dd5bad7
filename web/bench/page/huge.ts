/** One download that takes minutes, which is looked at meanwhile. */

import type { Files } from "../../src/bridge/files.ts";
import type { Disk, DiskJob } from "../../src/files/disk/types.ts";

/** How far it is. */
export interface Huge {
  bytes: number;
  done: boolean;
  /** Why it failed; "" otherwise. */
  failure: string;
}

const NAME = "huge";

export function hugeBench(disk: Disk, files: () => Files) {
  let state: Huge = { bytes: 0, done: false, failure: "" };
  let job: DiskJob | undefined;
  return {
    hugeBegin: async (path: string): Promise<void> => {
      const now: Huge = { bytes: 0, done: false, failure: "" };
      state = now;
      const root = await navigator.storage.getDirectory();
      const handle = await root.getFileHandle(NAME, { create: true });
      const { port1, port2 } = new MessageChannel();
      job = disk.save(port2, { kind: "handle", handle }, 0, (bytes) => {
        now.bytes = bytes;
      });
      job.done.then(
        () => {
          now.done = true;
        },
        (error: unknown) => {
          now.failure = String(error);
        },
      );
      await files().download(path, { offset: 0, length: -1, gzip: false }, port1);
    },
    huge: (): Huge => state,
    /** Ends it, and removes what came of it. */
    hugeEnd: async (): Promise<void> => {
      job?.cancel();
      await job?.done.catch(() => undefined);
      const root = await navigator.storage.getDirectory();
      await root.removeEntry(NAME);
    },
  };
}
