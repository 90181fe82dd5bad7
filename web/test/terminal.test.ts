import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { launch, servePages } from "./browser.ts";
import type { PageServer } from "./browser.ts";
import type {} from "./pages/terminal.ts";

describe("<porthole-terminal>", () => {
  let browser: Browser;
  let server: PageServer;
  let page: Page;
  const faults: string[] = [];

  before(async () => {
    [browser, server] = await Promise.all([launch(), servePages()]);
    const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") {
        faults.push(message.text());
      }
    });
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("request", (request) => {
      if (!/^(?:http:\/\/127\.0\.0\.1:|blob:|data:)/.test(request.url())) {
        faults.push(`foreign request ${request.url()}`);
      }
    });
    await page.goto(`${server.url}/terminal.html`);
    await page.waitForFunction(() => "harness" in window);
  });
  after(async () => {
    await browser.close();
    server.close();
    assert.deepEqual(
      faults.filter((fault) => !fault.includes("favicon") && !fault.includes("404")),
      [],
      "policy reports, uncaught errors, foreign requests",
    );
  });
  beforeEach(async () => {
    await page.evaluate(() => {
      window.harness.fresh();
    });
  });

  async function say(text: string): Promise<void> {
    await page.evaluate(
      (bytes) => window.harness.session.output(Uint8Array.from(bytes)),
      [...new TextEncoder().encode(text)],
    );
  }
  const lines = (): Promise<string[]> => page.evaluate(() => window.harness.lines());
  const events = (): Promise<string[]> => page.evaluate(() => window.harness.events);
  const sent = (): Promise<string> => page.evaluate(() => window.harness.session.text());

  /** Polls; the browser draws when it likes. */
  async function until<T>(what: string, read: () => Promise<T>, holds: (value: T) => boolean) {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const value = await read();
      if (holds(value)) {
        return value;
      }
      assert.ok(
        Date.now() < deadline,
        `gave up waiting for ${what}, last: ${JSON.stringify(value)}`,
      );
    }
  }

  test("UTF-8 cut at every byte displays right", async () => {
    const text = "aé€😀👩‍👩‍👧e\u0301漢字 end";
    const shown = await page.evaluate(async (text) => {
      const bytes = new TextEncoder().encode(text);
      const all: string[] = [];
      for (let cut = 0; cut <= bytes.length; cut++) {
        await window.harness.session.output(bytes.slice(0, cut));
        await window.harness.session.output(bytes.slice(cut));
        await window.harness.session.output(new TextEncoder().encode("\r\n"));
      }
      for (const line of window.harness.lines()) {
        if (line !== "") {
          all.push(line);
        }
      }
      return all;
    }, text);
    assert.equal(shown.length, new TextEncoder().encode(text).length + 1);
    for (const line of shown) {
      assert.equal(line, text);
    }
  });

  test("without a graphics card the page's own elements draw", async () => {
    assert.equal(await page.evaluate(() => window.harness.element.renderer), "dom");
  });

  test("a flood of 5 MB drains with bounded pending, and the last line is right", async () => {
    const most = await page.evaluate(async () => {
      const { session } = window.harness;
      const line = new TextEncoder().encode(`${"y".repeat(78)}\r\n`);
      await session.flood(5_000_000, (length) => {
        const chunk = new Uint8Array(length);
        for (let at = 0; at < length; at += line.length) {
          chunk.set(line.subarray(0, Math.min(line.length, length - at)), at);
        }
        return chunk;
      });
      await session.output(new TextEncoder().encode("\r\nafter the flood"));
      return session.mostPending;
    });
    assert.ok(most <= 524288 + 32768, `${String(most)} bytes pending`);
    assert.equal((await lines()).at(-1), "after the flood");
  });

  test("during a flood of noise a key is sent at once", async () => {
    const waitedMs = await page.evaluate(async () => {
      const { session, element } = window.harness;
      let seed = 1;
      const noise = session.flood(4_000_000, (length) =>
        new Uint8Array(length).map(() => (seed = (seed * 48271) % 0x7fffffff) & 0xff),
      );
      while (session.mostPending < 524_288) {
        await new Promise((resolve) => setTimeout(resolve, 1)); // the flood fills its way
      }
      session.sent.length = 0; // answers to queries in the noise
      const start = performance.now();
      element.terminal?.input("\u0003");
      while (!session.sent.includes(3)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const waited = performance.now() - start;
      await noise;
      return waited;
    });
    assert.ok(waitedMs < 1000, `${String(waitedMs)} ms`);
  });

  test("the session gets the size of the box, and each change of it", async () => {
    const first = await until(
      "first size",
      () => page.evaluate(() => window.harness.session.sizes),
      (sizes) => sizes.length > 0,
    );
    assert.match(first[0] ?? "", /^\d+x\d+$/);
    await page.evaluate(() => {
      document.querySelector<HTMLElement>("#box")?.style.setProperty("width", "400px");
    });
    const sizes = await until(
      "second size",
      () => page.evaluate(() => window.harness.session.sizes),
      (sizes) => Number.parseInt(sizes.at(-1) ?? "999") < 60,
    );
    assert.equal(
      sizes.at(-1),
      await page.evaluate(() => {
        const { cols, rows } = window.harness.element.size;
        return `${String(cols)}x${String(rows)}`;
      }),
    );
    await page.evaluate(() => {
      document.querySelector("#box")?.removeAttribute("style");
    });
  });

  for (const [width, height, test_] of [
    [1, 1, (cols: number, rows: number) => cols <= 2 && rows === 1],
    [5200, 4600, (cols: number, rows: number) => cols >= 500 && rows >= 200],
  ] as const) {
    test(`a box of ${String(width)}×${String(height)} px works`, async () => {
      await page.evaluate(
        ([width, height]) => {
          const box = document.querySelector<HTMLElement>("#box");
          box?.style.setProperty("width", `${String(width)}px`);
          box?.style.setProperty("height", `${String(height)}px`);
        },
        [width, height] as const,
      );
      const size = await until(
        "size",
        () => page.evaluate(() => window.harness.element.size),
        ({ cols, rows }) => test_(cols, rows),
      );
      await say("abc\r\n漢\r\n");
      assert.ok(size.cols >= 1);
      await page.evaluate(() => {
        document.querySelector("#box")?.removeAttribute("style");
      });
    });
  }

  test("keys go to the session; Ctrl+C interrupts, and copies when text is selected", async () => {
    await say("copy me\r\n");
    await page.evaluate(() => {
      window.harness.element.focus();
    });
    await page.keyboard.type("ls é");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Control+c");
    await until("keys", sent, (text) => text === "ls é\r\u0003");
    await page.evaluate(() => {
      window.harness.element.terminal?.select(0, 0, 7);
    });
    await page.keyboard.press("Control+c");
    await until(
      "clipboard",
      () => page.evaluate(() => navigator.clipboard.readText()),
      (text) => text === "copy me",
    );
    assert.equal(await sent(), "ls é\r\u0003", "copying sends nothing");
    await page.keyboard.press("Control+c");
    await until("second interrupt", sent, (text) => text.endsWith("\u0003\u0003"));
  });

  test("paste: bracketed when asked for, line ends as Enter, no control characters", async () => {
    await say("\u001b[?2004h");
    await page.evaluate(() => {
      window.harness.element.focus();
      return navigator.clipboard.writeText("one\ntwo\u001b[201~\u0003rm\ttab");
    });
    await page.keyboard.press("Control+Shift+v");
    await until("paste", sent, (text) => text.endsWith("\u001b[201~"));
    assert.equal(await sent(), "\u001b[200~one\rtwo[201~rm\ttab\u001b[201~");
  });

  test("a paste of 5 MB arrives whole, and keys typed meanwhile come after it", async () => {
    const [total, tail] = await page.evaluate(async () => {
      const { element, session } = window.harness;
      const paste = element.paste("0123456789".repeat(500_000));
      element.terminal?.input("k");
      await paste;
      await Promise.resolve();
      return [session.sent.length, session.text().slice(-3)] as const;
    });
    assert.equal(total, 5_000_001);
    assert.equal(tail, "89k");
  });

  test("Ctrl+C stops a paste that the device does not take", async () => {
    const [bytes, last] = await page.evaluate(async () => {
      const { element, session } = window.harness;
      let open!: () => void;
      session.window = new Promise((resolve) => (open = resolve));
      const paste = element.paste("x".repeat(5_000_000));
      while (session.held === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      element.terminal?.input("\u0003");
      open();
      await paste;
      return [session.sent.length, session.sent.at(-1)] as const;
    });
    assert.equal(last, 3);
    assert.ok(bytes <= 5 * 32768 + 1, `${String(bytes)} bytes were sent`);
    const [cancelled] = (await events()).filter((event) => event.endsWith("true"));
    assert.match(cancelled ?? "", /^paste \d+\/5000000 true$/);
  });

  test("search finds, counts, goes on and back, and Esc returns to the device", async () => {
    await say("alpha one\r\nbeta\r\nAlpha two\r\nalpha three\r\n");
    await page.evaluate(() => {
      window.harness.element.focus();
    });
    await page.keyboard.press("Control+Shift+f");
    const field = page.getByRole("textbox", { name: "Search text" });
    await field.waitFor();
    await field.fill("alpha");
    const count = page.getByRole("status");
    await until(
      "count",
      () => count.innerText(),
      (text) => text.includes("of 3"),
    );
    const selected = () =>
      page.evaluate(() => window.harness.element.terminal?.getSelectionPosition()?.start.y);
    const first = await selected();
    await field.press("Enter");
    const second = await selected();
    assert.notEqual(second, first);
    await field.press("Shift+Enter");
    assert.equal(await selected(), first);
    await page.getByRole("button", { name: "Match case" }).click();
    await until(
      "count",
      () => count.innerText(),
      (text) => text.includes("of 2"),
    );
    await page.getByRole("button", { name: "Regular expression" }).click();
    await field.fill("a(lpha");
    await until(
      "count",
      () => count.innerText(),
      (text) => text.includes("Not a regular"),
    );
    await field.fill("^beta$");
    await until(
      "count",
      () => count.innerText(),
      (text) => text.includes("1 of 1"),
    );
    await field.press("Escape");
    await page.keyboard.type("q");
    await until("key", sent, (text) => text === "q");
    assert.equal(await field.count(), 0);
  });

  test("Ctrl+Shift+Escape leaves the terminal, Tab goes on from there", async () => {
    await page.evaluate(() => {
      window.harness.element.focus();
    });
    await page.keyboard.press("Tab");
    await until("tab", sent, (text) => text === "\t");
    for (const key of ["Control+Shift+Escape", "Control+F6"]) {
      await page.evaluate(() => {
        window.harness.element.focus();
      });
      await page.keyboard.press(key);
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement?.id), "after", key);
    }
    assert.equal(await sent(), "\t");
  });

  test("Ctrl with plus and minus changes the font size and the size in characters", async () => {
    await page.evaluate(() => {
      window.harness.element.focus();
    });
    const before = await page.evaluate(() => window.harness.element.size.cols);
    for (let i = 0; i < 6; i++) {
      await page.keyboard.press("Control+=");
    }
    assert.equal(await page.evaluate(() => window.harness.element.fontSize), 20);
    await until(
      "fewer columns",
      () => page.evaluate(() => window.harness.element.size.cols),
      (cols) => cols < before,
    );
    await page.keyboard.press("Control+-");
    await page.keyboard.press("Control+0");
    assert.equal(await page.evaluate(() => window.harness.element.fontSize), 14);
  });

  test("title and bell are told; the title is plain text", async () => {
    await say("\u001b]0;<b>dev\u202eice</b>\u0007\u0007");
    await until("events", events, (all) => all.includes("bell"));
    assert.ok((await events()).includes("title <b>device</b>"));
  });

  test("OSC 52 does not touch the clipboard", async () => {
    await page.evaluate(() => navigator.clipboard.writeText("mine"));
    await say(`\u001b]52;c;${btoa("stolen")}\u0007\u001b]52;c;?\u0007`);
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "mine");
    assert.equal(await sent(), "");
  });

  test("device bytes are never markup", async () => {
    await say("<img src=x onerror=alert(1)><script>1</script>\r\n");
    assert.equal((await lines())[0], "<img src=x onerror=alert(1)><script>1</script>");
    assert.equal(
      await page.evaluate(
        () => window.harness.element.shadowRoot?.querySelectorAll("img, script").length,
      ),
      0,
    );
  });

  test("after the end the screen recovers, keeps its text, and typing is told", async () => {
    await say("kept\r\n\u001b[?1049h\u001b[?1000h\u001b[?25l\u001b[31mvi \u001b]0;half");
    await page.evaluate(async () => {
      const { session, element } = window.harness;
      session.end({ exitStatus: 0, exitSignal: "" });
      await session.closed;
      await Promise.resolve();
      element.notice("The session has\u001b[2J ended.\nGoodbye.");
      element.focus();
    });
    await until("notice", lines, (all) => all.some((line) => line === "Goodbye."));
    const all = await lines();
    assert.ok(all.includes("kept") && all.includes("The session has[2J ended."), all.join("|"));
    assert.equal(
      await page.evaluate(() => window.harness.element.terminal?.modes.mouseTrackingMode),
      "none",
    );
    await page.keyboard.press("Enter");
    await until("unheard", events, (told) => told.includes('unheard "\\r"'));
    assert.equal(await sent(), "");
  });

  test("the colours follow the page's scheme", async () => {
    const background = () =>
      page.evaluate(() => window.harness.element.terminal?.options.theme?.background);
    for (const theme of ["dark", "light"]) {
      await page.evaluate((theme) => {
        document.documentElement.dataset["theme"] = theme;
      }, theme);
      await until(theme, background, (color) =>
        theme === "dark" ? color === "rgb(12, 15, 19)" : color === "rgb(255, 255, 255)",
      );
    }
    await page.evaluate(() => {
      delete document.documentElement.dataset["theme"];
    });
  });

  test("moving the element keeps its text; taking it out ends it", async () => {
    await say("still here\r\n");
    await page.evaluate(() => {
      document.querySelector("main")?.append(window.harness.element);
    });
    assert.equal((await lines())[0], "still here");
    const gone = await page.evaluate(async () => {
      const { element } = window.harness;
      element.remove();
      await Promise.resolve();
      await Promise.resolve();
      return element.terminal === undefined && !element.attached;
    });
    assert.ok(gone);
  });

  test("axe finds nothing serious, also with the search open and for screen readers", async () => {
    await page.evaluate(() => {
      window.harness.element.screenReader = true;
      window.harness.element.search("x");
    });
    await page.getByRole("textbox", { name: "Search text" }).waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(
      ({ impact }) => impact === "serious" || impact === "critical",
    );
    assert.deepEqual(
      serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      [],
    );
  });
});
