import assert from "node:assert/strict";
import { test } from "node:test";
import { linkPath, readLink } from "../src/ports/link.ts";
import { hostPort, readAddress, sameTarget, targetKey, type Place } from "../src/ports/target.ts";
import { readRoute } from "../src/page/router.ts";

const place = (scheme: "http" | "https", host: string, port: number, path = "/"): Place => ({
  target: { scheme, host, port },
  path,
});

for (const [typed, expected] of Object.entries({
  "1880": place("http", "localhost", 1880),
  "1880/ui?x=1#f": place("http", "localhost", 1880, "/ui?x=1#f"),
  " localhost:1880 ": place("http", "localhost", 1880),
  "[::1]:8080": place("http", "::1", 8080),
  "192.168.1.20:80/a b": "An address has no spaces and no line breaks.",
  "http://device.lan/": place("http", "device.lan", 80),
  "https://device.lan": place("https", "device.lan", 443),
  "HTTPS://LOCALHOST:8443/x": place("https", "localhost", 8443, "/x"),
})) {
  await test(`an address: ${typed}`, () => {
    assert.deepEqual(readAddress(typed, "http"), expected);
  });
}

for (const typed of [
  "",
  "localhost",
  "localhost:0",
  "localhost:65536",
  "javascript:alert(1)",
  "javascript://x:1/%0aalert(1)",
  "ftp://h:21/",
  "http://user:secret@localhost:80/",
  "http://",
  "//evil.example:80/",
  "localhost:80\r\nHost: x",
  "a".repeat(5000),
  "[::1",
  "h:80@evil:90",
]) {
  await test(`no address, told in a sentence: ${JSON.stringify(typed.slice(0, 40))}`, () => {
    const read = readAddress(typed, "http");
    assert.ok(typeof read === "string");
    assert.match(read, /^[A-Z].*\.$/);
    assert.doesNotMatch(read, /secret/);
  });
}

await test("loopback names are one target, and scheme and port tell targets apart", () => {
  const http = { scheme: "http", port: 80 } as const;
  for (const host of ["127.0.0.1", "::1", "LOCALHOST", "127.1.2.3", "ip6-localhost"]) {
    assert.ok(sameTarget({ ...http, host }, { ...http, host: "localhost" }), host);
  }
  assert.ok(
    !sameTarget({ ...http, host: "localhost.evil.example" }, { ...http, host: "localhost" }),
  );
  assert.ok(!sameTarget({ ...http, host: "h" }, { ...http, host: "h", port: 81 }));
  assert.ok(!sameTarget({ ...http, host: "h" }, { scheme: "https", host: "h", port: 80 }));
  assert.equal(targetKey({ ...http, host: "::1" }), "http://localhost:80");
  assert.equal(hostPort({ host: "fe80::1", port: 8 }), "[fe80::1]:8");
});

const route = (path: string) => readRoute(new URL(path, "http://porthole.localhost:8440"));

for (const [path, expected] of Object.entries({
  "/devices/7/ports/localhost:1880/ui/?a=b": place("http", "localhost", 1880, "/ui/?a=b"),
  "/devices/7/ports/localhost:1880": place("http", "localhost", 1880),
  "/devices/7/ports/[::1]:8080/x": place("http", "::1", 8080, "/x"),
  "/devices/7/ports/%5B::1%5D:8080/x": place("http", "::1", 8080, "/x"),
  "/devices/7/ports/https:localhost:8443/#flow/1": place("https", "localhost", 8443, "/#flow/1"),
})) {
  await test(`a link: ${path}`, () => {
    assert.deepEqual(route(path), {
      view: "device",
      deviceId: "7",
      configurationId: "",
      ports: expected,
    });
  });
}

for (const where of [
  "javascript:alert(1)",
  "javascript:alert(1):80",
  "localhost",
  "localhost:0/",
  "localhost:99999/",
  "user:pw@localhost:80/",
  "x%0d%0aSet-Cookie:1:80/",
  "localhost%2F..:80/",
  "%ff:80/",
  "a".repeat(10_000),
  `localhost:80/${"a".repeat(10_000)}`,
]) {
  await test(`a hostile link gives a sentence: ${where.slice(0, 40)}`, () => {
    const read = route(`/devices/7/ports/${where}`);
    assert.ok(read.view === "device" && read.ports !== undefined);
    assert.ok("problem" in read.ports, JSON.stringify(read.ports).slice(0, 200));
    assert.match(read.ports.problem, /^This link .*\.$/);
    assert.ok(read.ports.problem.length < 200);
    assert.doesNotMatch(read.ports.problem, /\p{Cc}/u);
  });
}

await test("a demo link's code never becomes part of a device's page", () => {
  const read = route("/devices/7/ports/localhost:80/#demo=abc");
  assert.ok(read.view === "device" && read.ports && "path" in read.ports);
  assert.equal(read.ports.path, "/");
});

await test("a copied link leads to the page it was copied for", () => {
  for (const there of [
    place("http", "localhost", 1880, "/ui?x=1"),
    place("https", "::1", 8443),
    place("http", "10.0.0.7", 80, "/#a"),
  ]) {
    const url = new URL(linkPath("7", there.target, there.path), "http://h");
    const rest = url.pathname.slice("/devices/7/ports/".length);
    assert.deepEqual(readLink(rest, url.search, url.hash), there);
  }
});
