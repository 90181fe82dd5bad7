import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { frameAncestors, patchPolicy } from "../src/forward/csp.ts";
import type { CspOptions } from "../src/forward/csp.ts";

const options: CspOptions = {
  origin: "http://f1.fwd.porthole.localhost:8440",
  targets: ["http://localhost:1880", "http://127.0.0.1:1880"],
  script: "/.fwd/shim.js",
  nonce: "bm9uY2U=",
};
const shim = `${options.origin}/.fwd/shim.js`;

describe("the device's policy on the forward's origin", () => {
  const cases: [name: string, policy: string, want: string][] = [
    ["our script may run beside its own", "script-src 'self'", `script-src 'self' ${shim}`],
    [
      "script-src is made of default-src",
      "default-src 'none'",
      `default-src 'none'; script-src ${shim}`,
    ],
    [
      "what default-src allows stays allowed",
      "default-src 'self' https://cdn.example; img-src *",
      `default-src 'self' https://cdn.example; img-src *; script-src 'self' https://cdn.example ${shim}`,
    ],
    [
      "script-src-elem decides before script-src",
      "script-src 'self'; script-src-elem 'none'",
      `script-src 'self'; script-src-elem ${shim}`,
    ],
    [
      "inline scripts that were allowed stay so: a nonce would forbid them",
      "script-src 'unsafe-inline'",
      `script-src 'unsafe-inline' ${shim}`,
    ],
    [
      "strict-dynamic, which ignores addresses, gets the nonce",
      "script-src 'strict-dynamic' 'nonce-abc'",
      "script-src 'strict-dynamic' 'nonce-abc' 'nonce-bm9uY2U='",
    ],
    ["a policy without scripts is left alone", "img-src 'self'", "img-src 'self'"],
    [
      "the device does not decide who frames it",
      "frame-ancestors 'none'; img-src 'self'",
      "img-src 'self'",
    ],
    [
      "nothing is reported past the tunnel",
      "img-src 'self'; report-uri /csp; report-to csp",
      "img-src 'self'",
    ],
    ["an http origin stays http", "upgrade-insecure-requests; img-src 'self'", "img-src 'self'"],
    [
      "the device's own address is the forward's",
      "img-src http://localhost:1880 127.0.0.1:1880/pics/ https://cdn.example",
      `img-src http://localhost:1880 127.0.0.1:1880/pics/ https://cdn.example ${options.origin} ${options.origin}/pics/`,
    ],
    ["of two directives of a name the first counts", "img-src 'self'; IMG-SRC *", "img-src 'self'"],
    [
      "several policies are several",
      "img-src 'self', frame-ancestors 'none', script-src a:",
      `img-src 'self', script-src a: ${shim}`,
    ],
    ["nothing of a policy may be left", "frame-ancestors 'none'", ""],
  ];
  for (const [name, policy, want] of cases) {
    test(name, () => {
      assert.equal(patchPolicy(policy, options), want);
    });
  }

  test("an answer that gets no script keeps its scripts as they are", () => {
    assert.equal(
      patchPolicy("script-src 'none'", { ...options, script: null }),
      "script-src 'none'",
    );
  });

  test("an https origin keeps its upgrades", () => {
    const secure = { ...options, origin: "https://f1.example.com", script: null };
    assert.equal(patchPolicy("upgrade-insecure-requests", secure), "upgrade-insecure-requests");
  });

  test("the app may frame the page, and so may the page itself", () => {
    assert.equal(
      frameAncestors(["https://app.example"]),
      "frame-ancestors 'self' https://app.example",
    );
  });
});
