import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_LIMITS, type FileLimits } from "../src/bridge/files.ts";
import { combine, limitsFromAttributes, limitsOfGateway } from "../src/files/limits.ts";

function limits(some: Partial<FileLimits>): FileLimits {
  return { ...NO_LIMITS, ...some };
}

function attributes(all: Record<string, string>): Pick<Element, "getAttribute"> {
  return { getAttribute: (name) => all[name] ?? null };
}

for (const [what, one, other, want] of [
  ["no limits are none", {}, {}, {}],
  ["read-only of one is read-only", { readOnly: true }, {}, { readOnly: true }],
  ["the smaller size counts", { maxBytes: 5 }, { maxBytes: 3 }, { maxBytes: 3 }],
  ["no size is no limit", { maxBytes: 0 }, { maxBytes: 3 }, { maxBytes: 3 }],
  ["a list meets all", { readPaths: ["/a"] }, {}, { readPaths: ["/a"] }],
  [
    "of two lists the deeper path counts",
    { readPaths: ["/var", "/etc/app"] },
    { readPaths: ["/var/log", "/etc", "/opt"] },
    { readPaths: ["/etc/app", "/var/log"] },
  ],
  [
    "the same path is there once",
    { writePaths: ["/a"] },
    { writePaths: ["/a"] },
    { writePaths: ["/a"] },
  ],
  ["the root holds all", { readPaths: ["/"] }, { readPaths: ["/a"] }, { readPaths: ["/a"] }],
  [
    "a name that only begins alike is another",
    { readPaths: ["/var/log"] },
    { readPaths: ["/var/log2"] },
    { readNothing: true },
  ],
  [
    "lists to write without a common path are read-only",
    { writePaths: ["/a"] },
    { writePaths: ["/b"] },
    { readOnly: true },
  ],
  ["nothing stays nothing", { readNothing: true }, { readPaths: ["/a"] }, null],
] as const) {
  await test(`limits together: ${what}`, () => {
    for (const got of [
      combine(limits(one as Partial<FileLimits>), limits(other as Partial<FileLimits>)),
      combine(limits(other as Partial<FileLimits>), limits(one as Partial<FileLimits>)),
    ]) {
      if (want === null) assert.equal(got.readNothing, true);
      else {
        got.readPaths.sort();
        assert.deepEqual(got, limits(want as Partial<FileLimits>));
      }
    }
  });
}

await test("attributes are limits", () => {
  assert.deepEqual(limitsFromAttributes(attributes({})), NO_LIMITS);
  assert.deepEqual(
    limitsFromAttributes(
      attributes({
        "files-read-only": "",
        "files-max-bytes": " 1000 ",
        "files-read-paths": "/var//log/, /etc/./app",
        "files-write-paths": "",
      }),
    ),
    limits({ readOnly: true, maxBytes: 1000, readPaths: ["/var/log", "/etc/app"] }),
  );
});

await test("an attribute that cannot be read widens nothing", () => {
  for (const bytes of ["2GiB", "-1", "1e3", "1.5", "9".repeat(16), "0x10"]) {
    const got = limitsFromAttributes(attributes({ "files-max-bytes": bytes }));
    assert.ok(got.readNothing && got.readOnly, bytes);
  }
  for (const paths of ["var/log", "/a/../..", "..,", "/\0"]) {
    assert.ok(
      limitsFromAttributes(attributes({ "files-read-paths": paths })).readNothing,
      `read ${paths}`,
    );
    assert.ok(
      limitsFromAttributes(attributes({ "files-write-paths": paths })).readOnly,
      `write ${paths}`,
    );
  }
  const some = limitsFromAttributes(attributes({ "files-read-paths": "/a,b" }));
  assert.deepEqual([some.readPaths, some.readNothing], [["/a"], false]);
});

await test("without a gateway there are no limits of one; a panel that is off may do nothing", () => {
  assert.deepEqual(limitsOfGateway(null), NO_LIMITS);
  const on = {
    ...{ enabled: true, logPaths: false, readOnly: false, maxBytes: 7 },
    ...{ readPaths: ["/a"], writePaths: [] },
  };
  assert.deepEqual(limitsOfGateway(on), limits({ maxBytes: 7, readPaths: ["/a"] }));
  const off = limitsOfGateway({ ...on, enabled: false });
  assert.ok(off.readOnly && off.readNothing);
});
