/** Serves the test page of the disk, and the service worker of /dl/, under the app's policy. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "vite";
import type { PageServer } from "./browser.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
};

/** As the gateway's (server/edge/headers.go). */
function policy(origin: string): string {
  return `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; connect-src 'self'; worker-src 'self'; img-src 'self' data: blob:; font-src 'self'; frame-src ${origin}/dl/; frame-ancestors 'none'; base-uri 'none'; form-action 'self'`;
}

export async function serveDisk(): Promise<PageServer> {
  const outDir = mkdtempSync(path.join(tmpdir(), "porthole-disk-"));
  const root = path.resolve("test/pages");
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    worker: { format: "es" },
    build: {
      outDir,
      emptyOutDir: false,
      target: "es2022",
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: path.join(root, "disk.html") },
    },
  });
  execFileSync(process.execPath, ["scripts/downloads.mjs"], {
    env: { ...process.env, PORTHOLE_DIST: outDir },
  });
  const server = createServer((request, response) => {
    const name = path.normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const { port } = server.address() as AddressInfo;
    const headers = { "Content-Security-Policy": policy(`http://127.0.0.1:${String(port)}`) };
    try {
      const body = readFileSync(path.join(outDir, name));
      const type = types[path.extname(name)] ?? "application/octet-stream";
      response.writeHead(200, { "Content-Type": type, ...headers });
      response.end(body);
    } catch {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("from the gateway");
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

/** Waits until something holds that has to be asked for. */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
