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

/** Starts a program that floods; the shell writes down when Ctrl-C reached it. */
async function flood(page: Page, program: string): Promise<() => Promise<Interrupted>> {
  const file = join(world.stateDir, "interrupted");
  // What comes after the flood begins with CAN and a reset: random bytes may have begun a
  // sequence that would swallow it, or switched the character set.
  const script = [
    `trap 'date +%s%3N > ${file}' INT`,
    program,
    "printf '\\030\\033ccalm-%d\\n' $((1+1))",
  ].join("; ");
  await type(page, `sh -c '${script.replaceAll("'", "'\\''")}'\n`);
  return async () => {
    const start = Date.now();
    await page.keyboard.press("Control+c");
    await shows(page, /^calm-2$/m, 30_000);
    const drawn = Date.now() - start;
    return { ended: Number(readFileSync(file, "utf8")) - start, drawn };
  };
}

/** ms from the key: until the program got the signal, until what follows is on the screen. */
interface Interrupted {
  ended: number;
  drawn: number;
}

/** What was on its way is drawn first: up to 2 MiB of SSH window and 1 MiB of ours. */
function inTime({ ended, drawn }: Interrupted): void {
  assert.ok(ended < 1_000, `the program was interrupted ${ended} ms after Ctrl-C`);
  assert.ok(drawn < 5_000, `the shell was back on the screen ${drawn} ms after Ctrl-C`);
}

test("`yes` for a minute: the page answers all the time and Ctrl-C ends it within a second", async () => {
  const { page } = tab;
  const interrupt = await flood(page, "yes");
  await shows(page, /y\ny\ny/);
  const pause = await longestPause(page, 60_000);
  assert.ok(pause < 1_000, `the page stood still for ${pause.toFixed(0)} ms`);
  inTime(await interrupt());
  assert.match(await run(page, "echo again"), /^again$/m);
});

test("`cat /dev/urandom`: Ctrl-C ends it within a second and the terminal can be used again", async () => {
  const { page } = tab;
  const interrupt = await flood(page, "cat /dev/urandom");
  const pause = await longestPause(page, 5_000);
  assert.ok(pause < 1_000, `the page stood still for ${pause.toFixed(0)} ms`);
  inTime(await interrupt());
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
