/** Websockets of the device: an echo, numbered floods, subprotocols and each kind of close. */

import type { IncomingMessage, Server } from "node:http";
import { WebSocketServer, type WebSocket } from "ws";

export interface DeviceSockets {
  /** Open now. */
  readonly open: Set<WebSocket>;
  /** Every upgrade request so far. */
  readonly upgrades: IncomingMessage[];
  /** Close codes that clients sent, in order. */
  readonly closes: { code: number; reason: string }[];
  close(): void;
}

const PATHS = ["/echo", "/count", "/close", "/cut", "/silent"];

/** /echo returns what it gets; /count?n= sends n numbered messages; /close?code= closes; /deny refuses. */
export function serveSockets(server: Server): DeviceSockets {
  const open = new Set<WebSocket>();
  const upgrades: IncomingMessage[] = [];
  const closes: { code: number; reason: string }[] = [];
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 128 * 1024 * 1024,
    handleProtocols: (offered) => (offered.has("second") ? "second" : false),
  });
  server.on("upgrade", (request: IncomingMessage, socket, head) => {
    upgrades.push(request);
    const url = new URL(request.url ?? "/", "http://device");
    if (!PATHS.includes(url.pathname)) {
      socket.end(
        url.pathname === "/deny"
          ? "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
          : "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage",
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (peer) => {
      open.add(peer);
      peer.on("error", () => undefined);
      peer.on("close", (code, reason) => {
        open.delete(peer);
        closes.push({ code, reason: reason.toString() });
      });
      behave(peer, url);
    });
  });
  return {
    open,
    upgrades,
    closes,
    close: () => {
      for (const peer of open) peer.terminate();
    },
  };
}

function behave(peer: WebSocket, url: URL): void {
  switch (url.pathname) {
    case "/count":
      for (let i = 0; i < Number(url.searchParams.get("n")); i++) peer.send(String(i));
      return;
    case "/close":
      peer.close(Number(url.searchParams.get("code")), url.searchParams.get("reason") ?? "");
      return;
    case "/cut":
      peer.terminate();
      return;
    case "/silent":
      return;
    default:
      peer.on("message", (data, binary) => {
        peer.send(data, { binary });
      });
  }
}
