/**
 * A device's web server with everything that a page may bring, the bad included. It listens
 * on loopback and remembers every request as the device saw it, so that a test can say what
 * reached the device and what did not.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTLSServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { authRoutes } from "./auth.ts";
import { bodyRoutes } from "./bodies.ts";
import { brokenRoutes } from "./broken.ts";
import { cookieRoutes } from "./cookies.ts";
import { pageRoutes } from "./pages.ts";
import { redirectRoutes } from "./redirects.ts";
import { serveSockets, type DeviceSockets } from "./sockets.ts";

/** A request as the device saw it. */
export interface Seen {
  method: string;
  path: string;
  headers: Record<string, string>;
  /** Names and values in the order and spelling they came in. */
  raw: string[];
  /** Bytes and SHA-256 (hex) of the body; the request is listed when its body has ended. */
  bytes: number;
  sha256: string;
  text: string;
  /** The client went before the answer was complete. */
  aborted: boolean;
}

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  seen: Seen;
  device: Device;
}

export type Route = (exchange: Exchange) => void;
/** By path, or by its first part and "*". */
export type Routes = Record<string, Route>;

export interface Device {
  readonly port: number;
  readonly scheme: "http" | "https";
  /** http://127.0.0.1:PORT, as the device knows itself. */
  readonly origin: string;
  readonly seen: Seen[];
  readonly sockets: DeviceSockets;
  /** TCP connections made to it so far, and now. */
  readonly dials: number;
  readonly connections: number;
  /** Requests for that path, any method unless told. */
  at(path: string, method?: string): Seen[];
  /** Adds routes or replaces them. */
  serve(routes: Routes): void;
  close(): Promise<void>;
}

export interface DeviceOptions {
  /** Serves TLS with a certificate of its own making. */
  certificate?: Certificate;
  port?: number;
}

export interface Certificate {
  key: string;
  cert: string;
}

/** A self-signed certificate, as such devices make their own. */
export function selfSigned(name: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), "porthole-cert-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", key, "-out", cert, "-days", "30", "-subj", `/CN=${name}`],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ],
    { stdio: "pipe" },
  );
  const made = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  rmSync(folder, { recursive: true });
  return made;
}

const KEPT_TEXT = 64 * 1024;

function record(request: IncomingMessage, response: ServerResponse, done: (seen: Seen) => void) {
  const hash = createHash("sha256");
  let text = "";
  const seen: Seen = {
    method: request.method ?? "",
    path: request.url ?? "",
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    ),
    raw: request.rawHeaders,
    bytes: 0,
    sha256: "",
    text: "",
    aborted: false,
  };
  request.on("data", (chunk: Buffer) => {
    hash.update(chunk);
    seen.bytes += chunk.length;
    if (text.length < KEPT_TEXT) text += chunk.toString("latin1");
  });
  request.on("end", () => {
    seen.sha256 = hash.digest("hex");
    seen.text = text;
    done(seen);
  });
  response.on("close", () => {
    if (!response.writableFinished) seen.aborted = true;
  });
  return seen;
}

export async function startDevice(options: DeviceOptions = {}): Promise<Device> {
  const requests: Seen[] = [];
  const ends = new Set<Socket>();
  let dials = 0;
  const routes = new Map<string, Route>();
  const add = (more: Routes) => {
    for (const [path, route] of Object.entries(more)) routes.set(path, route);
  };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", device.origin);
    const first = `${url.pathname.split("/").slice(0, 2).join("/")}/*`;
    const route = routes.get(url.pathname) ?? routes.get(first);
    const answer = (seen: Seen) => {
      if (route !== undefined) route({ request, response, url, seen, device });
      else response.writeHead(404, { "content-type": "text/plain" }).end(`no ${url.pathname} here`);
    };
    const seen = record(request, response, (whole) => {
      requests.push(whole);
      if (!early(url)) answer(whole);
    });
    // Some answer before the body is there.
    if (early(url)) answer(seen);
  };
  const limits = { maxHeaderSize: 1024 * 1024 };
  const { certificate } = options;
  const server: Server =
    certificate === undefined
      ? createServer(limits, handle)
      : createTLSServer({ ...limits, ...certificate }, handle);
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
  server.on("connection", (socket: Socket) => {
    dials++;
    ends.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => ends.delete(socket));
  });
  const sockets = serveSockets(server);
  await new Promise<void>((done) => server.listen(options.port ?? 0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const scheme = certificate === undefined ? "http" : "https";
  const device: Device = {
    port,
    scheme,
    origin: `${scheme}://127.0.0.1:${port}`,
    seen: requests,
    sockets,
    get dials() {
      return dials;
    },
    get connections() {
      return ends.size;
    },
    at: (path, method) =>
      requests.filter(
        (seen) =>
          seen.path.split("?")[0] === path && (method === undefined || seen.method === method),
      ),
    serve: add,
    close: () =>
      new Promise((done) => {
        sockets.close();
        server.close(() => {
          done();
        });
        for (const end of ends) end.destroy();
      }),
  };
  for (const some of [
    pageRoutes(),
    bodyRoutes(),
    brokenRoutes(),
    cookieRoutes(),
    redirectRoutes(),
    authRoutes(),
  ])
    add(some);
  return device;
}

function early(url: URL): boolean {
  return url.pathname === "/too-large";
}
