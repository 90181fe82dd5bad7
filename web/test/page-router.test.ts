import assert from "node:assert/strict";
import { test } from "node:test";
import { demoCode, devicePath, listPath, readRoute } from "../src/page/router.ts";

const read = (path: string) => readRoute(new URL(path, "http://porthole.localhost:8440"));

await test("the list keeps search and page in the address", () => {
  assert.deepEqual(read("/"), { view: "list", search: "", page: 1 });
  assert.deepEqual(read(listPath("a&b c", 3)), { view: "list", search: "a&b c", page: 3 });
  assert.equal(listPath("", 1), "/");
});

for (const page of ["0", "-1", "1.5", "x", "1e99", ""]) {
  await test(`page=${page} is the first page`, () => {
    const route = read(`/?page=${page}`);
    assert.ok(route.view === "list" && route.page === 1);
  });
}

await test("a device is linkable, with a configuration", () => {
  assert.deepEqual(read("/devices/1234/?configuration=7"), {
    view: "device",
    deviceId: "1234",
    configurationId: "7",
  });
  assert.equal(devicePath("1234"), "/devices/1234");
});

await test("the question of a command line and the account are places", () => {
  assert.equal(read("/auth/cli?state=x&redirect_uri=http://127.0.0.1:1/").view, "consent");
  assert.equal(read("/account").view, "account");
});

for (const path of [
  "/auth/cli/",
  "/auth/cli/token",
  "/devices/",
  "/devices/abc",
  "/devices/1/2",
  "/x",
  "/devices/%2F1",
]) {
  await test(`${path} is no place`, () => {
    assert.equal(read(path).view, "unknown");
  });
}

await test("the demo code is read from the fragment only", () => {
  const code = (path: string) => demoCode(new URL(path, "http://h"));
  assert.equal(code("/#demo=abc-DEF_1"), "abc-DEF_1");
  assert.equal(code("/?demo=abc"), "");
  assert.equal(code("/#main"), "");
});
