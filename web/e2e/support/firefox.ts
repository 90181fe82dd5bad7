/** Debian's Firefox ESR, driven by WebDriver BiDi: what is secure must be so in two browsers. */

import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch, type Browser, type Page } from "puppeteer-core";
import { removeFolder } from "./folder.ts";

/** Nothing of Firefox's own may ask the network. */
const QUIET = {
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "app.update.auto": false,
  "browser.safebrowsing.downloads.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.safebrowsing.update.enabled": false,
  "browser.search.update": false,
  "browser.region.network.url": "",
  "browser.topsites.contile.enabled": false,
  "captivedetect.canonicalURL": "",
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.push.connection.enabled": false,
  "extensions.getAddons.cache.enabled": false,
  "extensions.update.enabled": false,
  "geo.provider.network.url": "",
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.dns.disablePrefetch": true,
  "network.prefetch-next": false,
  "network.trr.mode": 5,
  "services.settings.server": "data:,",
  "signon.autofillForms": false,
  "toolkit.telemetry.enabled": false,
  "toolkit.telemetry.unified": false,
};

export interface Firefox {
  readonly browser: Browser;
  tab(): Promise<Page>;
  close(): Promise<void>;
}

export function firefoxPath(): string {
  const name = process.env["FIREFOX"] ?? "firefox-esr";
  return name.includes("/") ? name : execFileSync("which", [name]).toString().trim();
}

/** A Firefox with a home and a profile of its own, and what else it shall be told. */
export async function launchFirefox(
  prefs: Record<string, string | number | boolean> = {},
): Promise<Firefox> {
  const home = mkdtempSync(join(tmpdir(), "porthole-firefox-"));
  const browser = await launch({
    browser: "firefox",
    executablePath: firefoxPath(),
    headless: true,
    userDataDir: join(home, "profile"),
    env: { ...process.env, HOME: home, XDG_CACHE_HOME: home, MOZ_CRASHREPORTER_DISABLE: "1" },
    extraPrefsFirefox: { ...QUIET, ...prefs },
    timeout: 60_000,
  });
  return {
    browser,
    tab: async () => {
      const page = await browser.newPage();
      page.setDefaultTimeout(20_000);
      await page.setViewport({ width: 1280, height: 800 });
      return page;
    },
    close: async () => {
      await browser.close();
      await removeFolder(home);
    },
  };
}
