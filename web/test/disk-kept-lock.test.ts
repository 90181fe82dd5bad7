/** Downloads that are kept by the browser: no other tab sweeps one that is being made. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeFolder } from "./fake-disk.ts";

/** Locks as browsers have them, for all tabs: what is asked for is granted later. */
class LaterLocks {
  readonly held = new Set<string>();

  async request(
    name: string,
    ...more: [{ ifAvailable: boolean }, Granted] | [Granted]
  ): Promise<unknown> {
    const granted = more.length === 1 ? more[0] : more[1];
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (this.held.has(name)) {
      assert.equal(more.length, 2, "nobody waits for a kept file");
      return await granted(null);
    }
    this.held.add(name);
    try {
      return await granted({ name });
    } finally {
      this.held.delete(name);
    }
  }
}

type Granted = (lock: unknown) => Promise<unknown> | undefined;

await test("a kept download is held before its file is there, so that no other tab removes it", async () => {
  const root = new FakeFolder();
  const locks = new LaterLocks();
  const storage = { getDirectory: () => Promise.resolve(root.handle) };
  Object.defineProperty(globalThis, "navigator", { value: { storage, locks }, configurable: true });
  const { newKeptFile } = await import("../src/files/disk/kept-folder.ts");
  const made = root.getDirectoryHandle.bind(root);
  let early = 0;
  root.getDirectoryHandle = async (name, options) => {
    const folder = (await made(name, options)) as FakeFolder & { keys?: () => unknown };
    folder.keys = async function* keys() {
      await Promise.resolve();
      yield* [...folder.children.keys()];
    };
    const file = folder.getFileHandle.bind(folder);
    folder.getFileHandle = (id, as) => {
      if (!locks.held.has(`porthole-kept-${id}`)) early++;
      return file(id, as);
    };
    return folder;
  };
  const kept = await newKeptFile();
  assert.equal(early, 0);
  // Another tab begins one: it sweeps.
  await newKeptFile();
  const folder = root.children.get("porthole-downloads") as FakeFolder;
  assert.equal(folder.children.size, 2, "both are there");
  await kept.remove();
  assert.equal(folder.children.size, 1);
});
