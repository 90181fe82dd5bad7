import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceQuery, devicesPath, PAGE_SIZE } from "../src/platform/query.ts";

await test("no search text asks for all devices by name", () => {
  assert.equal(deviceQuery("  "), "$filter=has(c8y_IsDevice) $orderby=name asc");
});

await test("a search text matches anywhere in name or serial number", () => {
  assert.equal(
    deviceQuery("pump"),
    "$filter=has(c8y_IsDevice) and (name eq '*pump*' or c8y_Hardware.serialNumber eq '*pump*') $orderby=name asc",
  );
});

await test("a typed wildcard is used as it is", () => {
  assert.match(deviceQuery("pump*"), /name eq 'pump\*' or/);
});

await test("a quote cannot leave the value: it is doubled", () => {
  const attack = deviceQuery("x' or name eq '*");
  assert.match(attack, /name eq 'x'' or name eq ''\*' or c8y_Hardware/);
});

await test("control characters are taken out, and a long text is cut", () => {
  assert.match(deviceQuery("a\u0000\nb"), /'\*a b\*'/);
  assert.ok(deviceQuery("x".repeat(10_000)).length < 700);
});

await test("the path carries query, page size and total, encoded", () => {
  const url = new URL(devicesPath("a&b=ü#", 7), "https://h");
  assert.equal(url.pathname, "/inventory/managedObjects");
  assert.equal(url.searchParams.get("currentPage"), "7");
  assert.equal(url.searchParams.get("pageSize"), String(PAGE_SIZE));
  assert.equal(url.searchParams.get("withTotalPages"), "true");
  assert.match(url.searchParams.get("query") ?? "", /'\*a&b=ü#\*'/);
});
