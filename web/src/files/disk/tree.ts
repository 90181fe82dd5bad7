/** A tree from a port to the person's disk: into a folder, or as one zip file. */

import type { FileEntry } from "../../bridge/files.ts";
import type { TreeEnd } from "./messages.ts";
import { Reader } from "./reader.ts";
import { progressMs } from "./save.ts";
import type { Sink } from "./sink.ts";
import { writeFolder } from "./tree-folder.ts";
import { writeZip } from "./tree-zip.ts";
import type { ConflictRule, TreeFault, TreeProgress } from "./types.ts";

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
  rule: ConflictRule;
  /** Whether "a" and "A" are one file here. */
  caseless: boolean;
  signal: AbortSignal;
  progress: (progress: TreeProgress) => void;
}

export async function saveTree(plan: TreePlan): Promise<TreeEnd> {
  const { port, place, signal } = plan;
  const reader = new Reader(port, signal);
  const tally = new Tally(plan.progress);
  try {
    if (place.kind === "folder") {
      await writeFolder(reader, place.handle, plan.rule, tally, plan.caseless);
    } else {
      await writeZip(reader, await place.open(), tally);
    }
    return tally.end();
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    reader.close();
  }
}

/** Counts what a tree became. */
export class Tally {
  readonly #progress: (progress: TreeProgress) => void;
  readonly #faults: TreeFault[] = [];
  #unlisted = 0;
  #told = 0;
  files = 0;
  bytes = 0;
  skipped = 0;

  constructor(progress: (progress: TreeProgress) => void) {
    this.#progress = progress;
  }

  fault(path: string, code: string, message: string): void {
    if (this.#faults.length < maxFaults) {
      this.#faults.push({ path, code, message });
    } else {
      this.#unlisted += 1;
    }
  }

  /** Says what is on its way, a few times a second. */
  tell(current: string): void {
    const now = performance.now();
    if (now - this.#told > progressMs) {
      this.#told = now;
      this.#progress({ files: this.files, bytes: this.bytes, current });
    }
  }

  end(): TreeEnd {
    const { files, bytes, skipped } = this;
    this.#progress({ files, bytes, current: "" });
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
