/** Documents of the device: with each kind of policy, head, worker and script. */

import type { Exchange, Route, Routes } from "./server.ts";

/** The script that every ordinary page has: says that it ran, and offers what tests call. */
const SCRIPT = `
  window.ran = (window.ran || 0) + 1;
  window.talk = (path, message, protocols) => new Promise((resolve) => {
    const socket = new WebSocket(path, protocols);
    socket.onopen = () => socket.send(message);
    socket.onmessage = (event) => { resolve(event.data); socket.close(); };
    socket.onclose = (event) => resolve("closed " + event.code);
  });`;

export function html(body: string, head = ""): string {
  return `<!doctype html><html><head><title>The device</title>${head}</head><body>${body}</body></html>`;
}

function page(body: string, headers: Record<string, string> = {}, head = ""): Route {
  return ({ response }) =>
    response
      .writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers })
      .end(html(body, head));
}

function script(text: string): Route {
  return ({ response }) => response.writeHead(200, { "content-type": "text/javascript" }).end(text);
}

function bytes(type: string, ...pieces: (string | Buffer)[]): Route {
  return ({ response }) => {
    response.writeHead(200, { "content-type": type });
    const next = () => {
      const piece = pieces.shift();
      if (piece === undefined) response.end();
      else response.write(piece, () => setTimeout(next, 30));
    };
    next();
  };
}

const INLINE = `<h1>The device</h1><script>${SCRIPT}</script>`;
const WORKER_TALK = (where: string) => `
  const socket = new WebSocket("/echo");
  socket.onopen = () => socket.send("from the ${where} worker");
  socket.onmessage = (event) => reply(event.data);
  socket.onerror = () => reply("error");`;

/** What the page /many asks for: each a script of its own. */
function many({ response, url }: Exchange): void {
  const count = Number(url.searchParams.get("count") ?? 2000);
  const tags = Array.from(
    { length: count },
    (_, i) => `<script async src="/part/${i}.js"></script>`,
  );
  response
    .writeHead(200, { "content-type": "text/html" })
    .end(html(`<script>window.parts = 0;</script>${tags.join("\n")}`));
}

const POLICIES: Record<string, string> = {
  none: "default-src 'none'",
  nonce: "script-src 'nonce-abc'; object-src 'none'",
  dynamic: "script-src 'nonce-abc' 'strict-dynamic'",
  "no-script": "script-src 'none'; default-src *",
  sealed: "default-src 'none'; connect-src 'none'; script-src 'unsafe-inline'",
  ancestors: "frame-ancestors 'none'; script-src 'self' 'unsafe-inline'",
};

function policy({ response, url }: Exchange): void {
  const name = url.pathname.split("/")[2] ?? "";
  response
    .writeHead(200, {
      "content-type": "text/html",
      "content-security-policy": POLICIES[name] ?? "",
      "x-frame-options": "DENY",
    })
    .end(html(`<script nonce="abc">${SCRIPT}</script><script>window.unasked = true;</script>`));
}

/** Documents that are hard to put a tag into. */
const HEADS: Record<string, Route> = {
  none: bytes("text/html", `<p>no head</p><script>${SCRIPT}</script>`),
  doctype: bytes("text/html", `<!DOCTYPE html>\n<script>${SCRIPT}</script><p>text`),
  split: bytes("text/html", "<!doctype html><html><he", "ad><ti", `tle>x</title></head>`, INLINE),
  comment: bytes("text/html", `<!-- <head> is below --><html><head></head>${INLINE}</html>`),
  long: bytes("text/html", `<!--${"x".repeat(70_000)}-->`, `<html><head></head>${INLINE}</html>`),
  utf16: bytes(
    "text/html; charset=utf-16le",
    Buffer.from(`\ufeff<html><head></head><p>zwei Bytes je Zeichen: ü€</p></html>`, "utf16le"),
  ),
  xhtml: bytes(
    "application/xhtml+xml",
    `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>` +
      `<body><p>strict</p><script><![CDATA[${SCRIPT}]]></script></body></html>`,
  ),
  latin1: bytes(
    "text/html; charset=iso-8859-1",
    Buffer.from(`<html><head></head><p id="t">gr\u00fc\u00dfe</p>${INLINE}</html>`, "latin1"),
  ),
  header: bytes("text/html", `<html><header>not a head</header>${INLINE}</html>`),
  empty: bytes("text/html"),
};

export function pageRoutes(): Routes {
  return {
    "/": page(INLINE),
    "/many": many,
    "/part/*": script("window.parts++;"),
    "/csp/*": policy,
    "/csp-meta": page(
      `<script nonce="abc">${SCRIPT}</script><script>window.unasked = true;</script>`,
      {},
      `<meta http-equiv="content-security-policy" content="script-src 'nonce-abc'">`,
    ),
    "/head/*": (exchange) => {
      (HEADS[exchange.url.pathname.split("/")[2] ?? ""] ?? page("?"))(exchange);
    },
    "/links": ({ response, device }) => {
      const other = device.origin.replace("127.0.0.1", "localhost");
      response.writeHead(200, { "content-type": "text/html" }).end(
        html(
          `<a id="own" href="${device.origin}/linked?by=address">its address</a>
           <a id="name" href="${other}/linked?by=name">its name</a>
           <a id="out" href="http://127.0.0.1:9/elsewhere">another port</a>
           <form id="form" method="post" action="${device.origin}/posted"><button>Go</button></form>
           <button id="open" onclick="window.open('${device.origin}/linked?by=window')">open</button>`,
        ),
      );
    },
    "/linked": page("<h1>linked</h1>"),
    "/form": page(
      `<form method="post" action="/posted" enctype="multipart/form-data">
         <input name="name" value="grüße"><input type="file" name="file"><button>Send</button></form>`,
    ),
    "/posted": ({ response, seen }) =>
      response
        .writeHead(200, { "content-type": "text/html" })
        .end(html(`<h1>posted ${seen.bytes} bytes</h1>`)),
    "/module": page(
      `<script type="importmap">{"imports":{"named":"/module/named.js"}}</script>
       <script type="module">import { value } from "named"; window.imported = value;</script>`,
    ),
    "/module/*": script("export const value = new URL(import.meta.url).pathname;"),
    "/workers": page(`<script>
      const hear = (worker) => new Promise((resolve) => {
        const port = worker.port || worker;
        port.onmessage = (event) => resolve(event.data);
        worker.onerror = (event) => resolve("error " + event.message);
      });
      window.classic = () => hear(new Worker("/worker/classic.js"));
      window.moduleWorker = () => hear(new Worker("/worker/module.js", { type: "module" }));
      window.shared = () => hear(new SharedWorker("/worker/shared.js"));
    </script>`),
    "/worker/*": ({ response, url }) => {
      const kind = url.pathname.includes("shared")
        ? "shared"
        : url.pathname.includes("module")
          ? "module"
          : "classic";
      const reply = kind === "shared" ? "" : "const reply = (text) => postMessage(text);";
      const text =
        kind === "shared"
          ? `onconnect = ({ ports: [port] }) => { const reply = (text) => port.postMessage(text); ${WORKER_TALK(kind)} };`
          : `${reply} ${kind === "module" ? 'import "/module/named.js";' : ""} ${WORKER_TALK(kind)}`;
      response.writeHead(200, { "content-type": "text/javascript" }).end(text);
    },
    "/own-worker": page(`<script>
      window.registered = navigator.serviceWorker.register("/own-worker.js", { scope: "/" })
        .then(() => "registered", (error) => "refused: " + error.name);
    </script>`),
    "/own-worker.js": script(`addEventListener("fetch", (event) =>
      event.respondWith(new Response("stolen by the page's own worker")));`),
    "/frames": ({ response, url }) =>
      response
        .writeHead(200, { "content-type": "text/html" })
        .end(
          html(
            `<iframe id="inner" src="${url.searchParams.get("url") ?? "about:blank"}"></iframe>`,
          ),
        ),
    "/opener": page(`<script>
      window.hadOpener = window.opener !== null;
      if (window.opener) window.opener.location = "about:blank#stolen";
    </script>`),
    "/frozen": page(
      `<script>${SCRIPT} Object.freeze(WebSocket.prototype); Object.freeze(Document.prototype);</script>`,
    ),
  };
}
