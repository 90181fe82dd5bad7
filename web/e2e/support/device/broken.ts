/** Answers that no correct server gives, written straight to the connection. */

import type { Exchange, Route, Routes } from "./server.ts";

function raw(bytes: string | Buffer, after: "end" | "keep" | "cut" = "end"): Route {
  return ({ request: { socket } }: Exchange) => {
    socket.write(bytes, () => {
      if (after === "end") socket.end();
      if (after === "cut") socket.destroy();
    });
  };
}

const OK = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";

export function brokenRoutes(): Routes {
  return {
    /** Accepts, reads, and never answers. */
    "/silent": () => undefined,
    "/silent-after-head": raw(`${OK}Content-Length: 100\r\n\r\nbegun`, "keep"),
    "/hang-up": ({ request: { socket } }) => {
      socket.destroy();
    },
    "/mid-body": raw(`${OK}Content-Length: 1000\r\n\r\nonly this`, "cut"),
    "/mid-chunk": raw(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nff\r\nhalf`, "cut"),
    "/bad-chunk": raw(`${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n`),
    "/garbage": raw(Buffer.from([0, 255, 7, 254, 10, 13, 10, 200, 10, 10])),
    "/http09": raw("<html><body>no status line at all</body></html>"),
    "/http10": raw(
      "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the connection closes",
    ),
    "/big-head": raw(`${OK}X-Big: ${"x".repeat(1024 * 1024 + 65_536)}\r\n\r\nbody`),
    "/large-head": raw(`${OK}X-Large: ${"x".repeat(200_000)}\r\n\r\nlarge head`),
    "/latin1": raw(
      Buffer.from(
        `HTTP/1.1 200 Gr\u00fc\u00dfe\r\nContent-Type: text/plain\r\nX-Name: caf\u00e9\r\n\r\nlatin`,
        "latin1",
      ),
    ),
    "/two-lengths": raw(`${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`),
    "/same-lengths": raw(`${OK}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`),
    "/switching": raw(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n",
    ),
    "/continue": raw(`HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 10\r\n\r\nthe answer`),
    "/unasked-body": raw("HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody"),
  };
}
