/** `<porthole-file-view>` in Chromium, under the page's policy. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, describe, test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { launch, servePages, type PageServer } from "./browser.ts";
import type {} from "./pages/file-view.ts";

describe("<porthole-file-view>", () => {
  let browser: Browser;
  let server: PageServer;
  let page: Page;
  const faults: string[] = [];

  before(async () => {
    [browser, server] = await Promise.all([launch(), servePages("file-view")]);
    const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.goto(`${server.url}/file-view.html`);
    await page.waitForFunction(() => "view" in window);
  });
  after(async () => {
    await browser.close();
    server.close();
    assert.deepEqual(
      faults.filter((fault) => !fault.includes("favicon") && !fault.includes("404")),
      [],
      "policy reports and uncaught errors",
    );
  });
  beforeEach(async () => {
    await page.evaluate(() => {
      window.view.fresh();
    });
  });

  const hold = (path: string, text: string): Promise<void> =>
    page.evaluate(
      ([path, text]) => {
        window.view.device.hold(path, text);
      },
      [path, text] as const,
    );
  const held = (path: string): Promise<string> =>
    page.evaluate((path) => window.view.device.text(path), path);
  const open = (path: string, mode: "preview" | "edit" | "follow"): Promise<void> =>
    page.evaluate(
      ([path, mode]) => {
        window.view.open(path, mode);
      },
      [path, mode] as const,
    );
  const events = (): Promise<string[]> => page.evaluate(() => window.view.events);
  /** Waits until a preview's first piece holds text. */
  const shows = (text: RegExp | string): Promise<void> =>
    page.locator("porthole-file-preview pre.text").first().filter({ hasText: text }).waitFor();

  test("text of a file is shown, and Escape closes the view", async () => {
    await hold("/etc/motd", "Welcome\nto the device\n");
    await open("/etc/motd", "preview");
    await shows(/Welcome\s+to the device/);
    await page.keyboard.press("Escape");
    assert.deepEqual(await events(), ["closed"]);
  });

  test("a file is edited in place and saved with Ctrl+S", async () => {
    await hold("/etc/app.conf", "port = 80\n");
    await open("/etc/app.conf", "edit");
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("host = here");
    await page.keyboard.press("Control+s");
    await page.getByText("Saved", { exact: true }).waitFor();
    assert.equal(await held("/etc/app.conf"), "port = 80\nhost = here");
    assert.deepEqual(await events(), ["saved /etc/app.conf"]);
  });

  test("what is appended to a log shows as it comes", async () => {
    await hold("/var/log/syslog", "");
    await open("/var/log/syslog", "follow");
    await page.waitForFunction(() => window.view.device.tails.length === 1);
    await page.evaluate(() => {
      window.view.device.tails[0]?.say("first ERROR line\nsecond line\n");
    });
    await page.getByText("second line").waitFor();
    const first = page.locator("porthole-log .line").first();
    assert.equal(await first.getAttribute("data-level"), "error");
    assert.match(await first.innerText(), /^E/);
  });

  const type = async (keys: string): Promise<void> => {
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(keys);
  };
  const dialogButton = (name: string) => page.locator("wa-dialog").getByRole("button", { name });
  const saved = () => page.getByText("Saved", { exact: true });

  describe("preview", () => {
    test("a long text shows piece by piece", async () => {
      await hold("/var/log/big", "0123456789abcde\n".repeat(40_000));
      await open("/var/log/big", "preview");
      await page.getByText("The first 262 kB are shown.").waitFor();
      await page.getByRole("button", { name: "Show more" }).click();
      await page.getByText("The first 524 kB are shown.").waitFor();
      await page.getByRole("button", { name: "Show more" }).click();
      await page.getByRole("button", { name: "Show more" }).waitFor({ state: "detached" });
      const length = await page.evaluate(() =>
        window.view.all("pre").reduce((sum, pre) => sum + pre.textContent.length, 0),
      );
      assert.ok(length >= 640_000 - 10, String(length));
    });

    test("attack: an SVG with a script is drawn without running it, from an opaque address", async () => {
      await hold(
        "/t/a.svg",
        '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10" onload="parent.harmed=1">' +
          "<script>window.harmed='script'; top.harmed='top'</script><rect width='9' height='9'/></svg>",
      );
      await open("/t/a.svg", "preview");
      await shows("<script>window.harmed");
      await page.getByRole("button", { name: "Picture" }).click();
      const image = page.locator("porthole-picture img");
      await page.waitForFunction(
        () => (window.view.all("img")[0] as HTMLImageElement | undefined)?.naturalWidth === 10,
      );
      // A blob: address opened in a tab of its own would be a document of this origin.
      assert.match((await image.getAttribute("src")) ?? "", /^data:image\/svg\+xml;base64,/);
      assert.equal(await page.evaluate(() => window.harmed), undefined);
    });

    test("attack: HTML named .png is text and nothing else", async () => {
      await hold(
        "/t/logo.png",
        "<html><img src=x onerror='harmed=1'><script>harmed=2</script></html>",
      );
      await open("/t/logo.png", "preview");
      await shows(/^<html><img src=x/);
      assert.equal(await page.getByRole("button", { name: "Picture" }).count(), 0);
      assert.equal(await page.evaluate(() => window.harmed), undefined);
    });

    test("attack: a name with markup is text in every mode", async () => {
      const path = "/t/<img src=x onerror=harmed=1>\u202e\n.txt";
      await hold(path, "x");
      for (const mode of ["preview", "edit", "follow"] as const) {
        await open(path, mode);
        const title = page.locator("porthole-file-view h2");
        assert.equal(
          ((await title.textContent()) ?? "").trim(),
          "/t/<img src=x onerror=harmed=1><U+202E>␊.txt",
        );
        assert.equal(await page.locator("porthole-file-view img").count(), 0);
      }
      assert.equal(await page.evaluate(() => window.harmed), undefined);
    });

    test("a picture is shown with its size, and its address is gone once it is drawn", async () => {
      await page.evaluate(async () => {
        const canvas = new OffscreenCanvas(40, 30);
        canvas.getContext("2d")?.fillRect(0, 0, 20, 20);
        const png = await (await canvas.convertToBlob()).arrayBuffer();
        window.view.device.hold("/t/p.bin", new Uint8Array(png));
        window.view.open("/t/p.bin", "preview");
      });
      await page.getByText("png, 40 × 30").waitFor();
      const image = page.locator("porthole-picture img");
      await page.waitForFunction(
        () => (window.view.all("img")[0] as HTMLImageElement | undefined)?.naturalWidth === 40,
      );
      const address = (await image.getAttribute("src")) ?? "";
      assert.match(address, /^blob:/);
      const there = await page.evaluate((address) => {
        return new Promise((resolve) => {
          const probe = new Image();
          probe.onload = () => {
            resolve("loads");
          };
          probe.onerror = () => {
            resolve("gone");
          };
          probe.src = address;
        });
      }, address);
      assert.equal(there, "gone");
      faults.splice(
        0,
        Infinity,
        ...faults.filter((fault) => !fault.includes("ERR_FILE_NOT_FOUND")),
      );
    });

    test("what the browser cannot draw becomes hex with a sentence", async () => {
      await page.evaluate(() => {
        const png = [
          0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52,
        ];
        window.view.device.hold(
          "/t/x",
          Uint8Array.from([...png, 0, 0, 0, 9, 0, 0, 0, 9, 8, 6, 0, 0, 0]),
        );
        window.view.open("/t/x", "preview");
      });
      await page.getByText("cannot draw this picture").waitFor();
      await page.locator("porthole-hex .row").first().waitFor();
    });

    test("hex jumps to an offset of a large file and reads only what is seen", async () => {
      await page.evaluate(() => {
        const data = new Uint8Array(30 * 1024 * 1024);
        data.set([0xde, 0xad, 0xbe, 0xef], 0x1b00010);
        window.view.device.hold("/t/core", data);
        window.view.open("/t/core", "preview");
      });
      await page.getByLabel("Offset to go to").fill("0x1b00010");
      await page.getByRole("button", { name: "Go", exact: true }).click();
      await page.getByText("de ad be ef").waitFor();
      const read = await page.evaluate(() =>
        window.view.device.reads.reduce((sum, { length }) => sum + length, 0),
      );
      assert.ok(read < 1024 * 1024, `${String(read)} bytes asked for`);
      await page.getByLabel("Offset to go to").fill("0xffffffffff");
      await page.getByRole("button", { name: "Go", exact: true }).click();
      await page.getByText("The file has no such offset.").waitFor();
    });

    test("a failure says what happened and can be tried again", async () => {
      await hold("/etc/shadow", "root");
      await page.evaluate(() => {
        window.view.device.broken = window.view.fail(
          "permission_denied",
          "You may not read shadow.",
        );
        window.view.open("/etc/shadow", "preview");
      });
      await page.getByText("You may not read shadow.").waitFor();
      await page.evaluate(() => {
        window.view.device.broken = null;
      });
      await page.getByRole("button", { name: "Try again" }).click();
      await shows(/^root$/);
    });
  });

  describe("editor", () => {
    test("a change on the device is not overwritten unasked: the difference shows, then it is saved", async () => {
      await hold("/etc/a.ini", "[a]\nx = 1\n\n[b]\ny = 1\n");
      await open("/etc/a.ini", "edit");
      await type("mine = 1\n");
      const theirs = "[a]\nx = 2\n\n[b]\ny = 1\n";
      await hold("/etc/a.ini", theirs);
      await page.keyboard.press("Control+s");
      await page.getByText("has changed on the device").waitFor();
      assert.equal(await held("/etc/a.ini"), theirs);
      await dialogButton("Show the difference").click();
      await page.locator(".cm-deletedChunk").first().waitFor();
      await page.getByRole("button", { name: "Take the device's" }).first().click();
      await page.keyboard.press("Control+s");
      await saved().waitFor();
      assert.equal(await held("/etc/a.ini"), `${theirs}mine = 1\n`);
    });

    test("a conflict can be overwritten, reloaded or saved elsewhere", async () => {
      const conflict = async (): Promise<void> => {
        await hold("/etc/a", "old\n");
        await open("/etc/a", "edit");
        await type("mine");
        await hold("/etc/a", "theirs\n");
        await page.keyboard.press("Control+s");
        await page.getByText("has changed on the device").waitFor();
      };
      await conflict();
      await dialogButton("Overwrite").click();
      await saved().waitFor();
      assert.equal(await held("/etc/a"), "old\nmine");
      await conflict();
      await dialogButton("Reload, drop mine").click();
      await page.locator(".cm-content", { hasText: "theirs" }).waitFor();
      assert.equal(await held("/etc/a"), "theirs\n");
      await conflict();
      await dialogButton("Save as …").click();
      await page.getByLabel("Path on the device").fill("copy");
      await page.keyboard.press("Enter");
      await page.getByText("Saved as /etc/copy").waitFor();
      assert.equal(await held("/etc/copy"), "old\nmine");
      assert.equal(await held("/etc/a"), "theirs\n");
    });

    test("a save that fails keeps the text and says what to do; a new connection saves it", async () => {
      await hold("/etc/a", "old\n");
      await open("/etc/a", "edit");
      await type("mine");
      await page.evaluate(() => {
        window.view.device.broken = window.view.fail("lost", "The connection to the device broke.");
      });
      await page.keyboard.press("Control+s");
      await page.getByText(/connection to the device broke.*save again when/).waitFor();
      await page.evaluate(async () => {
        // The panel has none while nothing is connected.
        Reflect.set(window.view.element(), "files", undefined);
        await window.view.element().updateComplete;
      });
      assert.ok(await page.evaluate(() => window.view.element().hasUnsaved));
      await page.evaluate(() => {
        window.view.device.broken = null;
        window.view.element().files = window.view.device.files();
      });
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await saved().waitFor();
      assert.equal(await held("/etc/a"), "old\nmine");
      await type("2");
      await page.evaluate(() => {
        window.view.device.refusesPut = window.view.fail(
          "no_space",
          "The disk of the device is full.",
        );
      });
      await page.keyboard.press("Control+s");
      await page.getByText(/disk of the device is full.*make room/).waitFor();
    });

    test("how a file was saved is said", async () => {
      await hold("/etc/a", "old\n");
      await open("/etc/a", "edit");
      await type("mine");
      await page.evaluate(() => {
        window.view.device.saveNote = "“a” has 2 names on the device (hard links).";
      });
      await page.keyboard.press("Control+s");
      await page.getByText("“a” has 2 names on the device (hard links).").waitFor();
      await saved().waitFor();
    });

    test("a connection that comes back read-only saves nothing, and one that may write does again", async () => {
      await hold("/etc/a", "old\n");
      await open("/etc/a", "edit");
      await type("mine");
      const comesBack = (readOnly: boolean): Promise<void> =>
        page.evaluate((limited) => {
          window.view.element().files = window.view.device.files();
          window.view.element().readOnly = limited;
        }, readOnly);
      await comesBack(true);
      await page.getByText(/not allowed here any more.*Copy what you need/).waitFor();
      await page.locator(".cm-content").click();
      await page.keyboard.type("more");
      await page.keyboard.press("Control+s");
      assert.equal(await page.getByRole("button", { name: /^Save/ }).count(), 0);
      assert.equal(await held("/etc/a"), "old\n");
      assert.ok(await page.evaluate(() => window.view.element().hasUnsaved));
      await comesBack(false);
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await saved().waitFor();
      assert.equal(await held("/etc/a"), "old\nmine", "what was typed meanwhile was not taken");
    });

    test("closing with unsaved text asks, and Escape goes back to it", async () => {
      await hold("/etc/a", "old");
      await open("/etc/a", "edit");
      await type("x");
      await page.keyboard.press("Escape");
      await page.getByText("Discard your changes?").waitFor();
      await page.keyboard.press("Escape");
      await page.getByText("Discard your changes?").waitFor({ state: "detached" });
      assert.deepEqual(await events(), []);
      await page.getByRole("button", { name: "Close a" }).click();
      await page.getByRole("button", { name: "Discard" }).click();
      await page.waitForFunction(() => window.view.events.includes("closed"));
      assert.equal(await held("/etc/a"), "old");
    });

    test("line ends, byte order mark and a missing last line end stay as they are", async () => {
      await hold("/etc/dos.txt", "\ufeffa\r\nb");
      await open("/etc/dos.txt", "edit");
      await page.getByText("UTF-8 with BOM · CRLF · no line end at the end").waitFor();
      await type("\nc");
      await page.keyboard.press("Control+s");
      await saved().waitFor();
      assert.equal(await held("/etc/dos.txt"), "\ufeffa\r\nb\r\nc");
    });

    test("mixed line ends are told, and stay", async () => {
      await hold("/etc/mixed", "a\r\nb\n");
      await open("/etc/mixed", "edit");
      await page.getByText("Lines end in different ways here").waitFor();
      await type("c");
      await page.keyboard.press("Control+s");
      await saved().waitFor();
      assert.equal(await held("/etc/mixed"), "a\r\nb\nc");
    });

    test("a character that Latin-1 lacks is asked about before the file becomes UTF-8", async () => {
      await page.evaluate(() => {
        window.view.device.hold("/etc/l1", Uint8Array.from([0x66, 0xfc, 0x72, 0x0a]));
        window.view.open("/etc/l1", "edit");
      });
      await page.getByText("Latin-1 · LF").waitFor();
      await type("€");
      await page.keyboard.press("Control+s");
      await dialogButton("Save as UTF-8").click();
      await saved().waitFor();
      assert.equal(await held("/etc/l1"), "für\n€");
    });

    test("what may not be written is shown only, and so is what is too large", async () => {
      await page.evaluate(() => {
        window.view.device.hold("/etc/a", "text");
        window.view.open("/etc/a", "edit", {}, true);
      });
      await page.getByText("Writing is not allowed here").waitFor();
      await page.locator(".cm-content").click();
      await page.keyboard.type("x");
      await page.keyboard.press("Control+s");
      assert.equal(await held("/etc/a"), "text");
      assert.equal(await page.getByRole("button", { name: "Save", exact: true }).count(), 0);
      await hold("/var/log/huge", "0123456789\n".repeat(500_000));
      await open("/var/log/huge", "edit");
      await page.getByText("The file is larger than 5.0 MB").waitFor();
      await page.locator(".cm-content").waitFor();
    });

    test("a link says where it writes to", async () => {
      await page.evaluate(() => {
        const { device } = window.view;
        device.hold("/etc/real.conf", "x");
        device.links.set("/etc/link.conf", "/etc/real.conf");
        device.hold("/etc/link.conf", "", { type: "link", targetType: "file" });
        window.view.open("/etc/link.conf", "edit");
      });
      await page.getByText("this edits /etc/real.conf").waitFor();
    });

    test("the keyboard finds and leaves the text", async () => {
      await hold("/etc/a", "one two one\n");
      await open("/etc/a", "edit");
      await page.locator(".cm-content").click();
      await page.keyboard.press("Control+f");
      await page.keyboard.type("two");
      await page.locator(".cm-searchMatch").first().waitFor();
      await page.keyboard.press("Escape");
      await page.locator(".cm-search").waitFor({ state: "detached" });
      assert.deepEqual(await events(), [], "Escape closed the search only");
      await page.keyboard.press("Control+m");
      await page.keyboard.press("Tab");
      const inText = await page.evaluate(() => {
        let at = document.activeElement;
        while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
        return at?.className;
      });
      assert.doesNotMatch(String(inText), /cm-content/);
      assert.equal(await held("/etc/a"), "one two one\n");
    });
  });

  describe("follow", () => {
    const follow = async (): Promise<void> => {
      await hold("/var/log/syslog", "");
      await open("/var/log/syslog", "follow");
      await page.waitForFunction(() => window.view.device.tails.length === 1);
      await page.getByText("Following", { exact: true }).waitFor();
    };
    const say = (text: string, stream: 0 | 1 = 0, tail = 0): Promise<void> =>
      page.evaluate(
        ([text, stream, tail]) => {
          window.view.device.tails[tail]?.say(text, stream);
        },
        [text, stream, tail] as const,
      );
    const numbered = (from: number, to: number): string =>
      Array.from({ length: to - from }, (_, i) => `line ${String(from + i)} end\n`).join("");
    const inSight = (what: string) => page.locator("porthole-log .line", { hasText: what });

    test("20,000 lines a second leave the page usable, at the end, with few elements", async () => {
      await follow();
      const longest = await page.evaluate(async () => {
        const tail = window.view.device.tails[0];
        const line = `Jan  1 00:00:00 gw daemon.info app: ${"x".repeat(60)}`;
        let [longest, last, sent] = [0, performance.now(), 0];
        const start = last;
        while (performance.now() - start < 3000) {
          const due = Math.floor(((performance.now() - start) / 1000) * 20_000);
          let chunk = "";
          for (; sent < due; sent++) chunk += `${line} ${String(sent)}\n`;
          if (chunk !== "") tail?.say(chunk);
          await new Promise((resolve) => setTimeout(resolve, 0));
          longest = Math.max(longest, performance.now() - last);
          last = performance.now();
        }
        tail?.say("the last line\n");
        return longest;
      });
      assert.ok(longest < 400, `${String(longest)} ms without hearing a key`);
      await inSight("the last line").waitFor();
      assert.ok(
        (await page.locator("porthole-log .line").count()) < 120,
        "only lines in sight are elements",
      );
      await page.getByText(/the newest are kept, at most 50000/).waitFor();
    });

    test("who scrolls up stays there, and jumps back to the end", async () => {
      await follow();
      await say(numbered(0, 500));
      await inSight("line 499 end").waitFor();
      await page.locator("porthole-log").hover();
      await page.mouse.wheel(0, -3000);
      await page.getByRole("button", { name: "Jump to the end" }).waitFor();
      const top = (): Promise<number> =>
        page.evaluate(() => window.view.all(".box")[0]?.scrollTop ?? -1);
      const before = await top();
      await say(numbered(500, 900));
      await page.getByText("900 lines").waitFor();
      assert.equal(await top(), before);
      await page.getByRole("button", { name: "Jump to the end" }).click();
      await inSight("line 899 end").waitFor();
      await say(numbered(900, 901));
      await inSight("line 900 end").waitFor();
    });

    test("paused, nothing moves and nothing is lost", async () => {
      await follow();
      await say("before\n");
      await inSight("before").waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      await say("held back\n");
      await page.getByText(/Paused: .* Nothing is lost/).waitFor();
      assert.equal(await inSight("held back").count(), 0);
      await page.getByRole("button", { name: "Go on" }).click();
      await inSight("held back").waitFor();
    });

    test("search marks and visits matches; a filter and a level hide the rest", async () => {
      await follow();
      await say(`${numbered(0, 300)}ERROR disk full\nWARN <b>disk</b> slow\n`);
      const search = page.getByLabel("Search in the lines");
      await search.fill("LINE 7 ");
      await search.press("Enter");
      await page.getByText("1 of 1 line", { exact: true }).waitFor();
      assert.equal(await page.locator("porthole-log .current mark").innerText(), "line 7 ");
      await search.press("Escape");
      assert.equal(await search.inputValue(), "");
      assert.deepEqual(await events(), [], "Escape emptied the field only");
      await page.getByLabel("Show only lines with these words").fill("disk");
      await page.getByText("2 of 302 lines").waitFor();
      await inSight("<b>disk</b>").waitFor();
      await page.getByLabel("Levels").selectOption("errors");
      await page.getByText("1 of 302 lines").waitFor();
      await inSight("ERROR disk full").waitFor();
    });

    test("a rotation is a note, and wrapping shows a long line whole", async () => {
      await follow();
      await say("tail: '/var/log/syslog' has been replaced; following new file\n", 1);
      await page.locator("porthole-log .line.note", { hasText: "has been replaced" }).waitFor();
      await say(`${"long ".repeat(400)}END\n`);
      await page.getByRole("button", { name: "Wrap" }).click();
      const wide = await page.evaluate(() => {
        const box = window.view.all(".box")[0];
        return (box?.scrollWidth ?? 0) - (box?.clientWidth ?? 0);
      });
      assert.ok(wide <= 1, `${String(wide)} px wider than the box`);
      await inSight("END").waitFor();
    });

    test("a connection that broke is told, and a new one goes on below", async () => {
      await follow();
      await say("before\n");
      await inSight("before").waitFor();
      await page.evaluate(() => {
        window.view.device.tails[0]?.end({
          exitStatus: null,
          exitSignal: "",
          error: { code: "lost", message: "The connection to the device broke." },
        });
      });
      await page.getByText("The connection to the device broke.").waitFor();
      await page.evaluate(() => {
        window.view.element().files = window.view.device.files();
      });
      await page.waitForFunction(() => window.view.device.tails.length === 2);
      await page.getByText("Following", { exact: true }).waitFor();
      await say("after\n", 0, 1);
      await inSight("after").waitFor();
      await inSight("followed again").waitFor();
      assert.equal(await inSight("before").count(), 1);
    });

    test("what is held can be saved as a file and cleared", async () => {
      await follow();
      await say("one\ntwo\n");
      await inSight("two").waitFor();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Save" }).click(),
      ]);
      assert.equal(download.suggestedFilename(), "syslog.followed.log");
      assert.equal(readFileSync(await download.path(), "utf8"), "one\ntwo\n");
      await page.getByRole("button", { name: "Clear" }).click();
      await page.getByText("0 lines").waitFor();
    });

    test("closing the view ends the session on the device", async () => {
      await follow();
      await page.keyboard.press("Escape");
      await page.waitForFunction(() => window.view.device.tails[0]?.isClosed === true);
    });
  });

  for (const [scheme, width] of [
    ["light", 1000],
    ["dark", 360],
  ] as const) {
    test(`axe finds nothing and nothing is cut: ${scheme}, ${String(width)} px`, async () => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 700 });
      await hold("/etc/very/long/path/to/app.json", '{"a": 1, "b": [true, null]}\n');
      for (const mode of ["preview", "edit", "follow"] as const) {
        await open("/etc/very/long/path/to/app.json", mode);
        await page.locator(".text, .cm-content, porthole-log").first().waitFor();
        if (mode === "edit") await page.locator(".cm-content").press("Control+f");
        const { violations } = await new AxeBuilder({ page }).analyze();
        assert.deepEqual(
          violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
          [],
          mode,
        );
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${mode}: ${String(wide)} px`);
      }
      await page.emulateMedia({ colorScheme: "light" });
      await page.setViewportSize({ width: 1000, height: 700 });
    });
  }
});
