import assert from "node:assert/strict";
import { test } from "node:test";
import { keyAction } from "../src/terminal/keys.ts";
import { safeLink } from "../src/terminal/links.ts";
import { cleanTitle, noticeBytes } from "../src/terminal/notice.ts";
import { cleanPaste } from "../src/terminal/paste.ts";
import { lightness } from "../src/terminal/theme.ts";
import { SizeSender } from "../src/terminal/fit.ts";
import { Utf8Joiner } from "../src/terminal/utf8-joiner.ts";

const plain = { ctrlKey: false, shiftKey: false, altKey: false, metaKey: false };

for (const [name, key, expected] of [
  ["c", { ctrlKey: true }, undefined],
  ["C", { ctrlKey: true, shiftKey: true }, "copy"],
  ["v", { ctrlKey: true }, undefined],
  ["V", { ctrlKey: true, shiftKey: true }, "paste"],
  ["F", { ctrlKey: true, shiftKey: true }, "search"],
  ["f", { ctrlKey: true }, undefined],
  ["+", { ctrlKey: true, shiftKey: true }, "font-larger"],
  ["=", { ctrlKey: true }, "font-larger"],
  ["-", { ctrlKey: true }, "font-smaller"],
  ["_", { ctrlKey: true, shiftKey: true }, undefined],
  ["0", { ctrlKey: true }, "font-reset"],
  ["Escape", {}, undefined],
  ["Escape", { ctrlKey: true, shiftKey: true }, "leave"],
  ["Tab", {}, undefined],
  ["f", { ctrlKey: true, altKey: true }, undefined],
] as const) {
  test(`key ${JSON.stringify({ key: name, ...key })} is ${expected ?? "the device's"}`, () => {
    const code = /^[a-z]$/i.test(name) ? `Key${name.toUpperCase()}` : "";
    const action = keyAction(
      { ...plain, key: name, code, ...key },
      { mac: false, hasSelection: false },
    );
    assert.equal(action, expected);
  });
}

test("Ctrl+C copies a selection; on a Mac it always interrupts and Cmd+C copies", () => {
  const ctrlC = { ...plain, key: "c", code: "KeyC", ctrlKey: true };
  const cmdC = { ...plain, key: "c", code: "KeyC", metaKey: true };
  assert.equal(keyAction(ctrlC, { mac: false, hasSelection: true }), "copy");
  assert.equal(keyAction(ctrlC, { mac: true, hasSelection: true }), undefined);
  assert.equal(keyAction(cmdC, { mac: true, hasSelection: true }), "copy");
});

test("shortcuts work on a layout without Latin letters", () => {
  const key = { ...plain, key: "С", code: "KeyC", ctrlKey: true, shiftKey: true };
  assert.equal(keyAction(key, { mac: false, hasSelection: false }), "copy");
});

test("Shift+Insert pastes, Ctrl+Insert copies, F6 alone is the device's", () => {
  const context = { mac: false, hasSelection: true };
  const insert = { ...plain, key: "Insert", code: "Insert" };
  assert.equal(keyAction({ ...insert, shiftKey: true }, context), "paste");
  assert.equal(keyAction({ ...insert, ctrlKey: true }, context), "copy");
  assert.equal(keyAction(insert, context), undefined);
  const f6 = { ...plain, key: "F6", code: "F6" };
  assert.equal(keyAction(f6, context), undefined);
  assert.equal(keyAction({ ...f6, ctrlKey: true }, context), "leave");
});

test("only http and https links open", () => {
  assert.equal(safeLink("https://example.com/a"), "https://example.com/a");
  for (const bad of [
    "javascript:alert(1)",
    "file:///etc/passwd",
    "ssh://h",
    "data:text/html,x",
    "",
  ]) {
    assert.equal(safeLink(bad), undefined, bad);
  }
});

test("a paste keeps text, tabs and line ends, and nothing that acts as a key", () => {
  assert.equal(cleanPaste("a\tb\r\nc\nd\re"), "a\tb\rc\rd\re");
  assert.equal(
    cleanPaste("\u001b[201~rm -rf\u0003\u0000\u007f\u009b31m é😀"),
    "[201~rm -rf31m é😀",
  );
});

test("a notice cannot steer the terminal", () => {
  const text = new TextDecoder().decode(noticeBytes("a\u001b[2J\u009bb\u0007\nc", 3));
  assert.equal(text, "\r\n\u001b[0;2ma[2Jb\r\nc\u001b[0m\r\n");
});

test("a title is short and plain", () => {
  assert.equal(cleanTitle("a\u0007\u202eb\u009d"), "ab");
  assert.equal(cleanTitle("x".repeat(1000)).length, 256);
});

test("lightness of computed colours", () => {
  assert.equal(lightness("rgb(255, 255, 255)"), 1);
  assert.ok(lightness("rgb(12, 15, 19)") < 0.1);
  assert.equal(lightness("nonsense"), 0);
});

test("only the latest size waits while one is being sent, and the last is always told", async () => {
  const told: number[] = [];
  let go: () => void = () => undefined;
  const sender = new SizeSender(({ cols }) => {
    told.push(cols);
    return new Promise((resolve) => (go = resolve));
  });
  for (let cols = 1; cols <= 100; cols++) {
    sender.set({ cols, rows: 1 });
  }
  assert.deepEqual(told, [1]);
  go();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told, [1, 100]);
});

const text = "a—“é€\u200d😀漢\u0800\u{10000}z";

test("UTF-8 in pieces of every size never ends in the middle of a character", () => {
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size <= bytes.length; size++) {
    const joiner = new Utf8Joiner();
    let joined = "";
    for (let at = 0; at < bytes.length; at += size) {
      const piece = joiner.push(bytes.subarray(at, at + size));
      joined += new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(piece);
    }
    assert.equal(joined, text, `pieces of ${String(size)}`);
    assert.equal(joiner.flush().length, 0);
  }
});

test("bytes that are no UTF-8 pass unchanged, at most three late", () => {
  let seed = 7;
  const noise = new Uint8Array(10_000).map(() => (seed = (seed * 48271) % 0x7fffffff) & 0xff);
  const joiner = new Utf8Joiner();
  const out: number[] = [];
  let given = 0;
  for (let at = 0; at < noise.length; at += 1 + (at % 7)) {
    const piece = noise.subarray(at, at + 1 + (at % 7));
    given += piece.length;
    out.push(...joiner.push(piece));
    assert.ok(given - out.length <= 3);
  }
  out.push(...joiner.flush());
  assert.deepEqual(out, [...noise]);
});
