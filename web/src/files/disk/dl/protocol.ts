/**
 * What page, disk worker and the service worker of /dl/ say to each other. A stream is
 * named by a random id, is answered once, and is pulled: the browser reads as fast as it writes.
 */

/** Page → service worker. */
export type ToServiceWorker =
  | {
      type: "stream";
      id: string;
      name: string;
      size: number | null;
      /** The disk worker's end. */
      port: MessagePort;
      /** Gets one message when the id may be asked for. */
      known: MessagePort;
    }
  /** A message within 30 s keeps a service worker alive. */
  | { type: "awake" };

/** Service worker → disk worker, on the stream's port. */
export type FromServiceWorker =
  /** The browser asked for it. */
  | { type: "started" }
  /** The browser has read all there was and wants more. */
  | { type: "pull" }
  /** The person cancelled it in the browser's downloads. */
  | { type: "cancelled" }
  | { type: "pong" };

/** Disk worker → service worker, on the stream's port. */
export type ToStream =
  | { type: "data"; data: ArrayBuffer[] }
  | { type: "end" }
  /** What was read is not the file: the browser must not keep it. */
  | { type: "failed" }
  | { type: "ping" };
