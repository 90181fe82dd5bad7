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
  /** The same of more servers, by the names that withApp got. */
  readonly more: Readonly<Record<string, string>>;
}

/** An OpenSSH server of its own. */
export async function startPeer(
  root: string,
  flags: string[] = [],
): Promise<{ peer: Peer; stop: () => Promise<unknown> }> {
  const sshd = start(join(root, "bin/realpeer"), ["--server", "openssh", ...flags]);
  const [line] = await sshd.match(/^\{.*\}$/m);
  return { peer: JSON.parse(line) as Peer, stop: () => sshd.stop() };
}

/** more: further SSH servers, for what starts once the first one is there. */
export async function withApp<T>(
  root: string,
  measure: (app: App) => Promise<T>,
  more: (peer: Peer) => Promise<Record<string, Peer>> = () => Promise.resolve({}),
): Promise<T> {
  const { peer, stop } = await startPeer(root);
  const peers = await more(peer);
  const world = await startWorld({
    configurations: Object.fromEntries(
      Object.entries({ ...peers, bench: peer }).map(([name, { host, port }]) => [
        name,
        `${host}:${port}`,
      ]),
    ),
    flags: ["--assets-dir", join(root, ".cache/bench-dist")],
  });
  const browser = startChromium();
  try {
    const tab = await browser.tab();
    await signIn(tab, world);
    const target = await findTarget(tab, "bench", peer);
    const found: Record<string, string> = {};
    for (const [name, of] of Object.entries(peers)) found[name] = await findTarget(tab, name, of);
    return await measure({ browser, tab, target, peer, more: found });
  } finally {
    await browser.close();
    await world.stop();
    await stop();
  }
}

/** Exchanges the demo link in the page. */
async function signIn(tab: Tab, world: World): Promise<void> {
  await tab.goto(world.url);
  const code = world.link.split("#demo=")[1] ?? "";
  await tab.run(`fetch("/api/demo", {method: "POST", headers: {"content-type": "application/json"},
    body: JSON.stringify({code: ${JSON.stringify(code)}})}).then(() => true)`);
}

/** Finds a configuration by its name; returns it as JSON. */
function findTarget(tab: Tab, name: string, peer: Peer): Promise<string> {
  return tab.run<string>(`(async () => {
    const get = async (path) => (await fetch(path, {headers: {accept: "application/json"}})).json();
    const login = await get("/api/login");
    const { managedObjects } = await get("/inventory/managedObjects?pageSize=100&query=" + encodeURIComponent("has(c8y_IsDevice)"));
    for (const device of managedObjects) {
      const list = await get("/service/remoteaccess/devices/" + device.id + "/configurations");
      const one = list.find((c) => c.name === ${JSON.stringify(name)});
      if (one === undefined) continue;
      return JSON.stringify({
        url: location.origin.replace("http", "ws") + "/service/remoteaccess/client/" + device.id + "/configurations/" + one.id,
        tenant: login.tenant, deviceId: device.id, host: one.hostname, port: one.port,
        user: ${JSON.stringify(peer.user)}, privateKey: ${JSON.stringify(peer.privateKey)},
      });
    }
    throw new Error("no configuration of that name");
  })()`);
}
