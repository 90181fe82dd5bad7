/** What tests do inside a page of the device. */

import type { Page } from "playwright-core";

export interface Answer {
  status: number;
  statusText: string;
  url: string;
  redirected: boolean;
  headers: Record<string, string>;
  text: string;
}

/** fetch() in the page; a failure is status 0 with its message as text. */
export function get(page: Page, path: string, init: RequestInit = {}): Promise<Answer> {
  return page.evaluate(
    async ([to, how]) => {
      try {
        const answer = await fetch(to, how);
        return {
          status: answer.status,
          statusText: answer.statusText,
          url: answer.url,
          redirected: answer.redirected,
          headers: Object.fromEntries(answer.headers),
          text: await answer.text(),
        };
      } catch (error) {
        const text = String(error);
        return { status: 0, statusText: "", url: to, redirected: false, headers: {}, text };
      }
    },
    [path, init] as const,
  );
}

/** Uploads a pattern of that size and says what the device saw. */
export function upload(
  page: Page,
  path: string,
  size: number,
): Promise<{ bytes: number; sha256: string; headers: Record<string, string>; sent: string }> {
  return page.evaluate(
    async ([to, length]) => {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i += 65_536)
        crypto.getRandomValues(bytes.subarray(i, Math.min(length, i + 65_536)));
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      const sent = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const answer = await fetch(to, { method: "POST", body: new Blob([bytes]) });
      const seen = (await answer.json()) as {
        bytes: number;
        sha256: string;
        headers: Record<string, string>;
      };
      return { ...seen, sent };
    },
    [path, size] as const,
  );
}

/** The heading of the page, once there is one that matches. */
export async function heading(page: Page, pattern: RegExp, timeout = 15_000): Promise<string> {
  const found = page.getByRole("heading", { name: pattern }).first();
  await found.waitFor({ timeout });
  return found.innerText();
}

/** Kills every service worker of the browser, as it does itself when they are idle. */
export async function stopWorkers(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("ServiceWorker.enable");
  await session.send("ServiceWorker.stopAllWorkers");
  await session.detach();
}
