/** The files panel on two real devices at once: one with SFTP, one whose files go by shell tools. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Locator, Page } from "playwright-core";
import { launchPartitioned, type Partitioned } from "./chromium-partitioned.ts";
import type { Ends } from "./ends.ts";
import { goTo, showFiles } from "./files-story.ts";
import { start } from "./process.ts";
import { atDemoDevice, connect, connected, givePassword, prompt, trustHostKey } from "./story.ts";
import { startWorld, type World } from "./world.ts";

/** A device, and a directory of it; devices are this machine. */
export interface PanelDevice {
  readonly name: string;
  readonly arguments: readonly string[];
  root: string;
  app: Page;
  panel: Locator;
}

interface Peer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

const build = resolve(process.env["PORTHOLE_ROOT"] ?? "..");

/** OpenSSH with its sftp-server, and dropbear without one. */
export function twoDevices(): readonly PanelDevice[] {
  const blank = { root: "", app: null as unknown as Page, panel: null as unknown as Locator };
  return [
    { name: "openssh", arguments: [], ...blank },
    { name: "dropbear", arguments: ["--no-sftp"], ...blank },
  ];
}

/** Starts them, and opens the panel of each in a directory of its own, which plant fills. */
export async function startPanels(
  devices: readonly PanelDevice[],
  ends: Ends,
  plant: (root: string) => void,
): Promise<Partitioned> {
  const peers = await Promise.all(
    devices.map(async (device) => {
      const options = ["--server", device.name, ...device.arguments];
      const peer = start(join(build, "bin/realpeer"), options);
      ends.push(() => peer.stop());
      const [line] = await peer.match(/^\{.*\}$/m);
      return [device, JSON.parse(line) as Peer] as const;
    }),
  );
  const configurations = Object.fromEntries(
    peers.map(([{ name }, { host, port }]) => [name, `${host}:${port}`]),
  );
  const world = await startWorld({ configurations });
  ends.push(() => world.stop());
  const browser = await launchPartitioned({ acceptDownloads: true });
  ends.push(() => browser.close());
  for (const [device, peer] of peers) {
    const root = mkdtempSync(join(tmpdir(), `porthole-panel-${device.name}-`));
    ends.push(() => {
      rmSync(root, { recursive: true, force: true });
      return Promise.resolve();
    });
    plant(root);
    device.root = root;
    await arrive(device, peer, world, await browser.tab());
  }
  return browser;
}

async function arrive(device: PanelDevice, peer: Peer, world: World, app: Page): Promise<void> {
  await app.addInitScript(standInPickers);
  await atDemoDevice(app, world);
  await connect(app, { configuration: device.name, user: peer.user });
  await trustHostKey(app);
  await givePassword(app, peer.password);
  await connected(app);
  await prompt(app);
  const panel = await showFiles(app);
  await goTo(app, device.root);
  Object.assign(device, { app, panel });
}

/** Files of the browser's own storage stand in for what a person would choose on disk. */
function standInPickers(): void {
  const chosen = { cancel: false };
  const pick = async <T>(get: (root: FileSystemDirectoryHandle) => Promise<T>): Promise<T> => {
    if (chosen.cancel) throw new DOMException("", "AbortError");
    return get(await navigator.storage.getDirectory());
  };
  Object.assign(globalThis, {
    chosen,
    showSaveFilePicker: ({ suggestedName }: { suggestedName: string }) =>
      pick((root) => root.getFileHandle(suggestedName, { create: true })),
    showDirectoryPicker: () => pick((root) => root.getDirectoryHandle("chosen", { create: true })),
  });
}

/** What the browser's own storage has at a path; null when nothing is there. */
export function stored(app: Page, path: string): Promise<string | null> {
  return app.evaluate(async (wanted) => {
    const names = wanted.split("/");
    const last = names.pop() ?? "";
    try {
      let folder = await navigator.storage.getDirectory();
      for (const name of names) folder = await folder.getDirectoryHandle(name);
      return await (await (await folder.getFileHandle(last)).getFile()).text();
    } catch {
      return null;
    }
  }, path);
}
