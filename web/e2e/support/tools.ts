/** What stands around Porthole in the tests: a difficult tenant, its agent, strange SSH servers. */

import { execFileSync } from "node:child_process";
import { createServer, connect as dial, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { start, type Child } from "./process.ts";
import { freePort } from "./world.ts";

const root = resolve(process.env["PORTHOLE_ROOT"] ?? "..");

/** The JSON line of `standintest peers`; ports by name: old, ancient, expired, questions, key, keyboard. */
export interface Peers {
  readonly user: string;
  readonly password: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly keyboardUser: string;
  readonly keyboardPassword: string;
  readonly encryptedKey: string;
  readonly passphrase: string;
  readonly publicKey: string;
}

/** The JSON line of `standintest tenant`. */
export interface Tenant {
  readonly url: string;
  readonly password: string;
  readonly tfaCode: string;
  readonly agentPassword: string;
  readonly sshUser: string;
  readonly sshPassword: string;
  readonly sshPort: number;
}

let built = "";

/** Builds standintest, once for each test file. */
function standintest(): string {
  if (built === "") {
    built = join(root, "bin/standintest");
    const source = "./server/standin/standintest/cmd/standintest";
    execFileSync("go", ["build", "-o", built, source], { cwd: root, stdio: "inherit" });
  }
  return built;
}

async function reach<T>(child: Child): Promise<T> {
  const [line] = await child.match(/^\{.*\}$/m);
  return JSON.parse(line) as T;
}

export async function startPeers(): Promise<{ peers: Peers; child: Child }> {
  const child = start(standintest(), ["peers"]);
  return { child, peers: await reach<Peers>(child) };
}

export async function startTenant(...flags: string[]): Promise<{ tenant: Tenant; child: Child }> {
  const child = start(standintest(), ["tenant", ...flags]);
  return { child, tenant: await reach<Tenant>(child) };
}

/** Spoils the tenant's answers ("slow", "broken"), or mends them (""). */
export async function spoil(tenant: Child, fault: "slow" | "broken" | ""): Promise<void> {
  const before = tenant.output().split("fault:").length;
  tenant.type(fault);
  await tenant.match(new RegExp(`(?:fault:[\\s\\S]*){${before}}`));
}

export async function startAgent(tenant: Tenant): Promise<Child> {
  const child = start(standintest(), ["agent", tenant.url], {
    AGENT_PASSWORD: tenant.agentPassword,
  });
  await reach(child);
  return child;
}

/** The gateway in front of a tenant; origin is its address for the page. */
export async function startGateway(
  tenant: Tenant,
  ...flags: string[]
): Promise<{ origin: string; child: Child }> {
  const port = await freePort();
  const child = start(join(root, "bin/demo/portholed"), [
    ...["--tenant", tenant.url, "--listen", `127.0.0.1:${port}`, "--admin-listen", "off", ...flags],
  ]);
  await child.match(/Porthole serves/);
  return { child, origin: `http://porthole.localhost:${port}` };
}

/** A wire between an agent and an SSH server that a test can cut or stop. */
export interface Wire {
  readonly port: number;
  /** Where new connections lead. */
  target: number;
  /** Ends every connection at once. */
  cut(): void;
  /** Carries nothing any more, and says so to nobody. */
  stall(): void;
  close(): void;
}

export async function startWire(): Promise<Wire> {
  const ends = new Set<Socket>();
  let target = 0;
  const keep = (socket: Socket) => {
    ends.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => ends.delete(socket));
  };
  const server = createServer((near) => {
    const far = dial(target, "127.0.0.1");
    keep(near);
    keep(far);
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  const cut = () => {
    for (const end of ends) end.destroy();
  };
  return {
    port: address.port,
    get target() {
      return target;
    },
    set target(port) {
      target = port;
    },
    cut,
    stall: () => {
      for (const end of ends) {
        end.unpipe();
        end.pause();
      }
    },
    close: () => {
      cut();
      server.close();
    },
  };
}
