/**
 * Brings a page of ours to life. The gateway answers with one where no service worker
 * serves the origin yet: it is brought up, and takes over by a reload. Others wait for the
 * tunnel, or for a password typed in the app.
 */

import { TUNNEL_CHANNEL, WORKER_PATH } from "../protocol.ts";
import type { FromPage, PageCredential, PageStatus } from "../protocol.ts";
import { site } from "../site.ts";
import { mayReload } from "./reload.ts";

/** Asked again while a page waits; the channel is faster where it works. */
const ASK_MS = 3_000;
/** A service worker that stops forgets whom it wanted to answer. */
const CREDENTIAL_MS = 2_000;

const waits = document.documentElement.dataset["waits"] ?? "";

function say(id: string, text: string): void {
  const element = document.getElementById(id);
  if (element !== null) {
    // What is said again and again is read out once.
    if (element.textContent !== text) element.textContent = text;
    element.hidden = text === "";
  }
}

function reload(): void {
  if (mayReload(sessionStorage, Date.now())) {
    location.reload();
  } else {
    say("state", "This page was loaded again and again without success. Try again by hand.");
    show("again");
  }
}

function show(id: string): void {
  const element = document.getElementById(id);
  if (element !== null) element.hidden = false;
}

/** To register waits behind a look for a new build, which a browser may put off for seconds. */
async function worker(): Promise<ServiceWorker> {
  const container = navigator.serviceWorker;
  if (container.controller !== null) return container.controller;
  const registration = await container.register(WORKER_PATH, {
    scope: "/",
    updateViaCache: "none",
  });
  const active = registration.active ?? (await container.ready).active;
  if (active === null) throw new Error("the service worker did not start");
  return active;
}

/** Asks the service worker; each answer goes to the handler, until the page is left. */
async function ask(
  type: "status" | "await-credential",
  handler: (answer: PageStatus | PageCredential) => void,
): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = (event: MessageEvent<PageStatus | PageCredential>) => {
    handler(event.data);
  };
  const message: FromPage = { type, port: port2 };
  (await worker()).postMessage(message, [port2]);
}

function askStatus(): Promise<void> {
  return ask("status", (status) => {
    if ("tunnel" in status && status.tunnel) reload();
    else explain();
  });
}

/** Nobody answered for the device: what this page is, and what to do. */
function explain(): void {
  if (waits !== "bootstrap") return;
  say("title", "Not connected");
  say(
    "text",
    "This page belongs to a device and comes through a Porthole tab of this browser. No such tab is connected to it.",
  );
  say(
    "advice",
    "Open the device in Porthole and open this page there. This tab goes on by itself once the connection is there.",
  );
  show("again");
}

function waitForTunnel(): void {
  new BroadcastChannel(TUNNEL_CHANNEL).onmessage = reload;
  const failed = (): void => {
    explain();
    say(
      "state",
      "This browser does not let the page start its service worker; private windows and blocked storage do that.",
    );
  };
  askStatus().catch(failed);
  setInterval(() => {
    if (document.visibilityState === "visible") askStatus().catch(failed);
  }, ASK_MS);
}

function waitForCredential(): void {
  let done = false;
  const askAgain = (): void => {
    void ask("await-credential", (answer) => {
      if (!("given" in answer) || done) return;
      done = answer.given;
      if (answer.given) reload();
      else say("state", "No password was given. Try again when you have it.");
    });
  };
  askAgain();
  // In a tab that is out of sight the clock may tick once a minute.
  document.addEventListener("visibilitychange", askAgain);
  new BroadcastChannel(TUNNEL_CHANNEL).onmessage = askAgain;
  setInterval(askAgain, CREDENTIAL_MS);
}

function run(): void {
  document.getElementById("blocked")?.remove();
  // A page of the device must not reach the tab that opened it.
  window.opener = null;
  document.getElementById("again")?.addEventListener("click", () => {
    location.reload();
  });
  const [app] = site().apps;
  const link = document.getElementById("app");
  if (link instanceof HTMLAnchorElement && app !== undefined) {
    link.href = `${app}/`;
    link.hidden = false;
  }
  if (waits === "bootstrap" || waits === "tunnel") waitForTunnel();
  if (waits === "credential") waitForCredential();
}

run();
