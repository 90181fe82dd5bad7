/** A call into the worker that an AbortSignal ends. */

import { cancelled, isAborted, toFailure } from "./failure.ts";
import type { WorkerHandle } from "./loader.ts";
import type { ObjectID } from "./messages.ts";
import { nextID } from "./object-id.ts";

/** Runs a call that WorkerApi.cancel ends; rejects with "cancelled" then, at whatever stage. */
export async function cancellableCall<T>(
  worker: WorkerHandle,
  signal: AbortSignal | undefined,
  run: (call: ObjectID) => Promise<T>,
): Promise<T> {
  if (isAborted(signal)) {
    throw cancelled();
  }
  const call = nextID();
  const cancel = (): void => {
    void worker.api.cancel(call);
  };
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await worker.guard(run(call));
  } catch (error) {
    throw isAborted(signal) ? cancelled() : toFailure(error);
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}
