/**
 * Chromium that nobody debugs while it matters: a debugger keeps service workers alive and
 * lifts their limits, and playwright is one. It is attached to, let go, and attached again.
 */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext } from "playwright-core";
import { CHROMIUM_FLAGS, chromiumPath } from "./browser.ts";
import { removeFolder } from "./folder.ts";
import { start } from "./process.ts";

export interface Undebugged {
  /** Attaches; what the browser had open is there. */
  attach(): Promise<BrowserContext>;
  /** Lets go: from here on the browser is as a person's. */
  letGo(): Promise<void>;
  close(): Promise<void>;
}

export async function launchUndebugged(): Promise<Undebugged> {
  const profile = mkdtempSync(join(tmpdir(), "porthole-chromium-"));
  const child = start(chromiumPath(), [
    ...["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${profile}`],
    ...["--no-default-browser-check", "--password-store=basic", "--window-size=1280,900"],
    ...[...CHROMIUM_FLAGS, "about:blank"],
  ]);
  const [, address] = await child.match(/DevTools listening on (ws:\/\/\S+)/);
  const endpoint = (address ?? "").replace(/^ws:(\/\/[^/]+).*/, "http:$1");
  let browser: Browser | undefined;
  return {
    attach: async () => {
      browser = await chromium.connectOverCDP(endpoint);
      const [context] = browser.contexts();
      if (context === undefined) throw new Error("the browser has no context");
      context.setDefaultTimeout(20_000);
      return context;
    },
    letGo: async () => {
      await browser?.close();
    },
    close: async () => {
      await browser?.close();
      await child.stop();
      await removeFolder(profile);
    },
  };
}
