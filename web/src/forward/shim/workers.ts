/** Workers of the page get the shim too: the service worker puts it before scripts, this file before blobs. */

import { preludeText } from "../prelude.ts";
import { broker } from "./broker.ts";
import type { Opener } from "./broker.ts";

/** What is needed to make workers of workers. */
export interface WorkerWorld {
  /** Origin of the forward. */
  origin: string;
  /** Against which addresses of scripts are read. */
  base: () => string;
  /** Text of the shim for workers, as {@link preludeText} takes it. */
  shim: string;
  open: Opener;
}

type MakesURLs = Pick<typeof URL, "createObjectURL" | "revokeObjectURL">;

/** Remembers blobs by their URLs as long as the URLs live: a blob's script is not fetched by anybody. */
export function rememberBlobs(urls: MakesURLs): Map<string, Blob> {
  const blobs = new Map<string, Blob>();
  const { createObjectURL, revokeObjectURL } = urls;
  urls.createObjectURL = (object) => {
    const url = createObjectURL.call(urls, object);
    if (object instanceof Blob) blobs.set(url, object);
    return url;
  };
  urls.revokeObjectURL = (url) => {
    blobs.delete(url);
    revokeObjectURL.call(urls, url);
  };
  return blobs;
}

/** Worker, whose instances have the shim. */
export function wrapWorker(
  native: typeof Worker,
  world: WorkerWorld,
  blobs: ReadonlyMap<string, Blob>,
): typeof Worker {
  return new Proxy(native, {
    construct(target, [url, ...rest]: [unknown, ...unknown[]], newTarget) {
      const script = prepare(url, world, blobs);
      const worker = Reflect.construct(target, [script.url, ...rest], newTarget) as Worker;
      if (script.shimmed) {
        broker(world.open, (message, ports) => {
          worker.postMessage(message, ports);
        });
      }
      return worker;
    },
  });
}

/** A worker's script. */
export interface Prepared {
  url: unknown;
  /** Whether the script will begin with the shim. */
  shimmed: boolean;
}

/** The address of the script to start instead. */
export function prepare(
  url: unknown,
  world: WorkerWorld,
  blobs: ReadonlyMap<string, Blob>,
): Prepared {
  // Under Trusted Types a script's address is an object that must stay what it is.
  if (typeof url !== "string" && !(url instanceof URL)) return { url, shimmed: false };
  let parsed: URL;
  try {
    parsed = new URL(url, world.base());
  } catch {
    return { url, shimmed: false };
  }
  const blob = blobs.get(parsed.href);
  if (blob !== undefined) {
    const text = preludeText("", world.shim);
    return { url: URL.createObjectURL(new Blob([text, blob], { type: blob.type })), shimmed: true };
  }
  const served = parsed.protocol !== "blob:" && parsed.origin === world.origin;
  return { url, shimmed: served };
}
