/** P24, P25 and big pages: very many requests grow nothing and dial little. */

import { strict as assert } from "node:assert";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { useForwarding } from "./support/forwarding.ts";

const f = useForwarding();

/** Sends count requests, so many at a time; returns how many were not whole. */
function many(page: Page, count: number, atOnce: number): Promise<number> {
  return page.evaluate(
    async ([total, width]) => {
      let [next, wrong] = [0, 0];
      const lane = async () => {
        while (next++ < total) {
          const answer = await fetch(`/1k?${next}`);
          if (answer.status !== 200 || (await answer.text()).length !== 1024) wrong++;
        }
      };
      await Promise.all(Array.from({ length: width }, lane));
      return wrong;
    },
    [count, atOnce] as const,
  );
}

/** MB of JavaScript's heap, after a collection. */
async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize / 1e6;
}

test("P25: connections are kept: 100 requests, 10 at a time, dial hardly more than 10 times", async () => {
  const { page, device } = f();
  const before = device.dials;
  assert.equal(await many(page, 100, 10), 0);
  assert.ok(device.dials - before <= 12, `${device.dials - before} dials`);
  const again = device.dials;
  for (let i = 0; i < 50; i++) assert.equal(await many(page, 1, 1), 0);
  assert.ok(device.dials - again <= 1, `${device.dials - again} dials for 50 in a row`);
});

test("P25: more long streams than connections of a browser starve nobody", async () => {
  const { page } = f();
  const open = await page.evaluate(async () => {
    const streams = await Promise.all(
      Array.from(
        { length: 30 },
        () =>
          new Promise<EventSource>((resolve, reject) => {
            const events = new EventSource("/events?every=500");
            events.onmessage = () => {
              resolve(events);
            };
            events.onerror = reject;
          }),
      ),
    );
    const answer = await fetch("/1k");
    for (const events of streams) events.close();
    return [streams.length, answer.status];
  });
  assert.deepEqual(open, [30, 200]);
});

test("P24: 10,000 requests: none fails, and page and app grow by next to nothing", async () => {
  const { page, app } = f();
  assert.equal(await many(page, 1_000, 16), 0);
  const first = [await heap(page), await heap(app)];
  assert.equal(await many(page, 9_000, 16), 0);
  const last = [await heap(page), await heap(app)];
  for (const [i, mb] of last.entries())
    assert.ok(mb < (first[i] ?? 0) + 8, `${["page", "app"][i]}: ${first[i]} MB, then ${mb} MB`);
});

test("a page with 2,000 scripts loads whole", async () => {
  const page = await f().browser.tab();
  await page.goto(`${f().origin}/many?count=2000`, { waitUntil: "commit" });
  await page.waitForFunction("window.parts === 2000", undefined, { timeout: 60_000 });
  await page.close();
});
