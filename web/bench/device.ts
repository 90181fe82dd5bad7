/** The device's web server that forwards are measured with: one page, and what it asks for. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { measures } from "./measures.ts";

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Device</title></head>
<body><script>globalThis.measure = (${measures.toString()})();</script></body></html>`;

const KIB = Buffer.alloc(1024, "k");
const PIECE = Buffer.alloc(256 * 1024, "d");

export interface Device {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startDevice(): Promise<Device> {
  const server = createServer((request, response) => {
    answer(request, response);
  });
  const sockets = new WebSocketServer({ server, path: "/echo", perMessageDeflate: false });
  sockets.on("connection", (socket) => {
    socket.on("message", (data, binary) => {
      socket.send(data, { binary });
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of sockets.clients) socket.terminate();
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://device");
  switch (url.pathname) {
    case "/kib":
      send(response, "application/octet-stream", KIB);
      break;
    case "/download":
      pour(response, Number(url.searchParams.get("bytes")));
      break;
    case "/upload":
      count(request, (bytes) => {
        send(response, "text/plain", Buffer.from(String(bytes)));
      });
      break;
    default:
      send(response, "text/html; charset=utf-8", Buffer.from(PAGE));
  }
}

function send(response: ServerResponse, type: string, body: Buffer): void {
  response.writeHead(200, {
    "Content-Type": type,
    "Content-Length": body.length,
    "Cache-Control": "no-store",
  });
  response.end(body);
}

function pour(response: ServerResponse, bytes: number): void {
  response.writeHead(200, {
    "Content-Type": "application/octet-stream",
    "Content-Length": bytes,
    "Cache-Control": "no-store",
  });
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
      left -= piece.length;
      if (!response.write(piece)) return;
    }
    response.off("drain", more);
    response.end();
  };
  response.on("drain", more);
  more();
}

function count(request: IncomingMessage, done: (bytes: number) => void): void {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => (bytes += chunk.length));
  request.on("end", () => {
    done(bytes);
  });
}
