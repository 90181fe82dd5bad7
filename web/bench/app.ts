/** Gateway, stand-in, demo device, an OpenSSH server behind it, and the bench page in a browser. */

import { join } from "node:path";
import { start } from "../e2e/support/process.ts";
import { startWorld, type World } from "../e2e/support/world.ts";
import { startChromium, type Chromium, type Tab } from "./cdp.ts";
import type { Peer } from "./native.ts";

export interface App {
  readonly browser: Chromium;
  /** The bench page, signed in. */
  readonly tab: Tab;
  /** What bench.connect and bench.forward take, as JSON: the configuration of the SSH server. */
  readonly target: string;
  readonly peer: Peer;
}

export async function withApp<T>(root: string, measure: (app: App) => Promise<T>): Promise<T> {
  const sshd = start(join(root, "bin/realpeer"), ["--server", "openssh"]);
  const [line] = await sshd.match(/^\{.*\}$/m);
  const peer = JSON.parse(line) as Peer;
  const world = await startWorld({
    configurations: { bench: `${peer.host}:${peer.port}` },
    flags: ["--assets-dir", join(root, ".cache/bench-dist")],
  });
  const browser = startChromium();
  try {
    const tab = await browser.tab();
    const target = await signIn(tab, world, peer);
    return await measure({ browser, tab, target, peer });
  } finally {
    await browser.close();
    await world.stop();
    await sshd.stop();
  }
}

/** Exchanges the demo link in the page and finds the configuration; returns it as JSON. */
async function signIn(tab: Tab, world: World, peer: Peer): Promise<string> {
  await tab.goto(world.url);
  const code = world.link.split("#demo=")[1] ?? "";
  return tab.run<string>(`(async () => {
    const get = async (path) => (await fetch(path, {headers: {accept: "application/json"}})).json();
    const login = await (await fetch("/api/demo", {method: "POST", headers: {"content-type": "application/json"},
      body: JSON.stringify({code: ${JSON.stringify(code)}})})).json();
    const { managedObjects } = await get("/inventory/managedObjects?pageSize=100&query=" + encodeURIComponent("has(c8y_IsDevice)"));
    for (const device of managedObjects) {
      const list = await get("/service/remoteaccess/devices/" + device.id + "/configurations");
      const one = list.find((c) => c.name === "bench");
      if (one === undefined) continue;
      return JSON.stringify({
        url: location.origin.replace("http", "ws") + "/service/remoteaccess/client/" + device.id + "/configurations/" + one.id,
        tenant: login.tenant, deviceId: device.id, host: one.hostname, port: one.port,
        user: ${JSON.stringify(peer.user)}, privateKey: ${JSON.stringify(peer.privateKey)},
      });
    }
    throw new Error("no configuration named bench");
  })()`);
}
