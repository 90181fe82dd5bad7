/** SharedWorker for pages of a forward. */

import { broker } from "./broker.ts";
import { prepare } from "./workers.ts";
import type { WorkerWorld } from "./workers.ts";

/** SharedWorker, whose instances have the shim; blobs are left alone, as another blob would be another worker. */
export function wrapSharedWorker(
  native: typeof SharedWorker,
  world: WorkerWorld,
): typeof SharedWorker {
  return new Proxy(native, {
    construct(target, [url, ...rest]: [unknown, ...unknown[]], newTarget) {
      const worker = Reflect.construct(target, [url, ...rest], newTarget) as SharedWorker;
      if (prepare(url, world, new Map()).shimmed) {
        broker(world.open, (message, ports) => {
          worker.port.postMessage(message, ports);
        });
      }
      return worker;
    },
  });
}
