/** `<porthole-file-view>` in Chromium, under the page's policy: its three ways, and previews. */

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { fileView } from "./file-view-world.ts";
import type {} from "./pages/file-view.ts";

describe("<porthole-file-view>", () => {
  const view = fileView();
  const { hold, held, open, events, shows, faults } = view;
  let page: Page;
  before(() => {
    page = view.page;
  });

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
    faults.splice(0, Infinity, ...faults.filter((fault) => !fault.includes("ERR_FILE_NOT_FOUND")));
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
      window.view.device.broken = window.view.fail("permission_denied", "You may not read shadow.");
      window.view.open("/etc/shadow", "preview");
    });
    await page.getByText("You may not read shadow.").waitFor();
    await page.evaluate(() => {
      window.view.device.broken = null;
    });
    await page.getByRole("button", { name: "Try again" }).click();
    await shows(/^root$/);
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
