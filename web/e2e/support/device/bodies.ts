/** Bodies: echoes, streams, ranges, downloads, compressed ones, and statuses that have none. */

import { createHash } from "node:crypto";
import { constants, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { html } from "./pages.ts";
import type { Exchange, Routes } from "./server.ts";

const KIB = "0123456789abcdef".repeat(64);

/** Bytes that repeat with no short period, so that a lost or doubled piece changes the hash. */
export function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0, word = 1; i + 4 <= size; i += 4) {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    bytes.writeUInt32LE(word, i);
  }
  return bytes;
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The request as the device saw it, as JSON. */
function echo({ response, seen }: Exchange): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(seen));
}

function download({ request, response, url }: Exchange): void {
  const size = Number(url.searchParams.get("size") ?? 1_000_000);
  const body = pattern(size);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const headers = {
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
    ...(url.searchParams.has("name")
      ? { "content-disposition": `attachment; filename="${url.searchParams.get("name") ?? ""}"` }
      : {}),
  };
  if (range === null) {
    response.writeHead(200, { ...headers, "content-length": size }).end(body);
    return;
  }
  const first = Number(range[1]);
  const last = range[2] === "" ? size - 1 : Number(range[2]);
  response
    .writeHead(206, {
      ...headers,
      "content-range": `bytes ${first}-${last}/${size}`,
      "content-length": last - first + 1,
    })
    .end(body.subarray(first, last + 1));
}

/** Server-sent events, one each ?every ms, numbered. */
function events({ response, url, request }: Exchange): void {
  const every = Number(url.searchParams.get("every") ?? 100);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  let count = Number(request.headers["last-event-id"] ?? 0);
  const send = () => {
    count++;
    response.write(`id: ${count}\ndata: ${count}\n\n`);
  };
  send();
  const timer = setInterval(send, every);
  response.on("close", () => {
    clearInterval(timer);
  });
}

/** Lines, one each ?every ms, ?count of them. */
function slow({ response, url }: Exchange): void {
  const every = Number(url.searchParams.get("every") ?? 100);
  let left = Number(url.searchParams.get("count") ?? 10);
  response.writeHead(200, { "content-type": "text/plain" });
  const timer = setInterval(() => {
    response.write(`line ${left}\n`);
    if (--left > 0) return;
    clearInterval(timer);
    response.end("the end\n");
  }, every);
  response.on("close", () => {
    clearInterval(timer);
  });
}

/** Endless bytes, as fast as they are taken; the test sees how many left. */
function endless({ response, seen }: Exchange): void {
  const piece = Buffer.alloc(256 * 1024, 120);
  response.writeHead(200, { "content-type": "application/octet-stream" });
  const more = () => {
    let room = true;
    while (room && !response.destroyed) {
      room = response.write(piece);
      seen.bytes += piece.length;
    }
  };
  response.on("drain", more);
  more();
}

/**
 * 1 GiB of zeros in 1 MiB of gzip (RFC 1952): a block of deflate that ends at a full flush
 * may be repeated. The sums at the end are missing, nobody gets there.
 */
let bomb: Buffer | undefined;
function gzipBomb({ response }: Exchange): void {
  if (bomb === undefined) {
    const zeros = Buffer.alloc(64 * 1024 * 1024);
    const block = deflateRawSync(zeros, { level: 9, finishFlush: constants.Z_FULL_FLUSH });
    const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
    bomb = Buffer.concat([head, ...Array.from({ length: 16 }, () => block)]);
  }
  response.writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" }).end(bomb);
}

export function bodyRoutes(): Routes {
  return {
    "/echo": echo,
    "/echo/*": echo,
    "/upload": ({ response, seen }) =>
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ bytes: seen.bytes, sha256: seen.sha256, headers: seen.headers })),
    "/download": download,
    "/events": events,
    "/slow": slow,
    "/endless": endless,
    "/1k": ({ response }) =>
      response.writeHead(200, { "content-type": "text/plain", "content-length": 1024 }).end(KIB),
    "/gzip": ({ response }) =>
      response
        .writeHead(200, { "content-type": "text/html", "content-encoding": "gzip" })
        .end(gzipSync(html("<h1>unpacked</h1><script>window.ran = 1;</script>"))),
    "/deflate": ({ response }) =>
      response
        .writeHead(200, { "content-type": "text/plain", "content-encoding": "deflate" })
        .end(deflateSync("inflated")),
    "/bomb": gzipBomb,
    /** Some servers send more than the packed body; browsers overlook it. */
    "/gzip-and-more": ({ response }) =>
      response
        .writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" })
        .end(Buffer.concat([gzipSync("packed"), Buffer.from("trailing")])),
    "/status/*": ({ response, url }) => {
      const status = Number(url.pathname.split("/")[2]);
      const headers = status === 304 ? { etag: '"1"' } : {};
      response.writeHead(status, headers).end();
    },
    "/too-large": ({ response }) => {
      response.writeHead(413, { "content-type": "text/plain", connection: "close" });
      response.end("too large");
    },
  };
}
