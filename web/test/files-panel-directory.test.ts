/** Where a terminal says that it is: OSC 7, from a device that may send anything. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { directoryOf } from "../src/terminal/directory.ts";

test("OSC 7 tells a directory; foreign text tells none", () => {
  assert.equal(directoryOf("file://any.host/home/a%20b"), "/home/a b");
  assert.equal(directoryOf("file:///%c3%a4/%ff%0a"), "/ä/\uefff\n");
  assert.equal(directoryOf("file://h/ä"), "/ä");
  assert.equal(
    directoryOf("file://h/%ee%be%80"),
    "/\uefee\uefbe\uef80",
    "a true U+EF80 cannot pose",
  );
  for (const bad of [
    "",
    "/etc",
    "http://h/x",
    "file://h",
    "file://h/%zz",
    "file://h/%00",
    "file://h/%",
  ]) {
    assert.equal(directoryOf(bad), null, bad);
  }
  assert.equal(directoryOf(`file://h/${"x".repeat(20_000)}`), null);
});

/** Numbers that look like chance and are the same in each run (mulberry32). */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

test("OSC 7: whatever a device sends is an absolute path of at most 4,096 bytes, or nothing", () => {
  const roll = dice(7);
  const pieces = [
    ...[
      "file:",
      "//",
      "/",
      "host",
      "kitty-shell-cwd://",
      "%",
      "%2",
      "%2f",
      "%2F..%2F",
      "%00",
      "%0a",
    ],
    ...[
      "%ff",
      "%c3%a4",
      "%ee%be%80",
      "%ed%a0%80",
      "%f4%90%80%80",
      "\u0007",
      "\u001b[31m",
      "\0",
      ";",
    ],
    ...[
      "\ud800",
      "\uefff",
      "ä",
      "𝄞",
      "file://h/",
      "?x#y",
      "%25zz",
      "\u202e",
      "a".repeat(300),
      "\n",
    ],
  ];
  let paths = 0;
  for (let round = 0; round < 10_000; round++) {
    let text = roll(3) === 0 ? "" : "file://h/";
    for (let left = roll(12); left > 0; left--) {
      const own = String.fromCharCode(roll(0x10000));
      text += roll(4) === 0 ? own : (pieces[roll(pieces.length)] ?? "");
    }
    const path = directoryOf(text);
    if (path === null) continue;
    paths++;
    assert.ok(path.startsWith("/"), JSON.stringify(text));
    assert.ok(!path.includes("\0"), JSON.stringify(text));
    const bytes = new TextEncoder().encode(path.replace(/[\uef80-\uefff]/g, "x"));
    assert.ok(bytes.length <= 4096, JSON.stringify(text));
    if (/^file:\/\/[^/%]*\/[!-$&-~]*$/.test(text)) assert.ok(text.endsWith(path), text);
  }
  assert.ok(paths > 500, "most rounds would otherwise look at nothing");
});

test("OSC 7: every name that a shell can be in comes through, percent-encoded or plain", () => {
  const roll = dice(11);
  for (let round = 0; round < 500; round++) {
    const bytes = Array.from({ length: 1 + roll(40) }, () => 1 + roll(255));
    const encoded = bytes.map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
    const path = directoryOf(`file://h/${encoded}`);
    assert.notEqual(path, null);
    // Back again as names are encoded for the device: one byte, or the character's own.
    const back: number[] = [];
    for (const char of path ?? "") {
      const code = char.codePointAt(0) ?? 0;
      if (code >= 0xef80 && code <= 0xefff) back.push(code - 0xef00);
      else back.push(...new TextEncoder().encode(char));
    }
    assert.deepEqual(back, [0x2f, ...bytes]);
  }
});

test("OSC 7: a megabyte is refused without being worked through", () => {
  const mega = 1 << 20;
  const hostile = [
    `file://h/${"%41".repeat(mega / 3)}`,
    `file://h/${"%".repeat(mega)}`,
    `file://${"h".repeat(mega)}`,
    "/".repeat(mega),
    `file:${"//".repeat(mega / 2)}`,
    `kitty-shell-cwd://h/${"ä".repeat(mega)}`,
  ];
  const start = performance.now();
  for (const text of hostile) assert.equal(directoryOf(text), null, text.slice(0, 20));
  assert.ok(performance.now() - start < 1_000);
});
