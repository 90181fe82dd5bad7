/** What a tree leaves alone in the person's folder, and what it leaves behind. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { FileEntry, FromDevice } from "../src/bridge/files.ts";
import type { ConflictRule } from "../src/files/disk/types.ts";
import { entry } from "./entries.ts";
import { bytes, deviceEnd, FakeFolder, run } from "./fake-disk.ts";

const MIB = 1024 * 1024;

const open: { close: () => void }[] = [];
after(() => {
  for (const one of open) one.close();
});

/** Saves words of a device into a folder. */
async function into(
  root: FakeFolder,
  rule: ConflictRule,
  words: readonly FromDevice[],
): Promise<string[]> {
  const source = deviceEnd(words);
  open.push(source);
  const last = await run({
    ...{ type: "tree", port: source.port },
    target: { kind: "folder", handle: root.handle },
    go: { rule, seed: 1, earlier: null },
  }).end;
  assert.ok(last.type === "done" && typeof last.end === "object" && "faults" in last.end);
  return last.end.faults.map(({ path }) => path);
}

function item(name: string, fields: Partial<FileEntry>): FromDevice {
  return { type: "entry", path: name, entry: entry(name, fields), done: false };
}

test("“newer” keeps what is there where the times cannot tell", async () => {
  const now = Date.now();
  for (const [there, offered] of [
    [now - 10_000, null],
    [now + 3_600_000, now + 7_200_000],
    [now - 10_000, now - 9000],
  ] as const) {
    const root = new FakeFolder();
    root.put("a", "mine", there);
    const words: FromDevice[] = [
      item("a", { modifiedMs: offered }),
      { type: "data", data: bytes("new") },
      { type: "end" },
    ];
    await into(root, "newer", words);
    assert.deepEqual(root.files(), { a: "mine" }, String(offered));
  }
});

test("a file that breaks off behind what was flushed already is not left as if it were whole", async () => {
  const root = new FakeFolder();
  const words: FromDevice[] = [item("core", { size: 100 * MIB })];
  for (let i = 0; i < 66; i++) words.push({ type: "data", data: new ArrayBuffer(MIB) });
  const broken = { type: "fault", code: "file_failed", message: "Broke." } as const;
  words.push({ ...broken, path: "core" }, { type: "end" });
  assert.deepEqual(await into(root, "overwrite", words), ["core"]);
  assert.deepEqual([...root.children.keys()], []);
});
