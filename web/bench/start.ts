/** Navigation → usable page, cold, next to compile and start of the same wasm in an empty page. */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join, resolve } from "node:path";
import { startWorld } from "../e2e/support/world.ts";
import { startChromium } from "./cdp.ts";
import { median, type Figure } from "./figures.ts";

const root = resolve(process.env["PORTHOLE_ROOT"] ?? "..");
const RUNS = 7;

/** Nothing but the toolchain's loader and the wasm: the least that any page can take. */
const EMPTY = `<!doctype html><title>empty</title><script src="/wasm_exec.js"></script><script type="module">
performance.mark("begin");
const go = new Go();
const { instance } = await WebAssembly.instantiateStreaming(fetch("/porthole.wasm"), go.importObject);
void go.run(instance);
const look = () => globalThis.portholeBridge ? performance.measure("porthole:go-started", "begin") : setTimeout(look, 1);
look();
</script>`;

/** Each run has a browser of its own: nothing is cached, no code is compiled. */
async function cold(url: string, mark: string): Promise<number> {
  const browser = startChromium();
  try {
    const tab = await browser.tab();
    await tab.goto(url);
    return await tab.run<number>(`new Promise((resolve, reject) => {
      const look = () => {
        const [mark] = performance.getEntriesByName(${JSON.stringify(mark)});
        if (mark === undefined && performance.now() > 20000) reject(new Error("no mark ${mark}"));
        else if (mark === undefined) setTimeout(look, 5);
        else resolve(mark.entryType === "measure" ? mark.duration : mark.startTime);
      };
      look();
    })`);
  } finally {
    await browser.close();
  }
}

/** Serves the empty page, the wasm brotli-compressed as the gateway serves it. */
function serveEmpty(): Promise<{ server: Server; url: string }> {
  const assets = join(root, "static/dist/assets");
  const name = readdirSync(assets).find((file) => file.endsWith(".wasm.br"));
  if (name === undefined) throw new Error("no compressed wasm in static/dist: run make web");
  const goroot = execFileSync("go", ["env", "GOROOT"]).toString().trim();
  const files: Record<string, [body: Buffer | string, type: string, encoding?: string]> = {
    "/": [EMPTY, "text/html"],
    "/wasm_exec.js": [readFileSync(join(goroot, "lib/wasm/wasm_exec.js")), "text/javascript"],
    "/porthole.wasm": [readFileSync(join(assets, name)), "application/wasm", "br"],
  };
  const server = createServer((request, response) => {
    const [body, type, encoding] = files[request.url ?? ""] ?? ["", "text/plain"];
    response.writeHead(body === "" ? 404 : 200, {
      "Content-Type": type,
      ...(encoding !== undefined && { "Content-Encoding": encoding }),
    });
    response.end(body);
  });
  return new Promise((done) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("no address");
      done({ server, url: `http://porthole.localhost:${address.port}/` });
    }),
  );
}

export async function startFigures(): Promise<Figure[]> {
  const world = await startWorld();
  const empty = await serveEmpty();
  const ours: number[] = [];
  const limit: number[] = [];
  try {
    for (let i = 0; i < RUNS; i++) {
      ours.push(await cold(world.url, "porthole:usable"));
      limit.push(await cold(empty.url, "porthole:go-started"));
    }
  } finally {
    empty.server.close();
    empty.server.closeAllConnections();
    await world.stop();
  }
  return [
    {
      name: "navigation → usable page, cold, median",
      value: median(ours),
      unit: "ms",
      against: { name: "the wasm in an empty page", value: median(limit) },
      bound: { of: "ratio", most: 4 },
      runs: RUNS,
    },
  ];
}
