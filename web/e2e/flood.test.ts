/** Floods, big pastes and odd sizes: the page stays alive, nothing is lost, Ctrl-C works. */

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch, open, type Watched } from "./support/browser.ts";
import { noFaults, run, shellOnDemoDevice, shows, size, type, xterm } from "./support/story.ts";
import { startWorld, type World } from "./support/world.ts";

let world: World;
let browser: Browser;
let tab: Watched;

before(async () => {
  world = await startWorld();
  browser = await launch();
});
after(async () => {
  await browser.close();
  await world.stop();
});
beforeEach(async () => {
  tab = await open(browser, world.url);
  await shellOnDemoDevice(tab.page, world);
});
afterEach(async () => {
  noFaults(tab.faults);
  await tab.close();
});

/** The longest time that the page did not get to run a timer, in ms. */
async function longestPause(page: Page, forMs: number): Promise<number> {
  return page.evaluate(
    (duration) =>
      new Promise<number>((resolve) => {
        const start = performance.now();
        let last = start;
        let longest = 0;
        const tick = () => {
          const now = performance.now();
          longest = Math.max(longest, now - last);
          last = now;
          if (now - start < duration) setTimeout(tick, 0);
          else resolve(longest);
        };
        tick();
      }),
    forMs,
  );
}

/** ms from Ctrl-C to a prompt that answers. */
async function interrupt(page: Page, word: string): Promise<number> {
  const start = Date.now();
  await page.keyboard.press("Control+c");
  await page.keyboard.type(`echo ${word}-$((1+1))\n`);
  await shows(page, new RegExp(`^${word}-2`, "m"), 20_000);
  return Date.now() - start;
}

test("`yes` for a minute: the page answers all the time and Ctrl-C works within a second", async () => {
  const { page } = tab;
  await type(page, "yes\n");
  await shows(page, /y\ny\ny/);
  const pause = await longestPause(page, 60_000);
  assert.ok(pause < 1_000, `the page stood still for ${pause.toFixed(0)} ms`);
  const ms = await interrupt(page, "calm");
  assert.ok(ms < 1_000, `Ctrl-C took ${ms} ms`);
});

test("`cat /dev/urandom`: Ctrl-C ends it within a second and the terminal can be used again", async () => {
  const { page } = tab;
  // What comes after the noise begins with CAN and a reset: random bytes may have begun a
  // sequence that would swallow it, or switched the character set.
  const ended = join(world.stateDir, "interrupted");
  const script = [
    `trap 'date +%s%3N > ${ended}' INT`,
    "cat /dev/urandom",
    "printf '\\030\\033ccalm-%d\\n' $((1+1))",
  ].join("; ");
  await type(page, `sh -c '${script.replaceAll("'", "'\\''")}'\n`);
  const pause = await longestPause(page, 5_000);
  assert.ok(pause < 1_000, `the page stood still for ${pause.toFixed(0)} ms`);
  const start = Date.now();
  await page.keyboard.press("Control+c");
  await shows(page, /^calm-2$/m, 30_000);
  const drawn = Date.now() - start;
  const ms = Number(readFileSync(ended, "utf8")) - start;
  assert.ok(ms < 1_000, `the program was interrupted ${ms} ms after Ctrl-C`);
  // What was on its way is drawn first: up to 2 MiB of SSH window and 1 MiB of ours.
  assert.ok(drawn < 5_000, `the shell was back on the screen ${drawn} ms after Ctrl-C`);
  // Noise asks the terminal what it is; the answers stand on the shell's line.
  await page.keyboard.press("Control+c");
  assert.match(await run(page, "echo again"), /^again$/m);
});

test("a paste of 5 MB arrives whole", async () => {
  const { page } = tab;
  const bytes = 5 * 1024 * 1024;
  // Raw: the PTY's line discipline would cut lines at 4096 bytes.
  await type(page, "stty raw -echo; printf 'rea''dy'; head -c 5242880 | sha256sum; stty sane\n");
  await shows(page, /ready/);
  const hash = await (
    await xterm(page)
  ).evaluate(async (terminal, count) => {
    const text = "0123456789abcdef".repeat(count / 16);
    terminal.paste(text);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, "0")).join("");
  }, bytes);
  await shows(page, new RegExp(hash), 60_000);
});

test("terminals of 1×1 and 500×200", async () => {
  const { page } = tab;
  for (const [cols, rows] of [
    [1, 1],
    [500, 200],
  ] as const) {
    await (
      await xterm(page)
    ).evaluate(
      (terminal, [c, r]) => {
        terminal.resize(c, r);
      },
      [cols, rows] as const,
    );
    // xterm.js has no fewer than two columns; the device is told what is there.
    assert.deepEqual(await size(page), { cols: Math.max(2, cols), rows });
    await type(page, `stty size > ${world.stateDir}/size-${cols}\n`);
  }
  await page.setViewportSize({ width: 1000, height: 700 });
  assert.match(await run(page, `cat ${world.stateDir}/size-500`), /200 500/);
  assert.match(await run(page, `cat ${world.stateDir}/size-1`), /^1 2$/m);
});
