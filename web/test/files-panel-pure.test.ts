/** The panel's rules without a browser: paths, names, order, selection, keys, windowing, limits. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_LIMITS, type FileEntry, type FileLimits, type Files } from "../src/bridge/files.ts";
import { fromTyped, nameParts, shownName, typedForm } from "../src/files/names.ts";
import { limitsLine, mayRead, mayTransfer, mayWrite } from "../src/files/panel/allowed.ts";
import { Arrivals } from "../src/files/panel/arrivals.ts";
import { commonStart } from "../src/files/panel/completer.ts";
import { FilesDesk } from "../src/files/panel/desk.ts";
import { History } from "../src/files/panel/history.ts";
import { TypeAhead, keyCommand, moved, type Key } from "../src/files/panel/keys.ts";
import { Listing, SLOW_MS, USUAL_VIEW } from "../src/files/panel/listing.ts";
import { itemsOfPaste } from "../src/files/panel/local-items.ts";
import { fromOctal, modeText, typeWord } from "../src/files/panel/mode.ts";
import { ordered } from "../src/files/panel/order.ts";
import * as paths from "../src/files/panel/path.ts";
import { Selection } from "../src/files/panel/selection.ts";
import { terminalHere } from "../src/files/panel/terminal-here.ts";
import { mostRows, scrollFor, spanOf } from "../src/files/panel/windowing.ts";
import { directoryOf } from "../src/terminal/directory.ts";
import { pageTitle } from "../src/page/title.ts";
import { DeviceStateEvent } from "../src/device/events.ts";
import type { Transfer } from "../src/files/transfers/types.ts";
import { MemoryFiles } from "./memory-files.ts";

function entry(name: string, more: Partial<FileEntry> = {}): FileEntry {
  return {
    ...{ name, type: "file", size: 0, modifiedMs: 0, mode: 0o644, uid: 0, gid: 0 },
    ...{ owner: "root", group: "root", target: "", targetType: "unknown", ...more },
  };
}

const named = (entries: readonly FileEntry[]) => entries.map(({ name }) => name);

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

test("a listing: batches are one list; what fails midway is kept and told", async () => {
  const files = new MemoryFiles();
  for (let i = 0; i < 5000; i++) files.file(`/d/f${String(i)}`);
  const listing = new Listing(() => undefined);
  await listing.read(files, "/d", false);
  assert.deepEqual([listing.phase, listing.rows.length], ["done", 5000]);
  files.refuse.set("/d", "too_many");
  await listing.read(files, "/d", false);
  assert.deepEqual([listing.phase, listing.rows.length], ["failed", 5000]);
  files.refuse.set("/d", "permission_denied");
  await listing.read(files, "/d", true);
  assert.equal(listing.phase, "failed");
});

test("a long listing is in order at every look, whatever came meanwhile", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let give: (batch: FileEntry[]) => void = () => undefined;
  let end = (): void => undefined;
  const files: Pick<Files, "list"> = {
    list: (_path, batch) => {
      give = batch;
      return new Promise((resolve) => (end = resolve));
    },
  };
  const listing = new Listing(() => undefined);
  const read = listing.read(files, "/d", false);
  const shows = (...names: string[]) => {
    assert.deepEqual(named(listing.rows), names);
  };
  give([entry("c10"), entry("c9")]);
  t.mock.timers.tick(SLOW_MS);
  shows("c9", "c10");
  give([entry("b"), entry(".h"), entry("a")]);
  listing.show({ ...USUAL_VIEW, filter: "9" });
  shows("c9");
  listing.show(USUAL_VIEW);
  t.mock.timers.tick(2 * SLOW_MS);
  shows("a", "b", "c9", "c10");
  listing.show({ ...USUAL_VIEW, order: { by: "name", descending: true } });
  give([entry("d")]);
  end();
  await read;
  shows("d", "c10", "c9", "b", "a");
  assert.equal(listing.entries.length, 6);
});

test("a listing that hangs can be stopped, and one that is given up leaves no trace", async () => {
  const files = new MemoryFiles().file("/a/x").file("/b/y");
  let open = (): void => undefined;
  files.gate = new Promise((resolve) => (open = resolve));
  const listing = new Listing(() => undefined);
  const first = listing.read(files, "/a", false);
  const second = listing.read(files, "/b", false);
  open();
  await Promise.all([first, second]);
  assert.deepEqual(named(listing.rows), ["y"]);
  files.gate = new Promise(() => undefined);
  const third = listing.read(files, "/a", false);
  await new Promise((done) => setImmediate(done));
  listing.stop();
  await third;
  assert.equal(listing.phase, "stopped");
});

test("filter and hidden files decide what is shown, not what was read", async () => {
  const files = new MemoryFiles().file("/d/.a").file("/d/Bee").file("/d/c\n");
  const listing = new Listing(() => undefined);
  await listing.read(files, "/d", false);
  assert.deepEqual(named(listing.rows), ["Bee", "c\n"]);
  listing.show({ ...USUAL_VIEW, hidden: true });
  assert.equal(listing.rows.length, 3);
  listing.show({ ...USUAL_VIEW, filter: "bE" });
  assert.deepEqual(named(listing.rows), ["Bee"]);
  listing.show({ ...USUAL_VIEW, filter: "\\n" });
  assert.deepEqual(named(listing.rows), ["c\n"]);
});

/** A desk over files in memory, connected. */
async function desk(files: MemoryFiles, directory = ""): Promise<FilesDesk> {
  const made = new FilesDesk(() => undefined);
  made.terminal = { directory, type: () => undefined };
  made.setConnection({ connection: { files: () => Promise.resolve(files) }, reference: "r" });
  await settled();
  return made;
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done));
}

test("the panel begins where the terminal is, else where its shell is, else at home", async () => {
  const files = () => new MemoryFiles().folder("/osc").folder("/shell");
  assert.equal((await desk(files(), "/osc")).path, "/osc");
  const asked = files();
  asked.shell = { directory: "/shell", atPrompt: true };
  assert.equal((await desk(asked)).path, "/shell");
  const silent = files();
  silent.shell = null;
  assert.equal((await desk(silent)).path, "/home/demo");
  assert.equal((await desk(files(), "/not/there")).path, "/home/demo");
});

test("after a new connection the panel goes on where it was", async () => {
  const one = new MemoryFiles().folder("/a/b").file("/a/b/x");
  const made = await desk(one);
  await made.go("/a/b");
  made.setConnection(null);
  assert.deepEqual([made.access, made.path, named(made.rows)], ["none", "/a/b", ["x"]]);
  const two = new MemoryFiles().folder("/a/b").file("/a/b/y");
  made.setConnection({ connection: { files: () => Promise.resolve(two) }, reference: "r2" });
  await settled();
  assert.deepEqual([made.path, named(made.rows)], ["/a/b", ["y"]]);
});

test("a connection that follows another while its files open has its own opened", async () => {
  const made = await desk(new MemoryFiles());
  const never = { files: () => new Promise<Files>(() => undefined) };
  made.setConnection({ connection: never, reference: "r2" });
  assert.equal(made.access, "opening");
  const files = new MemoryFiles();
  made.setConnection({ connection: { files: () => Promise.resolve(files) }, reference: "r3" });
  await settled();
  assert.deepEqual([made.access, made.files === files], ["open", true]);
});

test("a directory that may not be read stays in the path, and says why", async () => {
  const files = new MemoryFiles().folder("/secret");
  files.refuse.set("/secret", "permission_denied");
  const made = await desk(files);
  await made.go("/secret");
  assert.equal(made.path, "/secret");
  assert.match(made.trouble?.text ?? "", /^\/secret could not be read\. /);
  await made.back();
  assert.deepEqual([made.path, made.trouble], ["/home/demo", null]);
});

test("files that end while the connection is up can be opened again", async () => {
  const files = new MemoryFiles();
  const made = await desk(files);
  files.end({ code: "file_failed", message: "sftp-server was killed." });
  await settled();
  assert.deepEqual([made.access, made.files], ["failed", null]);
  assert.match(made.trouble?.text ?? "", /sftp-server was killed/);
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
