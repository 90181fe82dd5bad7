/** The words that stories are told in: sign in, open the device, connect, type, read. */

import type { Terminal } from "@xterm/xterm";
import { strict as assert } from "node:assert";
import type { JSHandle, Locator, Page } from "playwright-core";
import type { TerminalElement } from "../../src/terminal/terminal-element.ts";
import type { World } from "./world.ts";

export const DEMO_DEVICE = "Demo device";

/** Opens the one-time link and waits for the device list. */
export async function signInByLink(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole("list", { name: "Devices" }).waitFor();
}

/** Signs in with user and password and waits for the device list. */
export async function signIn(
  page: Page,
  origin: string,
  user: string,
  password: string,
): Promise<void> {
  await page.goto(origin);
  await page.getByLabel("User").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
  await page.getByRole("list", { name: "Devices" }).waitFor();
}

export async function openDevice(page: Page, name = DEMO_DEVICE): Promise<void> {
  await page.getByRole("link", { name }).first().click();
  await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
}

/** Signs in by a new link and opens the demo device. */
export async function atDemoDevice(page: Page, world: World): Promise<void> {
  await signInByLink(page, await world.newLink());
  await openDevice(page);
}

export interface Choice {
  configuration?: string;
  user?: string;
  credential?: "Password" | "Private key";
}

/** Fills the form and presses Connect. */
export async function connect(page: Page, choice: Choice = {}): Promise<void> {
  if (choice.configuration !== undefined) {
    const select = page.getByLabel("Configuration");
    const option = select.locator("option", { hasText: `${choice.configuration} (` });
    await select.selectOption((await option.getAttribute("value")) ?? "");
  }
  if (choice.user !== undefined) await page.getByLabel("SSH user").fill(choice.user);
  if (choice.credential !== undefined) {
    await page.getByLabel("Credential", { exact: true }).selectOption({ label: choice.credential });
  }
  await page.getByRole("button", { name: "Connect", exact: true }).click();
}

export async function trustHostKey(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Trust and connect" }).click();
}

export async function givePassword(page: Page, password: string): Promise<void> {
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** The whole way to a prompt of the demo device, host key question included. */
export async function shellOnDemoDevice(page: Page, world: World): Promise<void> {
  await atDemoDevice(page, world);
  await connect(page, { configuration: "ssh", user: world.user });
  await trustHostKey(page);
  await givePassword(page, world.password);
  await connected(page);
  await prompt(page);
}

export function phase(page: Page): Locator {
  return page.locator("[data-phase]");
}

export async function connected(page: Page): Promise<void> {
  await page.locator('[data-phase="connected"]').waitFor({ timeout: 20_000 });
}

/** The panel that says how a connection ended; waits for it. */
export async function ending(page: Page, timeout = 20_000): Promise<string> {
  const panel = page.locator('[data-test="ending"]');
  await panel.waitFor({ timeout });
  return panel.innerText();
}

/** xterm.js itself: its buffer is what the person sees. */
export function xterm(page: Page): Promise<JSHandle<Terminal>> {
  return page.locator("porthole-terminal").evaluateHandle((element) => {
    const { terminal } = element as TerminalElement;
    if (terminal === undefined) throw new Error("the terminal is not there yet");
    return terminal;
  });
}

/** Rows that a wait looks at: reading all of a full scrollback each time slows the page down. */
const RECENT = 300;

/** The terminal's last rows, wrapped ones joined. */
export async function terminalText(page: Page, rows = RECENT): Promise<string> {
  const terminal = await xterm(page);
  return terminal.evaluate(({ buffer: { active } }, count) => {
    const first = Math.max(0, active.length - count);
    let text = "";
    for (let y = first; y < active.length; y++) {
      const line = active.getLine(y);
      if (line === undefined) continue;
      const goesOn = active.getLine(y + 1)?.isWrapped === true;
      text += (y > first && !line.isWrapped ? "\n" : "") + line.translateToString(!goesOn);
    }
    return text.replace(/ +$/gm, "").trimEnd();
  }, rows);
}

/** Waits until the terminal shows something that matches. */
export async function shows(page: Page, pattern: RegExp, timeoutMs = 15_000): Promise<string> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const text = await terminalText(page);
    if (pattern.test(text)) return text;
    if (Date.now() > deadline)
      assert.fail(`no ${String(pattern)} in the terminal:\n${text.slice(-2000)}`);
    await page.waitForTimeout(50);
  }
}

/** Waits for the shell's prompt: plain shells read no key ahead of it. */
export async function prompt(page: Page): Promise<void> {
  await shows(page, /[$#>]$/);
}

/** Types keys into the terminal, one by one, as a person does. */
export async function type(page: Page, text: string): Promise<void> {
  await page.locator("porthole-terminal").locator("textarea").first().focus();
  await page.keyboard.type(text);
}

let marker = 0;

/** Runs a command in the shell and returns what it printed. */
export async function run(page: Page, command: string): Promise<string> {
  const mark = `done-${++marker}-`;
  await type(page, `${command}; echo ${mark}$?\n`);
  const text = await shows(page, new RegExp(`^${mark}\\d+`, "m"));
  const end = text.search(new RegExp(`^${mark}\\d+`, "m"));
  const echoed = text.lastIndexOf(`echo ${mark}`, end);
  return text.slice(text.indexOf("\n", echoed) + 1, end).trimEnd();
}

/** The terminal's size in characters. */
export async function size(page: Page): Promise<{ cols: number; rows: number }> {
  return (await xterm(page)).evaluate(({ cols, rows }) => ({ cols, rows }));
}

export function noFaults(faults: string[]): void {
  assert.deepEqual(faults, [], "the page made foreign requests, broke its policy or threw");
}
