/** P1: the browsers of these tests partition storage as a person's browser does. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import { launchPartitioned } from "./support/chromium-partitioned.ts";
import { launchFirefox } from "./support/firefox.ts";
import { startSites, type Sites } from "./support/sites.ts";

let sites: Sites;

/** A page that frames another site, whose frame registers a service worker that answers everything. */
before(async () => {
  sites = await startSites();
  const worker = `
    addEventListener("install", () => skipWaiting());
    addEventListener("activate", (event) => event.waitUntil(clients.claim()));
    addEventListener("fetch", (event) => {
      if (event.request.url.endsWith("/tab")) event.respondWith(new Response("from the worker"));
    });`;
  const frame = `<script>
    navigator.serviceWorker.register("/worker.js").then(() => navigator.serviceWorker.ready)
      .then(() => parent.postMessage("ready", "*"));
  </script>`;
  for (const name of ["other", "below.app"]) {
    sites.serve(name, "/frame", frame);
    sites.serve(name, "/tab", "from the network");
    sites.serve(name, "/worker.js", (_, response) => {
      response.writeHead(200, { "content-type": "text/javascript" }).end(worker);
    });
    sites.serve(
      "app",
      `/with/${name}`,
      `<body><script>addEventListener("message", () => { document.title = "ready"; });</script>
       <iframe src="${sites.origin(name)}/frame"></iframe>`,
    );
  }
});
after(() => sites.close());

interface Tab {
  goto(url: string): Promise<unknown>;
  title(): Promise<string>;
  content(): Promise<string>;
}

/** Loads the app page with its frame, then the framed origin in a tab: who answers there? */
async function answerer(app: Tab, tab: Tab, name: string): Promise<string> {
  await app.goto(`${sites.origin("app")}/with/${name}`);
  const deadline = Date.now() + 10_000;
  while ((await app.title()) !== "ready")
    if (Date.now() > deadline) assert.fail("the frame's service worker did not become ready");
  await tab.goto(`${sites.origin(name)}/tab`);
  const found = /from the \w+/.exec(await tab.content());
  return found?.[0] ?? "nobody";
}

test("P1: Chromium: a cross-site frame's service worker serves no tab, a same-site one does", async (t) => {
  const browser = await launchPartitioned();
  t.after(() => browser.close());
  const [app, tab] = [await browser.tab(), await browser.tab()];
  assert.equal(await answerer(app, tab, "other"), "from the network");
  assert.equal(await answerer(app, tab, "below.app"), "from the worker");
});

test("P1: Firefox: a cross-site frame's service worker serves no tab, a same-site one does", async (t) => {
  const firefox = await launchFirefox();
  t.after(() => firefox.close());
  const [app, tab] = [await firefox.tab(), await firefox.tab()];
  assert.equal(await answerer(app, tab, "other"), "from the network");
  assert.equal(await answerer(app, tab, "below.app"), "from the worker");
});
