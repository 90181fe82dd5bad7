/**
 * The service worker of a forward's origin. It holds a port that reaches one host:port of
 * one device, and no secret; whatever it knows it may forget at any time, because the
 * browser stops it when it is idle and a bridge frame hands in a new port.
 */

import { FORWARD_PATH, FORWARD_PROTOCOL, SHIM_PATH } from "../protocol.ts";
import type { AskCookies, BridgePort, FromPage, PageGone, PageStatus } from "../protocol.ts";
import { httpOrigin, isLoopback } from "../targets.ts";
import { site } from "../site.ts";
import { shimScript } from "./answer.ts";
import { BrowserJar } from "./browser-jar.ts";
import { Credentials } from "./credentials.ts";
import { Ports, isBridge } from "./ports.ts";
import { Server } from "./serve.ts";

const scope = self as unknown as ServiceWorkerGlobalScope;
const ports = new Ports(scope);
const jar = new BrowserJar(scope, scope.location.origin, site().mirror);
const credentials = new Credentials(ports);
const server = new Server(scope, ports, jar);

scope.addEventListener("install", (event) => {
  event.waitUntil(scope.skipWaiting());
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(scope.clients.claim());
});

// Nothing waits for a body's end (waitUntil): Chromium would break it off after 300 s. The
// open body keeps the service worker alive by itself.
scope.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin === scope.location.origin) {
    if (url.pathname === SHIM_PATH) {
      event.respondWith(shimScript());
    } else if (!url.pathname.startsWith(FORWARD_PATH)) {
      event.respondWith(server.answer(event.request));
    }
    return;
  }
  const targets = ports.current?.targets;
  if (targets === undefined ? isLoopback(url) : targets.includes(httpOrigin(url))) {
    event.respondWith(ownAddress(event.request, url));
  }
});

/** The page names the device by the device's own address, which the network would look for elsewhere. */
async function ownAddress(request: Request, url: URL): Promise<Response> {
  const tunnel = await ports.get();
  return tunnel?.targets.includes(httpOrigin(url)) === true
    ? server.answer(request)
    : fetch(request);
}

scope.addEventListener("message", (event) => {
  const message = event.data as FromPage | BridgePort | PageGone | AskCookies;
  switch (message.type) {
    case "port":
      ports.accept(event.data, event.source, event.ports);
      break;
    case "page-gone":
      ports.pageGone(event.data, event.source);
      break;
    case "ask-cookies":
      if (isBridge(event.source))
        void jar.held().then((held) => {
          message.port.postMessage(held);
        });
      break;
    case "status":
      void ports.get().then((tunnel) => {
        const status: PageStatus = { protocol: FORWARD_PROTOCOL, tunnel: tunnel !== null };
        message.port.postMessage(status);
      });
      break;
    case "socket":
      void openSocket(message);
      break;
    case "cookie":
      void assignCookie(message);
      break;
    case "await-credential":
      if (event.source instanceof Client) void credentials.wait(event.source.id, message.port);
      break;
  }
});

async function assignCookie({ text, path }: Extract<FromPage, { type: "cookie" }>): Promise<void> {
  const [tunnel, counts] = await Promise.all([ports.get(), jar.counts()]);
  if (!counts) tunnel?.cookie(text, path);
}

async function openSocket({
  path,
  protocols,
  page,
  port,
}: Extract<FromPage, { type: "socket" }>): Promise<void> {
  const [tunnel, cookies] = await Promise.all([
    ports.get(),
    jar.header(scope.location.origin + path),
  ]);
  if (tunnel === null) {
    port.postMessage({ type: "close", code: 1006, reason: "", clean: false });
    return;
  }
  tunnel.socket({ path, protocols, cookies, page, port });
  void ports.watchPage(page);
}
