/** What is measured of files: the product's own bridge and disk, with OPFS as the person's disk. */

import { NO_LIMITS, type Files } from "../../src/bridge/files.ts";
import type { Connection } from "../../src/bridge/client.ts";
import { createDisk } from "../../src/files/disk/disk.ts";
import type { DiskEnd } from "../../src/files/disk/types.ts";
import { freshFolder } from "./many.ts";
import { hugeBench } from "./huge.ts";

const disk = createDisk();
let files: Files | undefined;
let running: { stop: boolean; ended: Promise<void> } | undefined;

function need(): Files {
  if (files === undefined) throw new Error("bench.openFiles comes first");
  return files;
}

const root = () => navigator.storage.getDirectory();

/** One file of the device to OPFS. */
async function save(path: string, name: string): Promise<DiskEnd> {
  const handle = await (await root()).getFileHandle(name, { create: true });
  const { port1, port2 } = new MessageChannel();
  const job = disk.save(port2, { kind: "handle", handle }, 0, () => undefined);
  await need().download(path, { offset: 0, length: -1, gzip: false }, port1);
  return job.done;
}

export interface Timed {
  ms: number;
  digest: string;
}

export const filesBench = {
  ...hugeBench(disk, need),
  openFiles: async (connection: Connection | undefined): Promise<string> => {
    files = await connection?.files(NO_LIMITS);
    return need().info.backend;
  },
  closeFiles: async (): Promise<void> => {
    await files?.close();
    files = undefined;
  },
  /** A file of the device to a file of OPFS. */
  download: async (path: string, name: string): Promise<Timed> => {
    const start = performance.now();
    const { digest } = await save(path, name);
    return { ms: performance.now() - start, digest };
  },
  /** A file of OPFS to the device. */
  upload: async (name: string, path: string): Promise<Timed> => {
    const file = await (await (await root()).getFileHandle(name)).getFile();
    const { port1, port2 } = new MessageChannel();
    const start = performance.now();
    await need().upload(path, { offset: 0, fresh: false, mode: null, gzip: false }, port1);
    const { digest } = await disk.send(file, port2, 0, () => undefined).done;
    return { ms: performance.now() - start, digest };
  },
  /** A folder of the device to a folder of OPFS or of the disk; ms and how many files arrived. */
  tree: async (
    path: string,
    name: string,
    where: "disk" | "opfs",
  ): Promise<{ ms: number; files: number }> => {
    const handle = await freshFolder(where, name);
    const { port1, port2 } = new MessageChannel();
    const start = performance.now();
    const job = disk.saveTree(
      port2,
      { kind: "folder", handle },
      { rule: "overwrite", seed: 1, earlier: null },
      () => undefined,
    );
    await need().tree([path], null, port1);
    const { files: count } = await job.done;
    return { ms: performance.now() - start, files: count };
  },
  /** A folder's entries, all of them in the page. */
  list: async (path: string): Promise<{ ms: number; entries: number }> => {
    let entries = 0;
    const start = performance.now();
    await need().list(path, (batch) => {
      entries += batch.length;
    });
    return { ms: performance.now() - start, entries };
  },
  /** Downloads a file or folder, or uploads a file of OPFS, again and again until transferEnd. */
  transferBegin: (direction: "download" | "tree" | "upload", path: string, name: string): void => {
    const state = { stop: false, ended: Promise.resolve() };
    running = state;
    const once = {
      download: () => save(path, name),
      tree: () => filesBench.tree(path, name, "opfs"),
      upload: () => filesBench.upload(name, path),
    }[direction];
    state.ended = (async () => {
      while (!state.stop) await once();
    })();
  },
  transferEnd: async (): Promise<void> => {
    if (running === undefined) return;
    running.stop = true;
    await running.ended;
  },
  /** Removes all that earlier calls left in OPFS. */
  sweep: async (): Promise<void> => {
    const folder = await root();
    for await (const name of folder.keys()) await folder.removeEntry(name, { recursive: true });
  },
};
