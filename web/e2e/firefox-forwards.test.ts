/** The whole path in Debian's Firefox ESR, and there too what a device's page may not do. */

import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import type { Page } from "puppeteer-core";
import { FORWARD_PROTOCOL } from "../src/forward/protocol.ts";
import { startDevice, type Device } from "./support/device/server.ts";
import { launchFirefox, type Firefox } from "./support/firefox.ts";
import { click, openInFirefox, shellInFirefox, shows } from "./support/firefox-forwarding.ts";
import { until } from "./support/forwarding.ts";
import { startSites, type Sites } from "./support/sites.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
let device: Device;
let other: Device;
let sites: Sites;
let firefox: Firefox;
let app: Page;
let page: Page;
let origin: string;
let otherOrigin: string;

before(async () => {
  [world, device, other, sites] = await Promise.all([
    startWorld(),
    startDevice(),
    startDevice(),
    startSites(),
  ]);
  firefox = await launchFirefox();
  app = await firefox.tab();
  await shellInFirefox(app, world);
  page = await openInFirefox(app, device.port);
  origin = new URL(page.url()).origin;
  const second = await openInFirefox(app, other.port);
  otherOrigin = new URL(second.url()).origin;
  await second.close();
});
after(async () => {
  await firefox.close();
  await sites.close();
  await other.close();
  await device.close();
  await world.stop();
});

async function tab(path: string): Promise<Page> {
  const made = await firefox.tab();
  await made.goto(origin + path);
  return made;
}

function text(path: string, from = page): Promise<string> {
  return from.evaluate((to) => fetch(to).then((answer) => answer.text()), path);
}

test("Firefox: page, websocket, upload with its length, and download", async () => {
  assert.equal(await page.evaluate("talk('/echo', 'hello')"), "hello");
  const seen = await page.evaluate(async () => {
    const answer = await fetch("/upload", {
      method: "POST",
      body: new Blob([new Uint8Array(5e6)]),
    });
    return (await answer.json()) as { bytes: number; headers: Record<string, string> };
  });
  assert.equal(seen.bytes, 5e6);
  assert.equal(seen.headers["content-length"], "5000000");
  const bytes = await page.evaluate(() =>
    fetch("/download?size=3000000").then(async (answer) => (await answer.arrayBuffer()).byteLength),
  );
  assert.equal(bytes, 3_000_000);
});

test("Firefox: cookies go back to the device, the page sees and sets all but HttpOnly ones", async () => {
  const made = await tab("/cookies/set");
  await until("the cookies go back", async () =>
    (await text("/cookies/sent", made)).includes("sid=secret"),
  );
  const seen = await made.evaluate(() => document.cookie);
  assert.match(seen, /theme=dark/);
  assert.doesNotMatch(seen, /sid=|elsewhere=/);
  assert.match(await text("/cookies/sent", made), /theme=dark/);
  await made.evaluate(() => {
    document.cookie = "token=of the page; path=/";
  });
  await until("what the page sets goes along", async () =>
    (await text("/cookies/sent", made)).includes("token=of the page"),
  );
  await made.close();
});

test("P8, P28 in Firefox: cookies tossed at the parent domain sign nobody out and reach no other device", async () => {
  const made = await tab("/cookies/toss?count=400");
  await until("cookies were tossed", async () => Boolean(await made.evaluate("window.tossed > 0")));
  // document.cookie is the shim's here; an empty frame has the browser's own.
  const native = await made.evaluate(() => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    const domain = location.hostname.split(".").slice(2).join(".");
    const blank = frame.contentDocument;
    if (blank === null) return "";
    for (let i = 0; i < 400; i++) blank.cookie = `tossed${i}=stolen; domain=${domain}; path=/`;
    return blank.cookie;
  });
  assert.match(native, /tossed\d+=stolen/, "nothing was tossed at the parent domain");
  await made.close();
  const beside = await firefox.tab();
  await beside.goto(`${otherOrigin}/`);
  await shows(beside, "The device");
  assert.doesNotMatch(await text("/cookies/sent", beside), /tossed|stolen/);
  await beside.goto(world.url);
  await until("still signed in", async () => (await beside.title()) !== "");
  const status = await beside.evaluate(() => fetch("/api/login").then((answer) => answer.status));
  assert.equal(status, 200);
  await beside.close();
});

test("P9 in Firefox: a device's page cannot use the app's login", async () => {
  const api = `${world.url}/api/forwards`;
  // The page may not read the answer: the browser's own record tells.
  const statuses: number[] = [];
  page.on("response", (answer) => {
    if (answer.url() === api) statuses.push(answer.status());
  });
  const outcomes = await page.evaluate(async (url) => {
    const tries: RequestMode[] = ["cors", "no-cors"];
    const ends = [];
    for (const mode of tries)
      ends.push(
        await fetch(url, { method: "POST", mode, credentials: "include", body: "{}" }).then(
          ({ type }) => type,
          (error: unknown) => (error as Error).name,
        ),
      );
    return ends;
  }, api);
  assert.deepEqual(outcomes, ["TypeError", "TypeError"]);
  await until("the gateway answered both", () => statuses.length === 2);
  assert.deepEqual(statuses, [403, 403]);
  const socket = await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const attempt = new WebSocket(url, ["binary"]);
        attempt.onopen = () => {
          resolve("open");
        };
        attempt.onclose = () => {
          resolve("closed");
        };
      }),
    `${world.url.replace("http", "ws")}/service/remoteaccess/client/1/configurations/1`,
  );
  assert.equal(socket, "closed");
});

test("P10 in Firefox: another device's page cannot frame this one, the app can", async () => {
  const made = await firefox.tab();
  const framed: string[] = [];
  made.on("response", (answer) => {
    if (answer.url() === `${origin}/linked`)
      framed.push(answer.headers()["content-security-policy"] ?? "");
  });
  await made.goto(`${otherOrigin}/frames?url=${encodeURIComponent(`${origin}/linked`)}`);
  await until("the frame was asked for", () => framed.length > 0);
  assert.match(framed[0] ?? "", /frame-ancestors 'self' http:\/\/porthole\.localhost:\d+$/);
  // The device may have been asked, as by a link; nobody is shown the answer.
  await until("the frame was blocked", async () =>
    (
      await Promise.all(
        made
          .frames()
          .slice(1)
          .map((frame) => frame.evaluate(() => document.documentURI).catch(() => "")),
      )
    ).some((uri) => uri.startsWith("about:neterror?e=cspBlocked")),
  );
  await made.close();
  await app.bringToFront();
  await click(app, "button", `Open localhost:${device.port} beside the terminal`);
  await until("the app shows it", async () =>
    (
      await Promise.all(
        app
          .frames()
          .map((frame) =>
            frame.evaluate(() => document.querySelector("h1")?.textContent).catch(() => ""),
          ),
      )
    ).includes("The device"),
  );
});

for (const policy of ["", "no-referrer"])
  test(`P11 in Firefox: a form of a foreign site is not sent to the device (referrer policy “${policy}”)`, async () => {
    const before = device.at("/posted").length;
    sites.serve("evil", "/form", (_, response) => {
      const headers = policy === "" ? {} : { "referrer-policy": policy };
      response.writeHead(200, { "content-type": "text/html", ...headers }).end(
        `<form method="post" action="${origin}/posted?struck"><input name="a" value="b"></form>
         <script>document.forms[0].submit();</script>`,
      );
    });
    const made = await firefox.tab();
    await made.goto(`${sites.origin("evil")}/form`).catch(() => undefined);
    await until("the refusal is shown", async () =>
      made.evaluate(() => document.body.innerText.includes("another site")).catch(() => false),
    );
    await made.close();
    assert.equal(device.at("/posted").length, before, "the device got the form");
  });

test("P11 in Firefox: the page's own form is sent", async () => {
  const made = await tab("/form");
  await made.click("button");
  await until("the device has it", () => device.at("/posted", "POST").length === 1);
  await made.close();
});

test("P12 in Firefox: fetch, image and frame of a foreign site reach no device", async () => {
  sites.serve(
    "evil",
    "/reach",
    `<img src="${origin}/1k?image"><iframe src="${origin}/1k?frame"></iframe>
     <script>fetch("${origin}/1k?fetch", { mode: "no-cors", credentials: "include" })
       .catch(() => 0).then(() => { document.title = "done"; });</script>`,
  );
  const made = await firefox.tab();
  await made.goto(`${sites.origin("evil")}/reach`);
  await until("it tried", async () => (await made.title()) === "done");
  await made.close();
  assert.deepEqual(
    device.at("/1k").map(({ path }) => path),
    [],
  );
});

test("P13 in Firefox: a page cannot register a service worker of its own", async () => {
  const made = await tab("/own-worker");
  assert.match(String(await made.evaluate("window.registered")), /^refused/);
  await made.reload();
  assert.match(await made.content(), /window\.registered/, "the page is not the device's");
  await made.close();
});

test("P14 in Firefox: a port that the page hands to the service worker is ignored", async () => {
  const made = await tab("/");
  await shows(made, "The device");
  const heard = await made.evaluate(async (protocol) => {
    history.pushState(null, "", "/.fwd/bridge");
    const { port1, port2 } = new MessageChannel();
    const messages: unknown[] = [];
    port1.onmessage = (event) => messages.push(event.data);
    const worker = (await navigator.serviceWorker.ready).active;
    worker?.postMessage({ type: "port", protocol, epoch: "fake", port: port2 }, [port2]);
    const answer = await fetch("/echo");
    return { messages, status: answer.status };
  }, FORWARD_PROTOCOL);
  assert.deepEqual(heard, { messages: [], status: 200 });
  await made.close();
});

test("P15 in Firefox: a device's page has no opener", async () => {
  assert.equal(await page.evaluate("window.opener === null"), true);
});

test("P16 in Firefox: a link to the device's own address stays in the tunnel", async () => {
  const made = await tab("/links");
  await made.click("#own");
  await until("the link was followed", () => made.url().includes("/linked?by=address"));
  assert.equal(new URL(made.url()).origin, origin);
  await made.close();
});
