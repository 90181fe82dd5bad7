/** Joins a stream of the device with a job of the disk. */

import { toFailure } from "../../bridge/failure.ts";
import type { DiskJob } from "../disk/types.ts";
import { DISCARD } from "./endings.ts";

/**
 * Runs both ends of a channel. Resolves when both are through; when one fails the other is
 * ended, and the first failure counts. What the disk has is flushed by then.
 */
export async function joined<End>(
  signal: AbortSignal,
  device: (port: MessagePort) => Promise<unknown>,
  disk: (port: MessagePort) => DiskJob<End>,
): Promise<End> {
  signal.throwIfAborted();
  const { port1, port2 } = new MessageChannel();
  const job = disk(port2);
  const stop = (): void => {
    job.cancel(signal.reason !== DISCARD);
  };
  signal.addEventListener("abort", stop, { once: true });
  const failures: unknown[] = [];
  const opened = device(port1).catch((thrown: unknown) => {
    failures.push(thrown);
    job.cancel();
  });
  try {
    const ended = job.done.catch((thrown: unknown) => {
      failures.push(thrown);
      return null;
    });
    const end = await ended;
    if (failures.length === 0) await opened;
    if (end === null || failures.length > 0) throw toFailure(failures[0]);
    return end;
  } finally {
    signal.removeEventListener("abort", stop);
    // Where it was not transferred (a failure before), it would keep the channel.
    port1.close();
    port2.close();
  }
}

/** A job of the disk that signal ends. */
export async function jobResult<T>(signal: AbortSignal, start: () => DiskJob<T>): Promise<T> {
  signal.throwIfAborted();
  const job = start();
  const stop = (): void => {
    job.cancel();
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await job.done;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
