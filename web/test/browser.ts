/** Chromium and a small server for the tests of elements: the built test page under the real policy. */

import { createServer } from "node:http";
import type { Server } from "node:http";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";
import { build } from "vite";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
};

/** As the gateway's, without the addresses of a gateway. */
const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; connect-src 'self'; worker-src 'self'; img-src 'self' data: blob:; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/** Pages of test/pages, built and served. */
export interface PageServer {
  url: string;
  close: () => void;
}

/** name: of the one page that is built, e.g. "terminal". */
export async function servePages(name = "terminal"): Promise<PageServer> {
  const outDir = mkdtempSync(path.join(tmpdir(), "porthole-pages-"));
  const root = path.resolve("test/pages");
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    build: {
      outDir,
      emptyOutDir: false,
      target: "es2022",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: path.join(root, `${name}.html`) },
    },
  });
  const server: Server = createServer((request, response) => {
    const file = path.normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    try {
      const body = readFileSync(path.join(outDir, file));
      response.writeHead(200, {
        "Content-Type": types[path.extname(file)] ?? "application/octet-stream",
        "Content-Security-Policy": policy,
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: () => {
      server.closeAllConnections();
      server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}

/** Debian's Chromium; CHROMIUM names another, by path or as a program of PATH. */
export function launch(): Promise<Browser> {
  const name = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  const executablePath = name.includes("/") ? name : find(name);
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

function find(name: string): string {
  for (const folder of (process.env["PATH"] ?? "").split(path.delimiter)) {
    const candidate = path.join(folder, name);
    try {
      readFileSync(candidate, { flag: "r" });
      return candidate;
    } catch {
      // not there
    }
  }
  throw new Error(`there is no ${name} in PATH: install chromium, or set CHROMIUM`);
}
