/**
 * Chromium as people have it: with storage partitioned by top-level site. Playwright turns
 * that off, and then a service worker of a cross-site frame serves tabs that it never serves
 * for a person. The canary in pitfalls-isolation.test.ts proves that it is on here.
 */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { CHROMIUM_FLAGS, chromiumPath } from "./browser.ts";
import { removeFolder } from "./folder.ts";

/**
 * Of a switch that is given twice Chromium takes the last, which is ours: playwright's own
 * list without ThirdPartyStoragePartitioning, as far as it matters here.
 */
const DISABLED_FEATURES = [
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsUpgrades",
  "HttpsFirstBalancedModeAutoEnable",
  "MediaRouter",
  "PaintHolding",
  "OptimizationHints",
  "NetworkTimeServiceQuerying",
  "PreconnectToSearch",
];

export interface Partitioned {
  readonly context: BrowserContext;
  /** A new tab; what it throws and what breaks its policy is kept in faults. */
  tab(): Promise<Page>;
  /** Uncaught errors of the tabs made by tab(). */
  readonly faults: string[];
  close(): Promise<void>;
}

type Options = NonNullable<Parameters<typeof chromium.launchPersistentContext>[1]>;

/** A browser with a profile of its own: only such a profile may keep service workers. */
export async function launchPartitioned(options: Options = {}): Promise<Partitioned> {
  const profile = mkdtempSync(join(tmpdir(), "porthole-chromium-"));
  const { args = [], ...rest } = options;
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    viewport: { width: 1280, height: 800 },
    args: [...CHROMIUM_FLAGS, `--disable-features=${DISABLED_FEATURES.join(",")}`, ...args],
    ...rest,
  });
  context.setDefaultTimeout(15_000);
  const faults: string[] = [];
  return {
    context,
    faults,
    tab: async () => {
      const page = await context.newPage();
      page.on("pageerror", (error) => faults.push(error.stack ?? error.message));
      return page;
    },
    close: async () => {
      await context.close();
      // Chromium may write for a moment after it said that it closed.
      await removeFolder(profile);
    },
  };
}
