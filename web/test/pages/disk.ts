/** The disk in a real browser, with a device that is none. */

import type { FromDevice, ReaderWord, ToDevice, WriterWord } from "../../src/bridge/files.ts";
import { DOWNLOAD_WINDOW_BYTES } from "../../src/bridge/files.ts";
import { createDisk } from "../../src/files/disk/disk.ts";
import type { Disk, DiskEnd, DiskJob } from "../../src/files/disk/types.ts";

/** What a test may do. */
export interface DiskPage {
  disk: Disk;
  jobs: Map<string, DiskJob>;
  /** Starts a browser's download of that text. */
  download(name: string, text: string, size?: number | null): void;
  /** Starts a browser's download of so many bytes, of which `held` wait for release(). */
  downloadBytes(name: string, bytes: number, held?: number, size?: number | null): void;
  /** Saves so many bytes into OPFS, as into a file that was chosen; see ended(). */
  beginOPFS(name: string, bytes: number, at?: number): void;
  /** The sentence that a job failed with. */
  sentence(name: string): Promise<string>;
  release(): void;
  /** How a job ended: its bytes and hash, or its code. */
  ended(name: string): Promise<DiskEnd | string>;
  /** Saves so many bytes into OPFS; gives rate and end. */
  saveOPFS(name: string, bytes: number, at?: number): Promise<DiskEnd & { ms: number }>;
  sizeOPFS(name: string): Promise<number>;
  /** Saves a tree of so many files of 1 KiB into a folder of OPFS. */
  saveTree(count: number): Promise<{ files: number; ms: number; found: number }>;
  /** Sends a file of OPFS to nobody. */
  sendOPFS(name: string): Promise<DiskEnd & { ms: number }>;
}

const pieceBytes = 256 * 1024;
let release: (() => void) | undefined;

/** A device that gives bytes within the window; held of them only after release(). */
function source(bytes: number, held: number): MessagePort {
  const { port1, port2 } = new MessageChannel();
  let left = bytes;
  let room = DOWNLOAD_WINDOW_BYTES;
  let least = held;
  const give = (): void => {
    while (room > 0 && left > least) {
      const size = Math.min(pieceBytes, left - least);
      const data = new ArrayBuffer(size);
      new Uint8Array(data).fill(left & 255);
      left -= size;
      room -= size;
      port1.postMessage({ type: "data", data } satisfies FromDevice, [data]);
    }
    if (left === 0) {
      left = -1;
      port1.postMessage({ type: "end" } satisfies FromDevice);
    }
  };
  port1.onmessage = (event: MessageEvent<ReaderWord>): void => {
    if (event.data.type === "credit") room += event.data.bytes;
    else left = -1;
    give();
  };
  release = () => {
    least = 0;
    give();
  };
  give();
  return port2;
}

function textSource(text: string): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const data = new TextEncoder().encode(text).buffer;
  port1.postMessage({ type: "data", data } satisfies FromDevice);
  port1.postMessage({ type: "end" } satisfies FromDevice);
  return port2;
}

function treeSource(count: number): MessagePort {
  const { port1, port2 } = new MessageChannel();
  let room = DOWNLOAD_WINDOW_BYTES;
  let at = 0;
  const facts = { modifiedMs: 0, mode: 0o644, uid: 0, gid: 0, owner: "", group: "", target: "" };
  const give = (): void => {
    for (; room > 0 && at < count; at++) {
      const name = `file-${String(at)}`;
      const entry = { ...facts, name, type: "file", size: 1024, targetType: "unknown" } as const;
      const data = new ArrayBuffer(1024);
      port1.postMessage({
        type: "entry",
        path: `tree/${name}`,
        entry,
        done: false,
      } satisfies FromDevice);
      port1.postMessage({ type: "data", data } satisfies FromDevice, [data]);
      room -= 2048;
    }
    if (at === count) {
      at += 1;
      port1.postMessage({ type: "end" } satisfies FromDevice);
    }
  };
  port1.onmessage = (event: MessageEvent<ReaderWord>): void => {
    if (event.data.type === "credit") room += event.data.bytes;
    give();
  };
  give();
  return port2;
}

/** A device that takes all. */
function nobody(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = (event: MessageEvent<ToDevice>): void => {
    const { data: word } = event;
    if (word.type === "data") {
      port1.postMessage({ type: "credit", bytes: word.data.byteLength } satisfies WriterWord);
    } else if (word.type === "end") {
      port1.postMessage({ type: "done" } satisfies WriterWord);
    }
  };
  return port2;
}

const disk = createDisk();
const jobs = new Map<string, DiskJob>();
const silent = (): void => undefined;

async function timed(job: DiskJob): Promise<DiskEnd & { ms: number }> {
  const began = performance.now();
  return { ...(await job.done), ms: performance.now() - began };
}

const page: DiskPage = {
  disk,
  jobs,
  download: (name, text, size = null) => {
    jobs.set(name, disk.save(textSource(text), { kind: "browser", name, size }, 0, silent));
  },
  downloadBytes: (name, bytes, held = 0, size = null) => {
    const target = { kind: "browser", name, size } as const;
    jobs.set(name, disk.save(source(bytes, held), target, 0, silent));
  },
  release: () => release?.(),
  ended: (name) => {
    const job = jobs.get(name);
    if (job === undefined) throw new Error(`no job ${name}`);
    return job.done.catch((error: unknown) => (error as { code: string }).code);
  },
  beginOPFS: (name, bytes, at = 0) => {
    const begun = navigator.storage
      .getDirectory()
      .then((root) => root.getFileHandle(name, { create: true }))
      .then((handle) => disk.save(source(bytes, 0), { kind: "handle", handle }, at, silent).done);
    jobs.set(name, { done: begun, cancel: silent });
    begun.catch(silent); // ended() tells
  },
  sentence: async (name) => {
    const failure: unknown = await jobs.get(name)?.done.catch((error: unknown) => error);
    return failure instanceof Error ? failure.message : "";
  },
  saveOPFS: async (name, bytes, at = 0) => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle(name, { create: true });
    return timed(disk.save(source(bytes, 0), { kind: "handle", handle }, at, silent));
  },
  sizeOPFS: async (name) => {
    const root = await navigator.storage.getDirectory();
    return (await (await root.getFileHandle(name)).getFile()).size;
  },
  saveTree: async (count) => {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getDirectoryHandle("chosen", { create: true });
    const began = performance.now();
    const target = { kind: "folder", handle } as const;
    const { files } = await disk.saveTree(
      treeSource(count),
      target,
      { rule: "overwrite", seed: 1, earlier: null },
      silent,
    ).done;
    const ms = performance.now() - began;
    let found = 0;
    const tree = await handle.getDirectoryHandle("tree");
    for await (const name of tree.keys()) found += Number(name.startsWith("file-"));
    return { files, ms, found };
  },
  sendOPFS: async (name) => {
    const root = await navigator.storage.getDirectory();
    const file = await (await root.getFileHandle(name)).getFile();
    return timed(disk.send(file, nobody(), 0, silent));
  },
};
(globalThis as { diskPage?: DiskPage }).diskPage = page;
