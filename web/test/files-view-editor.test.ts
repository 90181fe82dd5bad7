/** The editor of `<porthole-file-view>` in Chromium. */

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { fileView } from "./file-view-world.ts";
import type {} from "./pages/file-view.ts";

describe("<porthole-file-view>, editing", () => {
  const view = fileView();
  const { hold, held, open, events, type, dialogButton, saved } = view;
  let page: Page;
  before(() => {
    page = view.page;
  });

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
