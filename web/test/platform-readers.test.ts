import assert from "node:assert/strict";
import { test } from "node:test";
import { BadAnswer } from "../src/platform/parse.ts";
import {
  readConfigurations,
  readDevice,
  readDevicePage,
  readGatewayInfo,
  readLogin,
  readRefusal,
} from "../src/platform/readers.ts";

await test("a device is read with its state and when it was last seen", () => {
  const device = readDevice(
    {
      id: "1234",
      name: "Pump",
      type: "thin-edge.io",
      c8y_Hardware: { serialNumber: "SN-1" },
      c8y_Availability: { status: "UNAVAILABLE", lastMessage: "2026-01-02T03:04:05.000Z" },
      c8y_Connection: { status: "DISCONNECTED" },
    },
    "answer",
  );
  assert.deepEqual(device, {
    id: "1234",
    name: "Pump",
    type: "thin-edge.io",
    serial: "SN-1",
    presence: "offline",
    lastSeen: new Date("2026-01-02T03:04:05.000Z"),
  });
});

for (const [connection, availability, want] of [
  ["CONNECTED", "UNAVAILABLE", "online"],
  ["DISCONNECTED", "AVAILABLE", "online"],
  ["DISCONNECTED", undefined, "offline"],
  [undefined, "UNAVAILABLE", "offline"],
  [undefined, "MAINTENANCE", "maintenance"],
  [undefined, undefined, "unknown"],
  ["constructor", 7, "unknown"],
] as const) {
  await test(`presence of ${String(connection)} and ${String(availability)} is ${want}`, () => {
    const device = readDevice(
      {
        id: "1",
        c8y_Connection: { status: connection },
        c8y_Availability: { status: availability },
      },
      "answer",
    );
    assert.equal(device.presence, want);
  });
}

await test("fragments that an agent wrote wrongly do not hide the device", () => {
  const device = readDevice(
    {
      id: 5,
      name: 7,
      c8y_Hardware: "none",
      c8y_Availability: { lastMessage: "yesterday" },
      c8y_Connection: null,
    },
    "answer",
  );
  assert.equal(device.id, "5");
  assert.equal(device.name, "Device 5");
  assert.equal(device.lastSeen, null);
  assert.equal(device.presence, "unknown");
});

await test("a page of the list without statistics is the first of one", () => {
  const page = readDevicePage({ managedObjects: [{ id: "1" }] }, "answer");
  assert.deepEqual([page.page, page.totalPages, page.devices.length], [1, 1, 1]);
});

await test("configurations are a bare array; the protocol is compared in upper case", () => {
  const [configuration] = readConfigurations(
    [{ id: "1", name: "ssh", hostname: "127.0.0.1", port: 22, protocol: "passthrough" }],
    "answer",
  );
  assert.equal(configuration?.protocol, "PASSTHROUGH");
});

const bad: [string, () => unknown][] = [
  ["a list that is an object", () => readConfigurations({}, "answer")],
  ["a configuration without id", () => readConfigurations([{ hostname: "h", port: 1 }], "answer")],
  [
    "a port beyond 65535",
    () => readConfigurations([{ id: "1", hostname: "h", port: 65536, protocol: "X" }], "answer"),
  ],
  ["a port as text", () => readConfigurations([{ id: "1", hostname: "h", port: "22" }], "answer")],
  ["devices that are no array", () => readDevicePage({ managedObjects: {} }, "answer")],
  ["null for a device", () => readDevice(null, "answer")],
  ["a device without id", () => readDevice({ name: "x" }, "answer")],
  ["a login without tenant", () => readLogin({ user: "u", remoteAccess: true }, "answer")],
  [
    "a login with a word for a flag",
    () => readLogin({ user: "u", tenant: "t", remoteAccess: "yes" }, "answer"),
  ],
  ["an array for the gateway", () => readGatewayInfo([], "answer")],
  ["a refusal with status 0", () => readRefusal({ status: 0, error: "x", message: "" }, "answer")],
];

for (const [name, read] of bad) {
  await test(`malformed JSON from a tenant: ${name}`, () => {
    assert.throws(read, BadAnswer);
  });
}

await test("limits of the files panel are read; where they cannot be, there is no panel", () => {
  const info = { version: "1", demo: false, tenant: "t", forwards: {} };
  const files = {
    ...{ enabled: true, logPaths: false, readOnly: false, maxBytes: 2 ** 41 },
    ...{ readPaths: ["/var/log"], writePaths: [] },
  };
  assert.deepEqual(readGatewayInfo({ ...info, files }, "answer").files, files);
  for (const wrong of [
    undefined,
    { ...files, readPaths: null },
    { ...files, readPaths: ["var/log"] },
    { ...files, writePaths: [7] },
    { ...files, maxBytes: -1 },
    { ...files, readOnly: "no" },
    { enabled: true },
  ]) {
    const got = readGatewayInfo({ ...info, files: wrong }, "answer").files;
    assert.deepEqual([got.enabled, got.readOnly], [false, true], JSON.stringify(wrong));
  }
});
