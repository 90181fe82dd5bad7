/** The service worker of /dl/: hands streams of the page to the browser's downloads. */

import { nothing } from "./answer.ts";
import type { ToServiceWorker } from "./protocol.ts";
import { Streams } from "./streams.ts";

const scope = globalThis as unknown as ServiceWorkerGlobalScope;
const streams = new Streams();

scope.addEventListener("install", () => {
  void scope.skipWaiting();
});

scope.addEventListener("message", (event) => {
  const word = event.data as ToServiceWorker; // pages of our own origin alone can send
  if (word.type === "stream") {
    streams.add(word);
  }
  // Any other message only wakes.
});

scope.addEventListener("fetch", (event) => {
  const { url, method } = event.request;
  const { scope: within } = scope.registration;
  if (!url.startsWith(within)) {
    return; // cannot be, and is then none of ours
  }
  const id = url.slice(within.length);
  event.respondWith(method === "GET" ? streams.answer(id) : nothing());
});
