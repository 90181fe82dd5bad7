/** The panel's rules without a browser: paths, names, order, selection, keys, windowing, limits. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_LIMITS, type FileLimits } from "../src/bridge/files.ts";
import { fromTyped, nameParts, shownName, typedForm } from "../src/files/names.ts";
import { limitsLine, mayRead, mayTransfer, mayWrite } from "../src/files/panel/allowed.ts";
import { Arrivals } from "../src/files/panel/arrivals.ts";
import { commonStart } from "../src/files/panel/completer.ts";
import { History } from "../src/files/panel/history.ts";
import { TypeAhead, keyCommand, moved, type Key } from "../src/files/panel/keys.ts";
import { itemsOfPaste } from "../src/files/panel/local-items.ts";
import { fromOctal, modeText, typeWord } from "../src/files/panel/mode.ts";
import { ordered } from "../src/files/panel/order.ts";
import * as paths from "../src/files/panel/path.ts";
import { Selection } from "../src/files/panel/selection.ts";
import { terminalHere } from "../src/files/panel/terminal-here.ts";
import { mostRows, scrollFor, spanOf } from "../src/files/panel/windowing.ts";
import { pageTitle } from "../src/page/title.ts";
import { DeviceStateEvent } from "../src/device/events.ts";
import type { Transfer } from "../src/files/transfers/types.ts";
import { entry, named } from "./entries.ts";

test("a path is taken apart and put together without losing a name's characters", () => {
  assert.equal(paths.join("/", "a b"), "/a b");
  assert.equal(paths.parent("/a"), "/");
  assert.equal(paths.parent("/"), "/");
  assert.equal(paths.baseName("/a/-rf\n"), "-rf\n");
  assert.deepEqual(
    paths.crumbs("/a/b").map(({ path }) => path),
    ["/", "/a", "/a/b"],
  );
});

test("a typed path is taken from home, from where one is, and never above the root", () => {
  const from = (typed: string) => paths.resolve(typed, "/var/log", "/home/me");
  assert.equal(from("~"), "/home/me");
  assert.equal(from("~/x"), "/home/me/x");
  assert.equal(from("~x"), "/var/log/~x");
  assert.equal(from("../run//./x/"), "/var/run/x");
  assert.equal(from("/../../etc"), "/etc");
});

test("a name that would lead elsewhere, or that no device takes, is refused with a reason", () => {
  for (const name of ["", ".", "..", "a/b", "a\0b", "x".repeat(256), "ä".repeat(128)]) {
    assert.notEqual(paths.nameProblem(name), "", JSON.stringify(name));
  }
  for (const name of ["-rf", "a\nb", "…", "x".repeat(255), "\uefff".repeat(255)]) {
    assert.equal(paths.nameProblem(name), "", JSON.stringify(name));
  }
});

test("a path quoted for a shell is one word, whatever it holds", () => {
  assert.equal(paths.quoted("/it's $(rm) `x`"), "'/it'\\''s $(rm) `x`'");
});

test("what cannot be seen in a name is shown as an escape", () => {
  assert.equal(shownName("a\nb"), "a\\nb");
  assert.equal(shownName("\u202Egnp.exe"), "\\u{202e}gnp.exe");
  assert.equal(shownName("raw-\uefff\uef80"), "raw-\\xff\\x80");
  assert.equal(shownName("esc\u001b[31m"), "esc\\x1b[31m");
  assert.equal(shownName("\ud800"), "\\u{d800}");
  assert.equal(shownName(" end "), "␣end␣");
  assert.equal(shownName("   "), "␣␣␣");
  assert.equal(shownName("日本 é 👩‍🔧"), "日本 é 👩‍🔧");
  assert.deepEqual(nameParts("a\u0007"), [
    { text: "a", escaped: false },
    { text: "\\x07", escaped: true },
  ]);
});

test("every name can be typed: its typed form leads back to it", () => {
  const odd = [
    "a\\nb",
    "a\nb",
    "\\",
    "\\\\x41",
    "\uef80\uefff",
    "\u202e",
    "tab\t",
    "x\\u{41}",
    " ",
  ];
  for (const name of odd) assert.equal(fromTyped(typedForm(name)), name, JSON.stringify(name));
  assert.equal(fromTyped("C:\\dir"), "C:\\dir", "a backslash before nothing of ours stays");
  assert.equal(fromTyped("\\x00"), "\\x00", "never a NUL");
});

test("folders stand before files, whichever column is sorted by and whichever way", () => {
  const entries = [
    entry("b10", { size: 1 }),
    entry("B9", { size: 3 }),
    entry("zdir", { type: "dir" }),
    entry("ldir", { type: "link", targetType: "dir", target: "zdir" }),
    entry("é", { size: 2 }),
    entry("f"),
  ];
  const by = (column: "name" | "size", descending = false) =>
    named(ordered(entries, { by: column, descending }));
  assert.deepEqual(by("name"), ["ldir", "zdir", "B9", "b10", "é", "f"]);
  assert.deepEqual(by("name", true), ["zdir", "ldir", "f", "é", "b10", "B9"]);
  assert.deepEqual(by("size", true), ["ldir", "zdir", "B9", "é", "b10", "f"]);
});

test("numbers in names are ordered as numbers, however long", () => {
  const names = ["a2b", "a10b", "a2b10", "a2b9", "a010", "a" + "9".repeat(40), "a1"];
  const sorted = named(
    ordered(
      names.map((name) => entry(name)),
      { by: "name", descending: false },
    ),
  );
  assert.deepEqual(sorted, ["a1", "a2b", "a2b9", "a2b10", "a010", "a10b", "a" + "9".repeat(40)]);
});

test("only rows in sight are drawn, and all of them", () => {
  assert.deepEqual(spanOf(50_000, 32, 0, 320), { first: 0, end: 22 });
  const { first, end } = spanOf(50_000, 32, 32_000, 320);
  assert.ok(first <= 1000 && end >= 1010 && end - first < 50);
  assert.deepEqual(spanOf(3, 32, 0, 320), { first: 0, end: 3 });
  assert.deepEqual(spanOf(0, 32, 500, 320), { first: 0, end: 0 });
  assert.ok(mostRows(32) > 100_000 && mostRows(32) * 32 < 17_800_000);
});

test("a row is scrolled into sight only when it is not, and not under the head", () => {
  assert.equal(scrollFor(5, 32, 32, 0, 320), 0);
  assert.equal(scrollFor(0, 32, 32, 100, 320), 0);
  assert.equal(scrollFor(9, 32, 32, 0, 320), 32);
});

test("a selection outlasts sorting, and what a filter hides is not selected any more", () => {
  const rows = ["a", "b", "c", "d"].map((name) => entry(name));
  const selection = new Selection();
  selection.only("b");
  selection.range(rows, "d", false);
  assert.deepEqual(named(selection.of(rows)), ["b", "c", "d"]);
  assert.deepEqual(named(selection.of([...rows].reverse())), ["d", "c", "b"]);
  selection.toggle("c");
  selection.keep(rows.slice(0, 2));
  assert.deepEqual(named(selection.of(rows)), ["b"]);
  selection.all(rows);
  assert.equal(selection.size, 4);
});

const key = (name: string, more: Partial<Key> = {}): Key => ({
  ...{ key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false },
  ...{ isComposing: false, ...more },
});

test("keys do what they do in a file manager, and the browser keeps its own", () => {
  const told = (name: string, more: Partial<Key> = {}) => keyCommand(key(name, more), false);
  assert.deepEqual(told("Enter"), { do: "open" });
  assert.deepEqual(told("Backspace"), { do: "parent" });
  assert.deepEqual(told("ArrowUp", { altKey: true }), { do: "parent" });
  assert.deepEqual(told("ArrowDown", { shiftKey: true }), { do: "move", to: "down", how: "range" });
  assert.deepEqual(told("a", { ctrlKey: true }), { do: "select-all" });
  assert.deepEqual(told("F10", { shiftKey: true }), { do: "menu" });
  assert.deepEqual(told("x"), { do: "search", text: "x" });
  assert.deepEqual(told(" "), { do: "toggle" });
  assert.deepEqual(keyCommand(key(" "), true), { do: "search", text: " " });
  for (const name of ["w", "t", "c", "v", "r"]) assert.equal(told(name, { ctrlKey: true }), null);
  assert.equal(told("Delete", { shiftKey: true }), null);
  assert.equal(told("F1"), null);
  assert.equal(told("Enter", { isComposing: true }), null);
});

test("the keyboard's row stays in the list", () => {
  assert.equal(moved("down", -1, 3, 2), 0);
  assert.equal(moved("up", -1, 3, 2), 2);
  assert.equal(moved("page-down", 1, 3, 5), 2);
  assert.equal(moved("page-up", 1, 3, 5), 0);
  assert.equal(moved("end", 0, 0, 5), -1);
});

test("letters typed together look for a beginning; the same one again goes on", () => {
  const names = ["alpha", "beta", "bet", "boat", "Bravo"];
  const ahead = new TypeAhead();
  assert.equal(ahead.find(names, "b", -1, 0), 1);
  assert.equal(ahead.find(names, "o", 1, 100), 3);
  const again = new TypeAhead();
  assert.equal(again.find(names, "b", -1, 0), 1);
  assert.equal(again.find(names, "b", 1, 100), 2);
  assert.equal(again.find(names, "a", 2, 5000), 0);
  assert.equal(again.find([], "a", -1, 9000), -1);
});

test("back and forward go along what was visited", () => {
  const history = new History();
  for (const path of ["/", "/a", "/a", "/b"]) history.visit(path);
  assert.deepEqual([history.back(), history.back(), history.back()], ["/a", "/", null]);
  assert.equal(history.forward(), "/a");
  history.visit("/c");
  assert.equal(history.canForward, false);
});

test("modes and types read as ls has them", () => {
  assert.equal(modeText({ type: "dir", mode: 0o1777 }), "drwxrwxrwt");
  assert.equal(modeText({ type: "file", mode: 0o4755 }), "-rwsr-xr-x");
  assert.equal(modeText({ type: "file", mode: 0o2644 }), "-rw-r-Sr--");
  assert.deepEqual([fromOctal("0755"), fromOctal("8"), fromOctal("17777")], [0o755, null, null]);
  assert.equal(typeWord(entry("l", { type: "link", target: "x" })), "Dangling link");
});

test("limits: what may be written, read and transferred, and the line that says so", () => {
  const limits: FileLimits = {
    ...NO_LIMITS,
    writePaths: ["/srv"],
    readPaths: ["/srv", "/var/log"],
  };
  assert.ok(
    mayWrite(limits, "/srv/x") && !mayWrite(limits, "/srvx") && mayRead(limits, "/var/log"),
  );
  assert.ok(!mayWrite({ ...NO_LIMITS, readOnly: true }, "/srv"));
  assert.ok(!mayRead({ ...NO_LIMITS, readNothing: true }, "/"));
  assert.ok(mayTransfer(NO_LIMITS, 1e15) && !mayTransfer({ ...NO_LIMITS, maxBytes: 5 }, 6));
  assert.equal(limitsLine(NO_LIMITS), "");
  assert.match(limitsLine({ ...limits, readOnly: true, maxBytes: 5e6 }), /read-only.*5\.0 MB/);
});

test("“Open terminal here” types only at a prompt, and only what a terminal takes as text", async () => {
  const typed: string[] = [];
  const terminal = { directory: "", type: (text: string) => void typed.push(text) };
  const shell = (atPrompt: boolean | null) => ({
    shellState: () => Promise.resolve(atPrompt === null ? null : { directory: "/", atPrompt }),
  });
  assert.equal(await terminalHere(shell(true), terminal, "/it's"), "");
  assert.deepEqual(typed, ["\u0005\u0015 cd -- '/it'\\''s'\r"]);
  assert.match(await terminalHere(shell(false), terminal, "/x"), /program runs/);
  assert.match(await terminalHere(shell(null), terminal, "/x"), /does not tell/);
  for (const path of ["/a\u0003b", "/a\nb", "/raw\uefff", "/\u202e"]) {
    assert.match(await terminalHere(shell(true), terminal, path), /cannot be typed/);
  }
  assert.equal(typed.length, 1);
});

test("an upload that arrives here is news once", () => {
  const transfer = (path: string, state: Transfer["state"]) =>
    ({ id: path, path, state, direction: "upload" }) as Transfer;
  const arrivals = new Arrivals();
  assert.equal(arrivals.news([transfer("/d/x", "running")], "/d"), false);
  assert.equal(arrivals.news([transfer("/d/x", "done")], "/d"), true);
  assert.equal(arrivals.news([transfer("/d/x", "done")], "/d"), false);
  assert.equal(arrivals.news([transfer("/e/x", "done")], "/d"), false);
});

test("pasted pictures get a name of their own, files keep theirs", () => {
  const now = new Date("2026-11-22T07:20:30Z");
  const files = [new File(["x"], "image.png"), new File(["y"], "report.pdf")];
  assert.deepEqual(
    itemsOfPaste(files, now).map(({ path }) => path),
    ["pasted-2026-11-22-072030.png", "report.pdf"],
  );
});

test("completion goes as far as there is no choice", () => {
  const of = (...texts: string[]) => texts.map((text) => ({ text, entry: entry(text) }));
  assert.equal(commonStart("/v", of("/var/", "/vault/")), "/va");
  assert.equal(commonStart("/x", of()), "/x");
});

test("the tab's title begins with how far transfers are", () => {
  const login = { user: "u", tenant: "t", remoteAccess: true } as Parameters<typeof pageTitle>[1];
  const state = new DeviceStateEvent("Pump", "connected");
  assert.equal(pageTitle("device", login, state, 0.426), "42 % – Pump · connected – Porthole");
  assert.equal(pageTitle("device", login, state, null), "Pump · connected – Porthole");
});
