/** One large file there and back in the app, over a connection that breaks again and again. */

import { strict as assert } from "node:assert";
import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  createReadStream,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { launchPartitioned } from "./chromium-partitioned.ts";
import { startCutter, type Cutter } from "./cutter.ts";
import type { Ends } from "./ends.ts";
import { choose, goTo, showFiles } from "./files-story.ts";
import { removeFolder } from "./folder.ts";
import { start } from "./process.ts";
import { atDemoDevice, connect, connected, givePassword, prompt, trustHostKey } from "./story.ts";
import { startWorld } from "./world.ts";

const MIB = 2 ** 20;
/** What is lost at a cut: a channel's window of 2 MiB, and what sockets hold. */
const LOST_BYTES = 3.2 * MIB;
/** What one direction may take: playwright copies each frame, and so is slow. */
const LIMIT_MS = 1_500_000;

/**
 * Bytes that may be sent for a file: SSH's and SFTP's own, the connections, and what each cut
 * may lose of the file.
 */
export function mostBytes(bytes: number, cuts: number): number {
  return 1.05 * bytes + cuts * LOST_BYTES;
}

/** A file on the device, the app with the panel open where it lies, and a line to cut. */
export interface CutWorld {
  readonly app: Page;
  readonly line: Cutter;
  readonly folder: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly user: string;
  readonly password: string;
}

export async function startCutWorld(bytes: number, ends: Ends): Promise<CutWorld> {
  const folder = mkdtempSync(join(tmpdir(), "porthole-cuts-"));
  ends.push(() => removeFolder(folder));
  const sha256 = writeNoise(join(folder, "big.bin"), bytes);
  const root = resolve(process.env["PORTHOLE_ROOT"] ?? "..");
  const sshd = start(join(root, "bin/realpeer"), ["--server", "openssh"]);
  ends.push(() => sshd.stop());
  const [found] = await sshd.match(/^\{.*\}$/m);
  const peer = JSON.parse(found) as { host: string; port: number; user: string; password: string };
  const line = await startCutter(peer);
  ends.push(() => line.stop());
  const world = await startWorld({ configurations: { line: `127.0.0.1:${String(line.port)}` } });
  ends.push(() => world.stop());
  const browser = await launchPartitioned();
  ends.push(() => browser.close());
  const app = await browser.tab();
  await app.addInitScript(() => {
    // The save dialog's stand-in: a file of the browser's own storage.
    Object.assign(globalThis, {
      showSaveFilePicker: async ({ suggestedName }: { suggestedName: string }) =>
        (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true }),
    });
  });
  await atDemoDevice(app, world);
  await connect(app, { configuration: "line", user: peer.user });
  await trustHostKey(app);
  await givePassword(app, peer.password);
  await connected(app);
  await prompt(app);
  await showFiles(app);
  await goTo(app, folder);
  return { app, line, folder, bytes, sha256, user: peer.user, password: peer.password };
}

/** Fetches the file; bytes that the device sent meanwhile. */
export async function downloadWithCuts(world: CutWorld, cuts: number): Promise<number> {
  const { app, line } = world;
  const before = line.down;
  await broken(world, "big.bin", cuts, () => choose(app, "big.bin", "Download to …"));
  const saved = await app.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    return (await (await root.getFileHandle("big.bin")).getFile()).size;
  });
  assert.equal(saved, world.bytes);
  return line.down - before;
}

/** Puts the file back under another name; bytes that the device got meanwhile. */
export async function uploadWithCuts(world: CutWorld, cuts: number): Promise<number> {
  const { app, line, folder } = world;
  const local = join(folder, "local");
  mkdirSync(local);
  const there = join(local, "back.bin"); // the name that it gets
  linkSync(join(folder, "big.bin"), there);
  const before = line.up;
  const input = app.locator("porthole-files [data-test=file-input]");
  await broken(world, "back.bin", cuts, () => input.setInputFiles(there));
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes(".part-")),
    [],
    "no part is left",
  );
  assert.equal(await hashOf(join(folder, "back.bin")), world.sha256);
  return line.up - before;
}

/** Begins a transfer, breaks the line so often, and connects anew each time, until it is done. */
async function broken(
  world: CutWorld,
  name: string,
  cuts: number,
  begin: () => Promise<void>,
): Promise<void> {
  const { app, line, bytes } = world;
  const panel = app.locator("porthole-files");
  const first = line.cuts;
  const done = line.cuts + cuts;
  const share = bytes / (cuts + 1);
  // At bytes that nobody chose, about so many percent of the file apart.
  const next = (): void => {
    line.cutAfter(line.cuts < done ? Math.round(share * (0.6 + 0.6 * Math.random())) : 0);
  };
  next();
  await begin();
  const row = panel.locator("[data-test=transfer]").filter({ hasText: name });
  await row.waitFor();
  let seen = first;
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const state = await row.getAttribute("data-state");
    if (state === "done") break;
    assert.ok(state !== "failed" && Date.now() < deadline, await row.innerText());
    if (line.cuts === seen) {
      await app.waitForTimeout(50);
      continue;
    }
    seen = line.cuts;
    await app.getByRole("button", { name: "Reconnect" }).click({ timeout: 60_000 });
    await givePassword(app, world.password);
    await connected(app);
    next();
  }
  line.cutAfter(0);
  assert.equal(line.cuts - first, cuts, "it was cut less often than it should be");
  await row.locator(".verified").waitFor(); // by SHA-256, on both sides
}

function writeNoise(path: string, bytes: number): string {
  const hash = createHash("sha256");
  const file = openSync(path, "w");
  for (let left = bytes; left > 0; left -= MIB) {
    const piece = randomBytes(Math.min(MIB, left));
    hash.update(piece);
    writeSync(file, piece);
  }
  closeSync(file);
  return hash.digest("hex");
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}
