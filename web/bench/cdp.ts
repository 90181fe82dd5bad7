/**
 * Chromium over a bare DevTools pipe, with no Network domain: Playwright's copies every
 * websocket frame as base64 to its driver and hides what is to be measured.
 */

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { CHROMIUM_FLAGS, chromiumPath } from "../e2e/support/browser.ts";

const UNTIL_LIMIT_MS = 20_000;

interface Reply {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  sessionId?: string;
  result?: Record<string, unknown>;
  error?: { message: string };
}

/** One tab. */
export interface Tab {
  goto(url: string): Promise<void>;
  /** Evaluates an expression, awaiting a promise, and returns its JSON value. */
  run<T>(expression: string): Promise<T>;
  /** Resolves when an expression is true, in whatever document the tab shows by then. */
  until(expression: string): Promise<void>;
  /** JS heap after a forced collection, bytes. */
  heap(): Promise<number>;
  /** Attaches to its dedicated workers and to its frames of other processes. */
  attached(): Promise<Attached[]>;
  /** Brings it to the front: what is measured is what a person looks at. */
  show(): Promise<void>;
  send(method: string, params?: Record<string, unknown>): Promise<Record<string, unknown>>;
}

/** What DevTools can attach to beside tabs. */
export interface Attached {
  /** worker, service_worker, iframe … */
  readonly type: string;
  readonly url: string;
  /** JS heap after a forced collection, bytes. */
  heap(): Promise<number>;
  send(method: string, params?: Record<string, unknown>): Promise<Record<string, unknown>>;
}

export interface Chromium {
  tab(): Promise<Tab>;
  /** Attaches to the service workers of an origin. */
  serviceWorkers(origin: string): Promise<Attached[]>;
  /** Private memory of its renderer processes, bytes: what the browser's task manager shows of tabs. */
  rendererMemory(): Promise<number>;
  close(): Promise<void>;
}

/**
 * What a person would click: pages may write to folders that are dropped on them. And nobody
 * is asked about each file: without a network that takes a quarter of a second.
 */
const PREFERENCES = {
  profile: { default_content_setting_values: { file_system_write_guard: 1 } },
  safebrowsing: { enabled: false },
};

/** Starts a browser with an empty profile. */
export function startChromium(flags: string[] = []): Chromium {
  const profile = mkdtempSync(join(tmpdir(), "porthole-bench-"));
  mkdirSync(join(profile, "Default"));
  writeFileSync(join(profile, "Default/Preferences"), JSON.stringify(PREFERENCES));
  const child = spawn(
    chromiumPath(),
    [
      ...["--headless", "--remote-debugging-pipe", `--user-data-dir=${profile}`, ...CHROMIUM_FLAGS],
      ...["--enable-precise-memory-info", "--js-flags=--expose-gc", ...flags, "about:blank"],
    ],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  const reap = () => child.kill("SIGKILL");
  process.once("exit", reap);
  const pipe = connect(child.stdio[3] as Writable, child.stdio[4] as Readable);
  return {
    tab: () => openTab(pipe),
    serviceWorkers: (origin) => serviceWorkers(pipe, origin),
    rendererMemory: () => rendererMemory(pipe),
    close: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      await pipe.send("Browser.close").catch(() => child.kill("SIGKILL"));
      await gone;
      process.off("exit", reap);
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Pipe {
  send(
    method: string,
    params?: Record<string, unknown>,
    sessionId?: string,
  ): Promise<Record<string, unknown>>;
  once(method: string, sessionId: string): Promise<void>;
  /** Hears every event; returns the function that ends it. */
  listen(event: (reply: Reply) => void): () => void;
}

function connect(input: Writable, output: Readable): Pipe {
  let last = 0;
  const waiting = new Map<
    number,
    { resolve: (v: Record<string, unknown>) => void; reject: (e: Error) => void }
  >();
  const events = new Set<(reply: Reply) => void>();
  let rest: Buffer = Buffer.alloc(0);
  output.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      const reply = JSON.parse(rest.subarray(0, end).toString()) as Reply;
      rest = rest.subarray(end + 1);
      const call = reply.id === undefined ? undefined : waiting.get(reply.id);
      if (call === undefined) for (const event of events) event(reply);
      else if (reply.error !== undefined) call.reject(new Error(reply.error.message));
      else call.resolve(reply.result ?? {});
      if (reply.id !== undefined) waiting.delete(reply.id);
    }
  });
  return {
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, { resolve, reject });
        input.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`);
      }),
    once: (method, sessionId) =>
      new Promise((resolve) => {
        const event = (reply: Reply) => {
          if (reply.method !== method || reply.sessionId !== sessionId) return;
          events.delete(event);
          resolve();
        };
        events.add(event);
      }),
    listen: (event) => {
      events.add(event);
      return () => events.delete(event);
    },
  };
}

function attach(pipe: Pipe, type: string, url: string, session: string): Attached {
  const send = (method: string, params?: Record<string, unknown>) =>
    pipe.send(method, params, session);
  return {
    type,
    url,
    send,
    heap: async () => {
      await send("HeapProfiler.enable");
      await send("HeapProfiler.collectGarbage");
      const { usedSize } = await send("Runtime.getHeapUsage");
      await send("HeapProfiler.disable");
      return usedSize as number;
    },
  };
}

interface TargetInfo {
  targetId: string;
  type: string;
  url: string;
}

async function serviceWorkers(pipe: Pipe, origin: string): Promise<Attached[]> {
  const { targetInfos } = (await pipe.send("Target.getTargets")) as { targetInfos: TargetInfo[] };
  const found = targetInfos.filter((t) => t.type === "service_worker" && t.url.startsWith(origin));
  return Promise.all(
    found.map(async ({ targetId, type, url }) => {
      const { sessionId } = await pipe.send("Target.attachToTarget", { targetId, flatten: true });
      return attach(pipe, type, url, sessionId as string);
    }),
  );
}

async function rendererMemory(pipe: Pipe): Promise<number> {
  const { processInfo } = (await pipe.send("SystemInfo.getProcessInfo")) as {
    processInfo: { type: string; id: number }[];
  };
  let kib = 0;
  for (const { type, id } of processInfo) {
    if (type !== "renderer") continue;
    const maps = readFileSync(`/proc/${id}/smaps_rollup`, "utf8");
    for (const [, size] of maps.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm))
      kib += Number(size);
  }
  return kib * 1024;
}

/** Chromium tells of a tab's workers one by one, before it answers the order to attach. */
async function attachedOf(pipe: Pipe, session: string): Promise<Attached[]> {
  const found: Attached[] = [];
  const end = pipe.listen(({ method, params, sessionId }) => {
    if (method !== "Target.attachedToTarget" || sessionId !== session) return;
    const { targetInfo, sessionId: own } = params as { targetInfo: TargetInfo; sessionId: string };
    found.push(attach(pipe, targetInfo.type, targetInfo.url, own));
  });
  // Off and on again: it tells of those that it is attached to only once.
  for (const autoAttach of [false, true]) {
    const how = { autoAttach, waitForDebuggerOnStart: false, flatten: true };
    await pipe.send("Target.setAutoAttach", how, session);
  }
  end();
  return found;
}

async function openTab(pipe: Pipe): Promise<Tab> {
  const { targetId } = await pipe.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await pipe.send("Target.attachToTarget", { targetId, flatten: true });
  const session = sessionId as string;
  await pipe.send("Page.enable", {}, session);
  const run = async <T>(expression: string): Promise<T> => {
    const answer = (await pipe.send(
      "Runtime.evaluate",
      { expression, awaitPromise: true, returnByValue: true, userGesture: true },
      session,
    )) as {
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    if (answer.exceptionDetails !== undefined)
      throw new Error(
        answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text,
      );
    return answer.result.value;
  };
  return {
    run,
    send: (method, params) => pipe.send(method, params, session),
    until: async (expression) => {
      for (const since = performance.now(); ;) {
        // A document that goes away takes the call with it.
        if (await run<boolean>(`Boolean(${expression})`).catch(() => false)) return;
        if (performance.now() - since > UNTIL_LIMIT_MS)
          throw new Error(`never true: ${expression}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    attached: () => attachedOf(pipe, session),
    show: async () => {
      await pipe.send("Page.bringToFront", {}, session);
    },
    goto: async (url) => {
      const loaded = pipe.once("Page.loadEventFired", session);
      await pipe.send("Page.navigate", { url }, session);
      await loaded;
    },
    // Twice, a task apart: buffers that crossed from the worker go with the second collection.
    heap: () =>
      run<number>(`(async () => {
        for (let i = 0; i < 2; i++) {
          globalThis.gc?.();
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        return performance.memory.usedJSHeapSize;
      })()`),
  };
}
