/** Answers of the service worker of /dl/. Device bytes never become a document of the app's origin. */

import { attachment } from "./disposition.ts";

/** A file to be saved: whatever it holds, no browser shows or runs it. */
const closed: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "sandbox; default-src 'none'",
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Frame-Options": "SAMEORIGIN",
  "Cache-Control": "no-store",
};

/** The stream as a download. size: bytes, null when unknown. */
export function download(
  body: ReadableStream<Uint8Array>,
  name: string,
  size: number | null,
): Response {
  const headers = new Headers(closed);
  headers.set("Content-Type", "application/octet-stream");
  headers.set("Content-Disposition", attachment(name));
  if (size !== null && Number.isSafeInteger(size) && size > 0) {
    headers.set("Content-Length", String(size));
  }
  return new Response(body, { headers });
}

/** A request that no stream waits for. */
export function nothing(): Response {
  const headers = new Headers(closed);
  headers.set("Content-Type", "text/plain; charset=utf-8");
  return new Response("There is no download at this address. Start it again in Porthole.\n", {
    status: 404,
    headers,
  });
}
