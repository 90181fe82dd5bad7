import assert from "node:assert/strict";
import { test } from "node:test";
import { byteCount, relativeTime } from "../src/style/format.ts";

const now = new Date("2026-11-21T12:00:00Z");

for (const [ago, want] of [
  [-60, "just now"],
  [0, "just now"],
  [1, "1 second ago"],
  [59, "59 seconds ago"],
  [60, "1 minute ago"],
  [3599, "59 minutes ago"],
  [3600, "1 hour ago"],
  [86_400 * 2, "2 days ago"],
  [86_400 * 45, "1 month ago"],
  [86_400 * 800, "2 years ago"],
] as const) {
  await test(`${String(ago)} seconds: ${want}`, () => {
    assert.equal(relativeTime(new Date(now.getTime() - ago * 1000), now), want);
  });
}

for (const [bytes, want] of [
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [999_949, "1.0 MB"],
  [123_456_789, "123 MB"],
  [5e15, "5000 TB"],
] as const) {
  await test(`${String(bytes)} bytes: ${want}`, () => {
    assert.equal(byteCount(bytes), want);
  });
}
