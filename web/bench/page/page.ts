/**
 * The page that is measured: the product's own bridge, worker and terminal element, driven by
 * functions on `bench` in place of dialogs. Built apart (vite.bench.config.ts), never shipped.
 */

import "../../src/terminal/define.ts";
import {
  loadBridge,
  type Connection,
  type Forward,
  type Session,
} from "../../src/bridge/client.ts";
import { BridgeHost } from "../../src/ports/bridge-host.ts";
import type { TerminalElement } from "../../src/terminal/terminal-element.ts";
import { filesBench } from "./files.ts";
import { manyBench } from "./many.ts";

interface Target {
  url: string;
  tenant: string;
  deviceId: string;
  host: string;
  port: number;
  user: string;
  privateKey: string;
}

const element = document.querySelector<TerminalElement>("porthole-terminal");
if (element === null) throw new Error("no terminal on the page");
const screen = element;
await screen.updateComplete;
if (screen.terminal === undefined) throw new Error("the terminal element has no terminal");
const terminal = screen.terminal;
let connection: Connection | undefined;
let session: Session | undefined;
let forward: Forward | undefined;
let host: BridgeHost | undefined;

function open(target: Target): Promise<Connection> {
  return loadBridge().then((bridge) =>
    bridge.open(
      { ...target, credential: "key", allowOldAlgorithms: false },
      {
        onState: () => undefined,
        onBanner: () => undefined,
        askHostKey: () => Promise.resolve(true),
        askPassword: () => Promise.resolve(null),
        askQuestions: () => Promise.resolve(null),
        askKey: () => Promise.resolve(target.privateKey),
        askPassphrase: () => Promise.resolve(null),
      },
    ),
  );
}

/** All text of the active buffer's last lines, wrapped rows joined. */
function tail(lines: number): string {
  const buffer = terminal.buffer.active;
  const end = buffer.baseY + buffer.cursorY + 1;
  let text = "";
  for (let y = Math.max(0, end - lines); y < end; y++)
    text += `${buffer.getLine(y)?.translateToString(true) ?? ""}\n`;
  return text;
}

/** Resolves once the parsed screen satisfies test; asked after every parsed write. */
function until(test: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (test()) {
      resolve();
      return;
    }
    const listener = terminal.onWriteParsed(() => {
      if (!test()) return;
      listener.dispose();
      resolve();
    });
  });
}

const encoder = new TextEncoder();

/** The writer that the limit uses: the terminal's own watermarks, no SSH and no worker. */
async function feed(total: number, chunk: Uint8Array): Promise<void> {
  const HIGH = 512 * 1024;
  let pending = 0;
  let wake: (() => void) | undefined;
  for (let sent = 0; sent < total; sent += chunk.length) {
    pending += chunk.length;
    terminal.write(chunk, () => {
      pending -= chunk.length;
      wake?.();
    });
    while (pending > HIGH) await new Promise<void>((resolve) => (wake = resolve));
  }
  while (pending > 0) await new Promise<void>((resolve) => (wake = resolve));
}

const bench = {
  ...filesBench,
  ...manyBench,
  uploadMany: (count: number, bytes: number, into: string) =>
    manyBench.uploadMany(connection, count, bytes, into),
  panel: (path: string) => manyBench.panel(connection, path),
  /** The files of the connection of bench.connect; resolves with the backend's name. */
  files: () => filesBench.openFiles(connection),
  ready: () => loadBridge().then(() => true),
  /** ms from the call to the first prompt on the screen. */
  connect: async (target: Target): Promise<number> => {
    const start = performance.now();
    connection = await open(target);
    session = await connection.shell({ term: "xterm-256color", cols: 160, rows: 45, env: {} });
    screen.attach(session);
    await until(() => /[$#%>] ?\n?$/.test(tail(2).trimEnd()));
    return performance.now() - start;
  },
  disconnect: async (): Promise<void> => {
    screen.detach();
    await connection?.close();
    // clear() would keep the line of the cursor: the old prompt would pass for the next one.
    await new Promise<void>((resolve) => {
      terminal.write("", resolve);
    });
    terminal.reset();
  },
  /** MB/s of `cat file`, from Enter to the marker after it. */
  cat: async (file: string, bytes: number): Promise<number> => {
    const start = performance.now();
    await session?.write(encoder.encode(`cat ${file}; printf 'END-%s\\n' OF-CAT\r`));
    await until(() => tail(4).includes("END-OF-CAT"));
    return bytes / 1e6 / ((performance.now() - start) / 1000);
  },
  /** MB/s of the same lines written straight to xterm.js. */
  direct: async (bytes: number): Promise<number> => {
    const line = `${"0123456789".repeat(10).slice(0, 98)}\r\n`;
    const chunk = encoder.encode(line.repeat(328)); // 32,800 bytes
    const start = performance.now();
    await feed(bytes, chunk);
    return bytes / 1e6 / ((performance.now() - start) / 1000);
  },
  /** ms from a key to its cell in the buffer, for each of count keys. */
  echo: async (count: number): Promise<number[]> => {
    const times: number[] = [];
    screen.clear();
    await session?.write(encoder.encode("cat\r"));
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (let i = 0; i < count; i++) {
      const buffer = terminal.buffer.active;
      const before = buffer.cursorX + (buffer.baseY + buffer.cursorY) * 1000;
      const start = performance.now();
      terminal.input("x");
      await until(() => buffer.cursorX + (buffer.baseY + buffer.cursorY) * 1000 !== before);
      times.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await session?.write(encoder.encode("\u0003"));
    return times;
  },
  /** Opens a forward of a port of the device; returns its origin, which a tab may open then. */
  forward: async (target: Target, port: number): Promise<string> => {
    connection = await open(target);
    const { tenant, deviceId } = target;
    const place = { scheme: "http", host: "localhost", port } as const;
    const answer = await fetch("/api/forwards", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ device: deviceId, ...place }),
    });
    const { origin } = (await answer.json()) as { origin: string };
    forward = await connection.forward(
      { ...place, tenant, deviceId, origin, headLimitMs: 0 },
      { askCertificate: () => Promise.resolve(false) },
    );
    host = new BridgeHost(origin, crypto.randomUUID(), forward);
    await host.ready;
    return origin;
  },
  endForward: async (): Promise<void> => {
    host?.close();
    await forward?.close();
    await connection?.close();
  },
  stats: () => loadBridge().then((bridge) => bridge.stats()),
  /** Opens and closes a connection count times; returns the program's measures before and after. */
  churn: async (target: Target, count: number) => {
    const before = await bench.stats();
    for (let i = 0; i < count; i++) {
      const one = await open(target);
      await one.close();
      await one.closed;
    }
    return { before, after: await bench.stats() };
  },
};

Object.assign(globalThis, { bench });
