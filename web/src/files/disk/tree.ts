/** A tree from a port to the person's disk: into a folder, or as one zip file. */

import { markOf } from "../../bridge/done-files.ts";
import type { FileEntry } from "../../bridge/files.ts";
import { byteCount } from "../../style/format.ts";
import { CODE_CHANGED } from "./codes.ts";
import type { TreeEnd } from "./messages.ts";
import { Reader } from "./reader.ts";
import { progressMs } from "./save.ts";
import type { Sink } from "./sink.ts";
import { writeFolder } from "./tree-folder.ts";
import { writeZip } from "./tree-zip.ts";
import type {
  FileFacts,
  TreeArrived,
  TreeConflict,
  TreeFault,
  TreeGo,
  TreePartial,
  TreeProgress,
} from "./types.ts";

/** Faults that are told one by one; what a hostile tree brings beyond them is counted. */
const maxFaults = 10_000;

/** Where a tree goes, ready to be opened. */
export type TreePlace =
  | { kind: "folder"; handle: FileSystemDirectoryHandle }
  | { kind: "zip"; open: () => Promise<Sink> };

/** What a tree needs. */
export interface TreePlan {
  port: MessagePort;
  place: TreePlace;
  go: TreeGo;
  /** Whether "a" and "A" are one file here. */
  caseless: boolean;
  signal: AbortSignal;
  progress: (progress: TreeProgress) => void;
}

export async function saveTree(plan: TreePlan): Promise<TreeEnd> {
  const { port, place, go, signal } = plan;
  const reader = new Reader(port, signal, place.kind === "folder");
  const tally = new Tally(plan.progress, go.seed);
  try {
    if (place.kind === "folder") {
      const { caseless: foldCase } = plan;
      await writeFolder(reader, place.handle, go, tally, { foldCase, signal });
    } else {
      await writeZip(reader, await place.open(), tally, go.keep ?? {});
    }
    return tally.end();
  } catch (error) {
    tally.last(); // before the failure is told
    throw signal.aborted ? signal.reason : error;
  } finally {
    reader.close();
  }
}

/** Counts what a tree became. */
export class Tally {
  readonly #progress: (progress: TreeProgress) => void;
  readonly #faults: TreeFault[] = [];
  readonly #seed: number;
  #unlisted = 0;
  #told = 0;
  #marks: number[] = [];
  #names: [path: string, name: string][] = [];
  #conflicts: TreeConflict[] = [];
  #arrived: TreeArrived[] = [];
  files = 0;
  bytes = 0;
  skipped = 0;
  partial: TreePartial | null = null;

  constructor(progress: (progress: TreeProgress) => void, seed: number) {
    this.#progress = progress;
    this.#seed = seed;
  }

  /** A file needs no other go: it is whole, or stays as it was. */
  done(path: string, { size, modifiedMs }: FileEntry): void {
    this.#marks.push(markOf(this.#seed, path, size, modifiedMs));
  }

  /** What has that name here is the tree's. */
  named(path: string, name: string): void {
    this.#names.push([path, name]);
  }

  /** It is whole, and is to be compared. */
  arrived(file: TreeArrived): void {
    this.#arrived.push(file);
  }

  /** What has its name here is the person's, or is gone by now (null). */
  taken(
    path: string,
    local: readonly string[],
    existing: FileFacts | null,
    entry: FileEntry,
  ): void {
    const { size, modifiedMs } = entry;
    this.#conflicts.push({ path, local, existing, offered: { size, modifiedMs } });
  }

  fault(path: string, code: string, message: string): void {
    if (this.#faults.length < maxFaults) {
      this.#faults.push({ path, code, message });
    } else {
      this.#unlisted += 1;
    }
  }

  /** Fewer bytes of a file came than it had. */
  shorter(path: string, { name, size }: FileEntry, bytes: number): void {
    this.fault(
      path,
      CODE_CHANGED,
      `“${name}” became shorter while it was read: ${byteCount(size)} before, ${byteCount(bytes)} are here.`,
    );
  }

  /** Says what is on its way, a few times a second. */
  tell(current: string): void {
    const now = performance.now();
    if (now - this.#told > progressMs) {
      this.#told = now;
      this.last(current);
    }
  }

  /** Says at once how far it is. */
  last(current = ""): void {
    const { files, bytes, partial } = this;
    const marks = Float64Array.from(this.#marks.splice(0));
    const [names, conflicts] = [this.#names.splice(0), this.#conflicts.splice(0)];
    const arrived = this.#arrived.splice(0);
    this.#progress({ files, bytes, current, marks, names, partial, conflicts, arrived });
  }

  end(): TreeEnd {
    const { files, bytes, skipped } = this;
    this.last();
    if (this.#unlisted > 0) {
      const count = String(this.#unlisted);
      this.#faults.push({
        ...{ path: "", code: "too_many" },
        message: `${count} more could not be read or written.`,
      });
    }
    return { files, bytes, skipped, faults: this.#faults };
  }
}

/** Why an entry that is neither file nor folder is left out. */
export function leftOut(entry: FileEntry): string {
  const name = `“${entry.name}”`;
  if (entry.type === "link") {
    return entry.target === ""
      ? `${name} is a link. It was left out.`
      : `${name} is a link to “${entry.target}”. It was left out.`;
  }
  return entry.type === "unknown"
    ? `${name} is of a kind that the device does not tell. It was left out.`
    : `${name} is no file (FIFO, socket or device). It was left out.`;
}
