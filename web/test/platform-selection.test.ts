import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultConfiguration } from "../src/platform/selection.ts";
import type { Configuration } from "../src/platform/types.ts";

function configuration(id: string, name: string, port: number, protocol = "PASSTHROUGH") {
  return { id, name, hostname: "127.0.0.1", port, protocol } satisfies Configuration;
}

const cases: { name: string; list: Configuration[]; want: string | undefined }[] = [
  { name: "none", list: [], want: undefined },
  {
    name: "none that carries bytes",
    list: [configuration("1", "ssh", 22, "SSH")],
    want: undefined,
  },
  { name: "the only one, whatever it is", list: [configuration("1", "web", 80)], want: "1" },
  {
    name: "port 22 before a name with ssh",
    list: [configuration("1", "my ssh", 2222), configuration("2", "other", 22)],
    want: "2",
  },
  {
    name: "a name with ssh, in any case",
    list: [configuration("1", "web", 80), configuration("2", "My SSH", 2222)],
    want: "2",
  },
  {
    name: "the first otherwise",
    list: [configuration("1", "web", 80), configuration("2", "db", 5432)],
    want: "1",
  },
  {
    name: "other protocols do not count, passthrough in any case does",
    list: [configuration("1", "ssh", 22, "VNC"), configuration("2", "x", 99, "Passthrough")],
    want: "2",
  },
];

for (const { name, list, want } of cases) {
  await test(`default configuration: ${name}`, () => {
    assert.equal(defaultConfiguration(list)?.id, want);
  });
}
