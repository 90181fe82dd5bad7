/** What is dragged out of `<porthole-files>`, in Chromium, over files in memory. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, describe, test } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { launch, servePages } from "./browser.ts";
import type { PageServer } from "./browser.ts";
import type { FileLimits } from "../src/bridge/files.ts";
import type {} from "./pages/files.ts";

/** What a drag carried, as another program would get it. */
interface Carried {
  readonly types: readonly string[];
  readonly url: string;
}

declare global {
  interface Window {
    carried: Carried;
    /** When the last drag ended; 0 while it goes on. */
    ended: number;
    /** blob: addresses that answer. */
    addresses: string[];
  }
}

/** Of the screen: beside the browser's window. */
const OUTSIDE = { x: 3000, y: 2000 };

describe("a drag out of <porthole-files>", () => {
  let browser: Browser;
  let server: PageServer;
  let page: Page;
  let panel: Locator;

  before(async () => {
    [browser, server] = await Promise.all([launch(), servePages("files")]);
  });
  after(async () => {
    await browser.close();
    server.close();
  });
  afterEach(() => page.context().close());

  const row = (name: string) =>
    panel.locator("[data-at]").filter({ has: page.locator(`.name[title="${name}"]`) });
  const downloads = () =>
    page.evaluate(() =>
      window.filesHarness.queue.asked.filter((what) => what.startsWith("download")),
    );
  const said = (text: string | RegExp) =>
    panel.locator("[data-test=said]").getByText(text).waitFor();
  const reads = () =>
    page.evaluate(() => window.filesHarness.files.calls.filter((call) => call.startsWith("read ")));

  /** A page of a browser on that system, with a panel over a few files. */
  async function open(
    system: "Windows" | "macOS" | "Linux",
    limits: Partial<FileLimits> = { maxBytes: 50_000_000 },
  ): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 900, height: 600 } });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setUserAgentOverride", {
      userAgent: "Test",
      userAgentMetadata: {
        ...{ platform: system, platformVersion: "", architecture: "", model: "", mobile: false },
      },
    });
    await page.addInitScript(() => {
      const createObjectURL = URL.createObjectURL.bind(URL);
      const revokeObjectURL = URL.revokeObjectURL.bind(URL);
      window.addresses = [];
      URL.createObjectURL = (blob) => {
        const url = createObjectURL(blob);
        window.addresses.push(url);
        return url;
      };
      URL.revokeObjectURL = (url) => {
        window.addresses = window.addresses.filter((each) => each !== url);
        revokeObjectURL(url);
      };
    });
    await page.goto(`${server.url}/files.html`);
    await page.waitForFunction(() => "filesHarness" in window);
    await page.evaluate((given) => {
      const { filesHarness: harness } = window;
      harness
        .fresh(given)
        .folder("/home/demo/logs")
        .file("/home/demo/hello.txt", 6)
        .file("/home/demo/a:b.html", 6)
        .file("/home/demo/grown.log", 5)
        .file("/home/demo/big.bin", 9_000_000)
        .file("/home/demo/huge.bin", 60_000_000);
      harness.connect(true);
      addEventListener("dragstart", ({ dataTransfer }) => {
        const types = [...(dataTransfer?.types ?? [])];
        window.carried = { types, url: dataTransfer?.getData("DownloadURL") ?? "" };
        window.ended = 0;
      });
      addEventListener("dragend", () => {
        window.ended = performance.now();
      });
    }, limits);
    panel = page.locator("porthole-files");
    await row("hello.txt").waitFor();
  }

  /** Presses, waits as a hand does until what is read is there, and moves to a place. */
  async function drag(name: string, to: { x: number; y: number }, wait = true): Promise<Carried> {
    const box = await row(name).locator(".words").boundingBox();
    assert.ok(box !== null);
    await page.mouse.move(box.x + 5, box.y + 8);
    await page.mouse.down();
    if (wait) await page.waitForFunction(() => window.filesHarness.files.reading === 0);
    await page.mouse.move(box.x + 15, box.y + 18, { steps: 3 });
    await page.mouse.move(to.x, to.y, { steps: 3 });
    return page.evaluate(() => window.carried);
  }

  /** Lets go, and waits until a download would have been asked for. */
  async function letGo(): Promise<void> {
    await page.mouse.up();
    await page.waitForFunction(() => window.ended > 0);
    const since = await page.evaluate(() => (window.ended = performance.now()));
    await page.waitForFunction((start) => performance.now() > start + 700, since);
  }

  test("a small file is handed out: as bytes without a type, under a safe name, and once", async () => {
    await open("Windows");
    const { types, url } = await drag("a:b.html", OUTSIDE);
    assert.deepEqual([...types].sort(), ["application/x-porthole-files", "downloadurl"]);
    const [, type, name, address = ""] = /^([^:]+):([^:]+):(blob:.*)$/.exec(url) ?? [];
    assert.deepEqual([type, name], ["application/octet-stream", "a_b.html"]);
    const arriving = page.waitForEvent("download");
    await page.evaluate((href) => {
      Object.assign(document.createElement("a"), { href, download: "x" }).click();
    }, address);
    assert.equal(readFileSync(await (await arriving).path(), "utf8"), "hello\n");
    await letGo();
    assert.deepEqual(await downloads(), [], "who refuses it gets no download instead");
    await page.evaluate(() => {
      document.querySelector("porthole-files")?.remove();
    });
    assert.deepEqual(await page.evaluate(() => window.addresses), [], "its address is gone");
  });

  test("what another program took is said", async () => {
    await open("Windows");
    await drag("hello.txt", OUTSIDE);
    await row("hello.txt").evaluate((element) => {
      const dataTransfer = new DataTransfer();
      Object.defineProperty(dataTransfer, "dropEffect", { value: "copy" });
      const how = { dataTransfer, screenX: 3000, screenY: 2000, bubbles: true, composed: true };
      element.dispatchEvent(new DragEvent("dragend", how));
    });
    await said("hello.txt went to where you dropped it.");
    await letGo();
    assert.deepEqual(await downloads(), []);
  });

  const elsewhere: readonly [name: string, why: RegExp][] = [
    ["big.bin", /^big\.bin goes to the browser's downloads: only files below 8 MiB/],
    ["logs", /^logs goes to the browser's downloads: only a single file/],
    ["grown.log", /^grown\.log goes to the browser's downloads: it had not been read/],
  ];
  for (const [name, why] of elsewhere) {
    test(`${name}, let go outside, is downloaded by the browser, and the panel says why`, async () => {
      await open("Windows");
      assert.equal((await drag(name, OUTSIDE)).url, "");
      await letGo();
      await said(why);
      assert.deepEqual(await downloads(), [`download /home/demo/${name} browser`]);
    });
  }

  test("several are downloaded together, without what is larger than allowed", async () => {
    await open("Windows");
    await row("hello.txt").click();
    await row("big.bin").click({ modifiers: ["Control"] });
    await row("huge.bin").click({ modifiers: ["Control"] });
    await drag("big.bin", OUTSIDE);
    await letGo();
    await said("1 left out: larger than allowed.");
    const both = "download /home/demo/big.bin /home/demo/hello.txt browser";
    assert.deepEqual(await downloads(), [both]);
  });

  test("a device that is slow to answer holds up no drag", async () => {
    await open("macOS");
    await page.evaluate(() => {
      window.filesHarness.files.readGate = new Promise(() => undefined);
    });
    assert.equal((await drag("hello.txt", OUTSIDE, false)).url, "");
    await letGo();
    await said(/it had not been read yet when the drag began/);
    assert.deepEqual(await downloads(), ["download /home/demo/hello.txt browser"]);
  });

  test("a click reads on no longer than it lasts", async () => {
    await open("Windows");
    await page.evaluate(() => {
      window.filesHarness.files.readGate = new Promise(() => undefined);
    });
    await row("hello.txt").locator(".modified").click();
    await page.waitForFunction(() => window.filesHarness.files.reading === 0);
    assert.deepEqual(await reads(), ["read /home/demo/hello.txt"]);
  });

  test("where browsers hand nothing out, nothing is read before it is asked for", async () => {
    await open("Linux");
    assert.equal((await drag("hello.txt", OUTSIDE)).url, "");
    assert.deepEqual(await reads(), []);
    await letGo();
    await said(/this browser cannot hand them to another program here/);
    assert.deepEqual(await downloads(), ["download /home/demo/hello.txt browser"]);
  });

  test("what may not be read, or is larger than allowed, is not read", async () => {
    await open("Windows", { readPaths: ["/home/demo/logs"], maxBytes: 5 });
    await drag("hello.txt", OUTSIDE);
    await letGo();
    assert.deepEqual([await reads(), await downloads()], [[], []]);
  });

  test("Escape cancels, outside too; and beside everything nothing happens", async () => {
    await open("Linux");
    await drag("hello.txt", OUTSIDE);
    await page.keyboard.press("Escape");
    await letGo();
    await drag("hello.txt", { x: 20, y: 300 });
    await letGo();
    assert.deepEqual(await downloads(), []);
    assert.equal(await panel.locator("[data-test=said]").innerText(), "");
  });

  test("files let go beside the list do not open in place of the page", async () => {
    await open("Linux");
    const kept = await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["x"], "x.txt"));
      const how = { dataTransfer, bubbles: true, cancelable: true, composed: true };
      const events = ["dragover", "drop"].map((type) => new DragEvent(type, how));
      for (const event of events) document.querySelector("h1")?.dispatchEvent(event);
      return events.map(({ defaultPrevented }) => defaultPrevented);
    });
    assert.deepEqual(kept, [true, true]);
  });
});
