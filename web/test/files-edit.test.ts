/** Editing: what is not touched comes back byte by byte, and nobody's change is lost unasked. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BridgeFailure } from "../src/bridge/failure.ts";
import { EDIT_MAX_BYTES, EditFile } from "../src/files/view/edit-file.ts";
import { languageOf } from "../src/files/view/languages.ts";
import { toBytes, toDocument, type TextDocument } from "../src/files/view/text-document.ts";
import { FakeDevice, bytes } from "./view-device.ts";

const { signal } = new AbortController();

function document(data: Uint8Array | string): TextDocument {
  const made = toDocument(typeof data === "string" ? bytes(data) : data);
  assert.ok(made !== null);
  return made;
}

describe("bytes and text", () => {
  const latin1 = Uint8Array.from({ length: 224 }, (_, i) => i + 32).filter((byte) => byte !== 127);
  const cases: Record<string, Uint8Array> = {
    empty: bytes(""),
    lf: bytes("a\nb\n"),
    "no line end at the end": bytes("a\nb"),
    crlf: bytes("a\r\nb\r\n"),
    cr: bytes("a\rb\r"),
    mixed: bytes("a\r\nb\nc\rd"),
    "only line ends": bytes("\r\n\r\n"),
    "with BOM": Uint8Array.from([0xef, 0xbb, 0xbf, 0x61, 0x0a]),
    "BOM alone": Uint8Array.from([0xef, 0xbb, 0xbf]),
    "a BOM inside": bytes("a\ufeffb"),
    "latin1, all bytes": latin1,
    "line separators of Unicode": bytes(`${"a line\n".repeat(20)}a\u2028b\u0085c\u000bd\u000ce\n`),
    "outside the BMP": bytes("😀\u{10ffff}\n"),
  };
  for (const [name, data] of Object.entries(cases)) {
    test(`${name}: comes back as it was`, () => {
      const made = document(data);
      assert.deepEqual(toBytes(made.text, made), data);
    });
  }

  test("lines added to a CRLF file end in CRLF, pasted ones too", () => {
    const made = document("a\r\nb\r\n");
    assert.equal(made.ends, "crlf");
    assert.deepEqual(toBytes(`${made.text}c\nd\r\n`, made), bytes("a\r\nb\r\nc\r\nd\r\n"));
  });

  test("a character that Latin-1 lacks is named, not replaced", () => {
    const made = document(Uint8Array.from([0x66, 0xfc, 0x72]));
    assert.deepEqual(toBytes("für 5 €", made), { lacks: "€" });
    assert.deepEqual(toBytes("😀", made), { lacks: "😀" });
  });

  test("binary and UTF-16 are refused", () => {
    assert.equal(toDocument(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 0])), null);
    assert.equal(toDocument(Uint8Array.from([0xff, 0xfe, 0x61, 0])), null);
  });

  test("random texts of all kinds come back as they were", () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    const atoms = ["a", "\n", "\r\n", "\r", "ü", "€", "😀", "\t", " "];
    for (let round = 0; round < 2000; round++) {
      const text = Array.from({ length: random(30) }, () => atoms[random(atoms.length)]).join("");
      const made = document(text);
      assert.deepEqual(toBytes(made.text, made), bytes(text), JSON.stringify(text));
    }
  });
});

describe("a file that is edited", () => {
  async function opened(text: Uint8Array | string = "a = 1\n") {
    const device = new FakeDevice();
    const entry = device.hold("/etc/a.conf", text, { mode: 0o640, uid: 33 });
    const files = device.files();
    const file = await EditFile.open(files, "/etc/a.conf", entry, signal);
    const save = (text: string): Promise<string> => {
      const data = file.bytesOf(text);
      assert.ok(data instanceof Uint8Array);
      return file.write(files, text, data);
    };
    return { device, files, file, save };
  }

  test("is saved where it is, and what the device has then is what the next change is compared with", async () => {
    const { device, file, files, save } = await opened();
    assert.equal(await file.since(files), "same");
    assert.equal(await save("a = 2\n"), "");
    assert.equal(device.text("/etc/a.conf"), "a = 2\n");
    assert.deepEqual(device.saves, ["/etc/a.conf"]);
    assert.equal(await file.since(files), "same");
  });

  test("how it was saved is told, and an owner that the device did not keep", async () => {
    const { device, files, file } = await opened();
    device.saveNote = "It has 2 names.";
    const save = files.save.bind(files);
    files.save = async (...given) => {
      const { entry, note } = await save(...given);
      return { entry: { ...entry, uid: 0, owner: "root" }, note };
    };
    const said = await file.write(files, "b", bytes("b"));
    assert.match(said, /^It has 2 names\. .*belongs to root:root, before to/);
    assert.equal(device.text("/etc/a.conf"), "b");
  });

  for (const hashes of [true, false]) {
    const by = hashes ? "hash" : "its bytes, where the device has no hash";
    test(`a change of the same size and time is seen by ${by}`, async () => {
      const { device, files, file } = await opened();
      device.hashes = hashes;
      device.hold("/etc/a.conf", "a = 9\n", { modifiedMs: file.entry.modifiedMs });
      assert.equal(await file.since(files), "changed");
    });

    test(`a new time alone is no change, by ${by}`, async () => {
      const { device, files, file } = await opened();
      device.hashes = hashes;
      device.hold("/etc/a.conf", "a = 1\n", { modifiedMs: 1 });
      assert.equal(await file.since(files), "same");
    });
  }

  test("a file that grew has changed, and one that was removed is gone", async () => {
    const { device, files, file } = await opened();
    device.hold("/etc/a.conf", "a = 1\nb = 2\n");
    assert.equal(await file.since(files), "changed");
    device.held.delete("/etc/a.conf");
    assert.equal(await file.since(files), "gone");
  });

  test("a link is written where it leads to, so that it stays a link", async () => {
    const { device, files } = await opened();
    device.links.set("/etc/link.conf", "/etc/a.conf");
    const link = device.hold("/etc/link.conf", "", { type: "link", targetType: "file" });
    const file = await EditFile.open(files, "/etc/link.conf", link, signal);
    await file.write(files, "x", bytes("x"));
    assert.deepEqual(device.saves, ["/etc/a.conf"]);
    assert.equal(device.held.get("/etc/link.conf")?.entry.type, "link");
  });

  test("saving as does not replace what is there, and takes the mode along", async () => {
    const { device, files, file } = await opened();
    device.hold("/etc/b.conf", "theirs");
    await assert.rejects(file.writeTo(files, "/etc/b.conf", "x", bytes("x")), { code: "exists" });
    assert.equal(device.text("/etc/b.conf"), "theirs");
    assert.equal(file.target, "/etc/a.conf");
    await file.writeTo(files, "/etc/c.conf", "x", bytes("x"));
    assert.equal(file.target, "/etc/c.conf");
    assert.equal(device.puts.at(-1)?.options.mode, 0o640);
  });

  test("beyond the bound only whole lines of the beginning are read, in UTF-8 still", async () => {
    const { file } = await opened(`${"€".repeat(99)}\n`.repeat(20_000));
    assert.ok(file.partial);
    assert.ok(file.document.text.endsWith("€\n"));
    assert.ok(bytes(file.document.text).length <= EDIT_MAX_BYTES);
    assert.equal(file.document.kind.encoding, "utf-8");
  });

  test("a binary file is refused with a sentence", async () => {
    await assert.rejects(opened(Uint8Array.from([0, 1, 2])), (thrown: unknown) => {
      assert.ok(thrown instanceof BridgeFailure);
      assert.match(thrown.message, /a\.conf is no text/);
      return true;
    });
  });

  test("a device node is not opened for editing", async () => {
    const device = new FakeDevice();
    const entry = device.hold("/dev/mem", "x", { type: "char" });
    await assert.rejects(EditFile.open(device.files(), "/dev/mem", entry, signal), {
      code: "special_file",
    });
    assert.equal(device.reads.length, 0);
  });
});

test("the language is told by name, ending or first line", () => {
  const cases: [string, string, string | null][] = [
    ["/etc/app.json", "", "json"],
    ["/etc/ssh/sshd_config", "", "properties"],
    ["/etc/ssh/sshd_config.bak", "", "properties"],
    ["/etc/systemd/system/app.service", "", "properties"],
    ["/etc/init.d/app", "#!/bin/sh", "shell"],
    ["/usr/bin/tool", "#!/usr/bin/env python3", "python"],
    ["/etc/config/network", "", null],
    ["/etc/unknown", "[section]", "properties"],
    ["/a/constructor", "", null],
    ["/a/json", "", null],
    ["/a/x.YAML", "", "yaml"],
    ["/a/Dockerfile", "", "dockerfile"],
  ];
  for (const [path, first, language] of cases)
    assert.equal(languageOf(path, first), language, path);
});
