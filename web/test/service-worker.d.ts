/** What tests of the service worker's parts need of its types: their lib has no room beside DOM's. */

interface ServiceWorkerGlobalScope {
  readonly navigator: { readonly locks: LockManager };
  readonly clients: { matchAll(options: object): Promise<WindowClient[]> };
}

declare class WindowClient {
  readonly frameType: string;
  readonly url: string;
  postMessage(message: unknown): void;
}
