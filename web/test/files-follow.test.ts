/** Following a log: lines out of bytes, bounded, with nothing lost on the way. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LogIntake } from "../src/files/view/log-intake.ts";
import { levelOf, type Level } from "../src/files/view/log-level.ts";
import { LogLines, MAX_CHARACTERS, MAX_LINES, occurrences } from "../src/files/view/log-lines.ts";
import { LogSearch } from "../src/files/view/log-search.ts";
import { CUT_MARK, LINE_MAX, LineSplitter } from "../src/files/view/log-splitter.ts";
import { FakeTail, bytes } from "./view-device.ts";

const texts = (lines: LogLines): string[] => lines.shown.map(({ text }) => text);

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe("lines", () => {
  test("bytes cut anywhere give the same lines", () => {
    const text = "Grüße 😀\r\n\nred \u001b[31mERROR\u001b[0m\nlast";
    const data = bytes(text);
    for (let cut = 0; cut <= data.length; cut++) {
      const splitter = new LineSplitter();
      const lines = [...splitter.feed(data.subarray(0, cut)), ...splitter.feed(data.subarray(cut))];
      assert.deepEqual(lines, ["Grüße 😀", "", "red ERROR"], `cut at ${String(cut)}`);
      assert.equal(splitter.end(), "last");
    }
  });

  test("a line without end is cut with a mark, and the next one is whole", () => {
    const splitter = new LineSplitter();
    const long = new Uint8Array(1024 * 1024).fill(0x78);
    for (let round = 0; round < 8; round++) assert.deepEqual(splitter.feed(long), []);
    const [first, second] = splitter.feed(bytes("\nnext\n"));
    assert.equal(first?.length, LINE_MAX + CUT_MARK.length);
    assert.ok(first.endsWith(CUT_MARK));
    assert.equal(second, "next");
  });

  test("control sequences of terminals do nothing and other controls show", () => {
    const [line] = new LineSplitter().feed(
      bytes("\u001b]0;title\u0007\u001b[2J\u001b[1;1Ha\u001b(Bb\u0008c\u202ed\n"),
    );
    assert.equal(line, "ab␈c<U+202E>d");
  });

  test("the newest are kept, by number and by size", () => {
    const lines = new LogLines();
    for (let i = 0; i < MAX_LINES + 100; i++) lines.add(String(i));
    assert.equal(lines.trim().length, 100);
    assert.equal(lines.size, MAX_LINES);
    assert.equal(lines.dropped, 100);
    assert.equal(lines.shown[0]?.text, "100");
    lines.clear();
    for (let i = 0; i < 1000; i++) lines.add("x".repeat(LINE_MAX));
    lines.trim();
    assert.ok(lines.size * LINE_MAX <= MAX_CHARACTERS);
    assert.equal(lines.shown.length, lines.size);
  });

  test("a filter shows lines with all words and the chosen levels, new ones too", () => {
    const lines = new LogLines();
    for (const text of ["ERROR disk full", "INFO disk ok", "WARN net down"]) lines.add(text);
    lines.filter("DISK", "all");
    assert.deepEqual(texts(lines), ["ERROR disk full", "INFO disk ok"]);
    lines.filter("disk full", "errors");
    lines.add("INFO disk full");
    lines.add("ERROR full disk");
    lines.add("tail: replaced", true);
    assert.deepEqual(texts(lines), ["ERROR disk full", "ERROR full disk", "tail: replaced"]);
    lines.filter("", "all");
    assert.equal(lines.shown.length, 6);
    assert.equal(lines.text().split("\n").length, 7);
  });
});

test("levels are told by their usual forms, and prose is not taken for one", () => {
  const cases: [string, Level][] = [
    ["2026-01-01 ERROR boom", "error"],
    ["<3>usb 1-1: fault", "error"],
    ["<14>app: started", "info"],
    ["<999>x", ""],
    ["Jan  1 00:00:00 gw daemon.warn dnsmasq[1]: x", "warning"],
    ["Jan  1 gw user.notice root: hello", "notice"],
    ['{"level":"debug","msg":"x"}', "debug"],
    ["time=1 level=warning msg=x", "warning"],
    ["[error] 12#0: upstream timed out", "error"],
    ["sshd[12]: error: maximum attempts", "error"],
    ["FATAL: no config", "error"],
    ["E0101 something", ""],
    ["no error found, all is well", ""],
    ["TRACE x", "debug"],
    ["[12.345678] usb: ok", ""],
    ["", ""],
  ];
  for (const [line, level] of cases) assert.equal(levelOf(line), level, line);
});

test("a search finds lines in any case, goes round the ends and follows what is added", () => {
  const lines = new LogLines();
  const search = new LogSearch();
  for (const text of ["a Foo", "b", "c foo foo"]) lines.add(text);
  search.start("FOO", lines.shown);
  assert.equal(search.words, "2 lines");
  assert.deepEqual([search.step("previous"), search.step("previous")], [2, 0]);
  assert.equal(search.words, "1 of 2 lines");
  assert.equal(search.step("previous"), 2);
  lines.add("d FOO");
  search.update(lines.shown);
  assert.deepEqual([search.step("next"), search.step("next")], [3, 0]);
  search.start("none", lines.shown);
  assert.deepEqual([search.step("next"), search.words], [null, "No match"]);
  assert.deepEqual(occurrences("c foo foo", "Foo"), [2, 6]);
  assert.deepEqual(occurrences("İx x", "x"), [1], "a longer lower case shifts nothing");
});

describe("a session", () => {
  test("rotation is a note, and what was begun at the end is a line", async () => {
    const [tail, lines] = [new FakeTail(), new LogLines()];
    const intake = new LogIntake(tail, lines, () => undefined);
    tail.say("one\n");
    tail.say("tail: '/var/log/x' has been replaced; following new file\n", 1);
    tail.say("half");
    await until("the bytes", () => tail.pending === 0);
    intake.end();
    assert.deepEqual(
      lines.shown.map(({ text, note }) => [text.slice(0, 5), note]),
      [
        ["one", false],
        ["tail:", true],
        ["half", false],
      ],
    );
  });

  test("paused, the device is held back; going on, nothing is lost", async () => {
    const [tail, lines] = [new FakeTail(), new LogLines()];
    const intake = new LogIntake(tail, lines, () => undefined);
    tail.say("before\n");
    await until("the first line", () => lines.size === 1);
    intake.pause(true);
    const window = 64 * 1024;
    let sent = 0;
    const sending = (async () => {
      for (; sent < 5000; sent++) {
        await tail.room(window);
        tail.say(`line ${String(sent)} ${"x".repeat(90)}\n`);
      }
    })();
    await until("the window to fill", () => tail.pending >= window);
    assert.equal(lines.size, 1);
    assert.ok(intake.waiting >= window);
    assert.ok(sent < 5000, "the sender waits");
    intake.pause(false);
    await sending;
    await until("all lines", () => lines.size === 5001);
    assert.ok(texts(lines)[5000]?.startsWith("line 4999"));
    intake.close();
    assert.ok(tail.isClosed);
  });

  test("every line of a flood is counted, kept or gone", async () => {
    const [tail, lines] = [new FakeTail(), new LogLines()];
    const intake = new LogIntake(tail, lines, () => lines.trim());
    const chunk = bytes(`2026-01-01 INFO ${"x".repeat(80)}\n`.repeat(320));
    for (let sent = 0; sent < 300; sent++) {
      await tail.room(512 * 1024);
      tail.say(chunk);
    }
    await until("the end", () => tail.pending === 0);
    assert.equal(lines.size + lines.dropped, 300 * 320);
    assert.equal(lines.size, MAX_LINES);
    intake.close();
  });
});
