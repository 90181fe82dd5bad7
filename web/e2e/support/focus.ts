/** A person without a mouse: what has the focus, and how a key leads there. */

import { strict as assert } from "node:assert";
import type { Page } from "playwright-core";

/** What has the focus, in words: its label or text. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    if (!(element instanceof HTMLElement)) return "";
    const labels =
      element instanceof HTMLInputElement || element instanceof HTMLSelectElement
        ? element.labels
        : [];
    const label = labels?.[0]?.textContent ?? element.getAttribute("aria-label");
    return (label ?? element.textContent).replace(/\s+/g, " ").trim();
  });
}

/** Presses a key until the wanted thing has the focus, as often as a person might. */
export async function reach(page: Page, wanted: RegExp, key = "Tab", times = 40): Promise<void> {
  const seen: string[] = [];
  for (let i = 0; i < times; i++) {
    const now = await focused(page);
    if (wanted.test(now)) return;
    seen.push(now);
    await page.keyboard.press(key);
  }
  assert.fail(`${key} does not reach ${String(wanted)}, only: ${seen.join(" | ")}`);
}

/** Waits until the focus is there by itself. */
export async function arrives(page: Page, wanted: RegExp): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!wanted.test(await focused(page))) {
    if (Date.now() > deadline)
      assert.fail(`the focus is on "${await focused(page)}", not on ${String(wanted)}`);
    await page.waitForTimeout(50);
  }
}
