/** Real pages of devices: Node-RED, and monit with its password and its token. */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { start } from "./process.ts";
import { freePort } from "./world.ts";

const web = resolve(process.env["PORTHOLE_ROOT"] ?? "..", "web");

export interface RealPage {
  readonly port: number;
  stop(): Promise<void>;
}

/** Node-RED with an empty folder, on loopback; it asks nothing of the network. */
export async function startNodeRED(): Promise<RealPage> {
  const folder = mkdtempSync(join(tmpdir(), "porthole-node-red-"));
  const port = await freePort();
  const settings = {
    uiHost: "127.0.0.1",
    uiPort: port,
    flowFile: "flows.json",
    credentialSecret: false,
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, palette: { catalogues: [] } },
    externalModules: { palette: { allowInstall: false }, modules: { allowInstall: false } },
  };
  writeFileSync(join(folder, "settings.js"), `module.exports = ${JSON.stringify(settings)};`);
  const child = start(process.execPath, [
    join(web, "e2e/pages/node_modules/node-red/red.js"),
    ...["--userDir", folder, "--settings", join(folder, "settings.js")],
  ]);
  await child.match(/Started flows|Server now running/, 60_000);
  return {
    port,
    stop: async () => {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Monit extends RealPage {
  readonly user: string;
  readonly password: string;
  /** The one thing it watches. */
  readonly service: string;
}

export async function startMonit(): Promise<Monit> {
  const folder = mkdtempSync(join(tmpdir(), "porthole-monit-"));
  const port = await freePort();
  const [user, password, service] = ["operator", "watch-42", "watched-file"];
  const rc = join(folder, "monitrc");
  writeFileSync(join(folder, "watched"), "content");
  writeFileSync(
    rc,
    [
      "set daemon 5",
      `set logfile ${folder}/log`,
      `set pidfile ${folder}/pid`,
      `set idfile ${folder}/id`,
      `set statefile ${folder}/state`,
      `set httpd port ${port} and use address 127.0.0.1 allow ${user}:${password}`,
      `check file ${service} with path ${folder}/watched`,
      "",
    ].join("\n"),
  );
  chmodSync(rc, 0o600); // monit refuses a file that others may read
  const child = start("monit", ["-I", "-c", rc]);
  await child.match(/HTTP server|started|Starting/i);
  await answers(port);
  return {
    ...{ port, user, password, service },
    stop: async () => {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Polls until something speaks HTTP on the port. */
async function answers(port: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/`);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
