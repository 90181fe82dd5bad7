/** A whole Porthole for one test file: the built gateway with stand-in platform and demo device. */

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { start, type Child } from "./process.ts";

const root = resolve(process.env["PORTHOLE_ROOT"] ?? "..");

export interface World {
  readonly url: string;
  /** One-time link; newLink() asks the terminal for another. */
  readonly link: string;
  newLink(): Promise<string>;
  /** SSH user and password of the demo device. */
  readonly user: string;
  readonly password: string;
  /** Password of the stand-in platform's user "demo". */
  readonly platformPassword: string;
  readonly gateway: Child;
  readonly stateDir: string;
  /** Stops the gateway and starts it again on the same port with the same state. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** More configurations of the demo device: name → "host:port". */
  configurations?: Record<string, string>;
  /** How many offline devices the list has besides. */
  devices?: number;
  flags?: string[];
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("no port");
      server.close(() => {
        done(address.port);
      });
    });
  });
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const port = await freePort();
  const stateDir = mkdtempSync(join(tmpdir(), "porthole-e2e-"));
  const platformPassword = `demo-${Math.random().toString(36).slice(2)}`;
  const args = [
    ...["--demo", "--listen", `127.0.0.1:${port}`, "--state-dir", stateDir],
    ...["--demo-password", platformPassword, "--demo-devices", String(options.devices ?? 0)],
    ...Object.entries(options.configurations ?? {}).flatMap(([name, target]) => [
      "--demo-configuration",
      `${name}=${target}`,
    ]),
    ...(process.getuid?.() === 0 ? ["--demo-allow-root"] : []),
    ...(options.flags ?? []),
  ];
  const launch = async () => {
    const gateway = start(join(root, "bin/demo/portholed"), args, {
      // A home of its own: what the tester's start-up files do is not under test.
      ...{ SHELL: "/bin/bash", HOME: stateDir, LANG: "C.UTF-8" },
    });
    const [, link] = await gateway.match(/(http:\/\/\S+\/#demo=\S+)/);
    const [, user] = await gateway.match(/user:?\s+(\S+)/i);
    const [, password] = await gateway.match(/password:?\s+(\S+)/i);
    return { gateway, link: link ?? "", user: user ?? "", password: password ?? "" };
  };
  let now = await launch();
  return {
    url: `http://porthole.localhost:${port}`,
    platformPassword,
    stateDir,
    get link() {
      return now.link;
    },
    get user() {
      return now.user;
    },
    get password() {
      return now.password;
    },
    get gateway() {
      return now.gateway;
    },
    newLink: async () => {
      const before = now.gateway.output().split("#demo=").length;
      now.gateway.type("");
      await now.gateway.match(new RegExp(`(?:#demo=[\\s\\S]*){${before}}`));
      const links = now.gateway.output().match(/http:\/\/\S+\/#demo=\S+/g) ?? [];
      return links[links.length - 1] ?? "";
    },
    restart: async () => {
      await now.gateway.stop();
      now = await launch();
    },
    stop: async () => {
      await now.gateway.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
