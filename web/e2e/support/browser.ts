/** Real Chromium, and the two things every browser test watches: foreign requests and CSP reports. */

import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { execFileSync } from "node:child_process";

export function chromiumPath(): string {
  const name = process.env["CHROMIUM"] ?? "chromium";
  return name.includes("/") ? name : execFileSync("which", [name]).toString().trim();
}

/** Nothing of Chromium's own may ask the network. */
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_FLAGS });
}

export interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  /** CSP reports, requests to another origin, uncaught errors: must be empty at the end. */
  readonly faults: string[];
  close(): Promise<void>;
}

type ContextOptions = NonNullable<Parameters<Browser["newContext"]>[0]>;

/** A page in a profile of its own. */
export async function open(
  browser: Browser,
  origin: string,
  options: ContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults: string[] = [];
  const own = new URL(origin).host;
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.host !== own)
      faults.push(`foreign request: ${url.href}`);
  });
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) faults.push(`CSP: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.stack ?? error.message}`));
  return { page, context, faults, close: () => context.close() };
}
