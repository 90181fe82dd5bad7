/** One file from a download's port into a sink, hashed on its way. */

import { cancelled } from "../../bridge/failure.ts";
import { Hasher, hashBlob } from "./hasher.ts";
import { readFailure } from "./codes.ts";
import { Reader, dataOf } from "./reader.ts";
import type { Sink } from "./sink.ts";
import type { DiskEnd } from "./types.ts";

/** How often progress is told, ms. */
export const progressMs = 200;

/** Why a job was aborted of which nothing is to stay. */
export const DISCARDED = cancelled();

/** What a save needs. */
export interface SavePlan {
  port: MessagePort;
  open: () => Promise<Sink>;
  /** What is there already and is kept; null when nothing is. */
  before: { file: () => Promise<File>; length: number } | null;
  signal: AbortSignal;
  progress: (bytes: number) => void;
}

export async function save(plan: SavePlan): Promise<DiskEnd> {
  const { port, before, signal } = plan;
  const reader = new Reader(port, signal);
  let sink: Sink | undefined;
  try {
    const hasher = new Hasher();
    if (before !== null) {
      const file = await before.file();
      await hashBlob(hasher, file, before.length, signal).catch((error: unknown) => {
        throw signal.aborted ? error : readFailure(error, file.name);
      });
    }
    sink = await plan.open();
    const start = before?.length ?? 0;
    let told = 0;
    for (;;) {
      const item = await reader.next();
      if (item === null) break;
      const data = dataOf(item);
      const { byteLength } = data;
      await hasher.update(data);
      await sink.write(data);
      reader.taken(byteLength);
      const now = performance.now();
      if (now - told > progressMs) {
        told = now;
        plan.progress(sink.bytes);
      }
    }
    await sink.finish();
    plan.progress(sink.bytes);
    return { bytes: sink.bytes - start, digest: await hasher.digest() };
  } catch (error) {
    await sink?.stop(signal.reason !== DISCARDED);
    throw signal.aborted ? signal.reason : error;
  } finally {
    reader.close();
  }
}
