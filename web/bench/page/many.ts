/** What is measured of many small files and long lists: the queue, and the panel's own list. */

import type { Connection } from "../../src/bridge/client.ts";
import { NO_LIMITS } from "../../src/bridge/files.ts";
import { Listing, USUAL_VIEW } from "../../src/files/panel/listing.ts";
import "../../src/files/panel/grid-element.ts";
import { makeQueue } from "../../src/files/panel/make-queue.ts";
import type { LocalItem, Transfer } from "../../src/files/transfers/types.ts";

/** A folder of the person's disk, once one was dropped on the page. */
let dropped: Promise<FileSystemHandle | null> | undefined;
addEventListener("dragover", (event) => {
  event.preventDefault();
});
addEventListener("drop", (event) => {
  event.preventDefault();
  const item = event.dataTransfer?.items[0] as
    (DataTransferItem & { getAsFileSystemHandle(): Promise<FileSystemHandle | null> }) | undefined;
  dropped = item?.getAsFileSystemHandle();
});

/** A new folder below the dropped one, or below the root of OPFS. */
export async function freshFolder(
  where: "disk" | "opfs",
  name: string,
): Promise<FileSystemDirectoryHandle> {
  const root = where === "opfs" ? await navigator.storage.getDirectory() : await dropped;
  if (!(root instanceof FileSystemDirectoryHandle)) throw new Error("no folder was dropped");
  return root.getDirectoryHandle(name, { create: true });
}

const painted = () =>
  new Promise<void>((resolve) => {
    requestAnimationFrame(() => {
      setTimeout(resolve);
    });
  });

export const manyBench = {
  /** Whether a dropped folder may be written to. */
  mayWrite: async (): Promise<boolean> => {
    const handle = (await dropped) as
      | (FileSystemHandle & { queryPermission(d: { mode: string }): Promise<string> })
      | null
      | undefined;
    return (await handle?.queryPermission({ mode: "readwrite" })) === "granted";
  },
  /** Writes so many files with no device at all; files/s. */
  writeAlone: async (where: "disk" | "opfs", count: number, bytes: number): Promise<number> => {
    const folder = await freshFolder(where, "alone");
    const data = new Uint8Array(bytes);
    let next = 0;
    const writer = async (): Promise<void> => {
      while (next < count) {
        const handle = await folder.getFileHandle(`file-${String(next++)}`, { create: true });
        const writable = await handle.createWritable();
        await writable.write(data);
        await writable.close();
      }
    };
    const start = performance.now();
    await Promise.all(Array.from({ length: 64 }, writer));
    return count / ((performance.now() - start) / 1000);
  },
  /** Files in memory to a folder of the device, as the panel uploads a dropped folder. */
  uploadMany: async (
    connection: Connection | undefined,
    count: number,
    bytes: number,
    into: string,
  ): Promise<{ ms: number; files: number }> => {
    const files = await connection?.files(NO_LIMITS);
    if (files === undefined) throw new Error("bench.connect comes first");
    const items = Array.from({ length: count }, (_, i): LocalItem => {
      const name = `file-${String(i)}`;
      return {
        path: `up/${name}`,
        file: new File([crypto.getRandomValues(new Uint8Array(bytes))], name),
      };
    });
    const scope = { tenant: "t", principal: "p", deviceId: "d", limits: NO_LIMITS };
    const { queue } = makeQueue({
      ...{ ...scope, reporting: null, reference: () => "" },
      hash: () => Promise.resolve(null),
    });
    queue.setFiles(files);
    const start = performance.now();
    queue.upload(items, into);
    const end = await new Promise<Transfer>((resolve) => {
      const look = (): void => {
        const [one] = queue.list;
        if (one?.state === "done" || one?.state === "failed") resolve(one);
      };
      queue.addEventListener("change", look);
      look();
    });
    const ms = performance.now() - start;
    if (end.state !== "done" || end.faults.length > 0) throw new Error(end.note);
    queue.close();
    await files.close();
    return { ms, files: end.files };
  },
  /** A directory in the panel's list: ms until its first rows, and until all, are painted. */
  panel: async (
    connection: Connection | undefined,
    path: string,
  ): Promise<{ first: number; all: number; entries: number }> => {
    const files = await connection?.files(NO_LIMITS);
    if (files === undefined) throw new Error("bench.connect comes first");
    const grid = document.createElement("porthole-file-grid");
    grid.style.cssText = "position:fixed;inset:0;background:#fff;display:block";
    document.body.append(grid);
    const start = performance.now();
    let first = 0;
    const listing = new Listing(() => {
      grid.rows = listing.rows;
      if (first === 0 && listing.rows.length > 0) {
        first = -1;
        void painted().then(() => {
          first = performance.now() - start;
        });
      }
    });
    listing.show(USUAL_VIEW);
    await listing.read(files, path, false);
    await grid.updateComplete;
    await painted();
    const all = performance.now() - start;
    const entries = listing.rows.length;
    if (grid.shadowRoot?.querySelector("[data-at]") === null) throw new Error("no row is drawn");
    grid.remove();
    await files.close();
    return { first: first > 0 ? first : all, all, entries };
  },
};
