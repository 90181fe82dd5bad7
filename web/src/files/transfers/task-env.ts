/** What a go at a transfer tells, as the row shows it. */

import type { FileLimits, Files } from "../../bridge/files.ts";
import type { Disk } from "../disk/types.ts";
import type { Gate, Locks } from "./locks.ts";
import type { Task } from "./task.ts";
import type { Env } from "./work.ts";

/** What the queue gives to a go, and hears of it. */
export interface TaskHooks {
  readonly files: Files;
  readonly disk: Disk;
  readonly limits: FileLimits;
  readonly signal: AbortSignal;
  readonly locks: Locks;
  readonly small: Gate;
  lineRate(): number | null;
  /** A figure of the row changed. */
  changed(): void;
  /** Bytes moved, after the row had them. */
  moved(): void;
  /** A question waits for the person. */
  asks(): void;
}

/** One go's view of its row: what a go tells after its end is nothing. */
export function taskEnv(task: Task, hooks: TaskHooks): Env {
  const { files, disk, limits, signal, locks, small } = hooks;
  const isOld = (): boolean => signal.aborted;
  return {
    ...{ files, disk, limits, signal, locks, small },
    lineRate: () => hooks.lineRate(),
    progress: (bytes, kept = false) => {
      if (isOld()) return;
      if (kept) task.meter.restart(bytes, performance.now());
      else if (bytes > task.bytes) task.tries = 0;
      task.bytes = bytes;
      if (!kept) task.meter.add(bytes, performance.now());
      task.touch();
      hooks.moved();
      hooks.changed();
    },
    total: (bytes) => {
      task.total = bytes;
      task.touch();
    },
    packed: () => {
      task.packed = true;
    },
    filesDone: (done, total) => {
      task.files = done;
      task.filesTotal = total;
      task.touch();
      hooks.changed();
    },
    note: (sentence) => {
      if (isOld()) return;
      task.note = sentence;
      task.touch();
      hooks.changed();
    },
    fault: (fault) => {
      task.fault(fault);
      task.touch();
      hooks.changed();
    },
    rule: () => task.batch.rule,
    ask: async (name, existing, offered) => {
      if (task.batch.rule !== null) return task.batch.rule;
      signal.throwIfAborted();
      const answer = task.ask(name, existing, offered);
      task.touch();
      hooks.asks();
      return await answer;
    },
  };
}
