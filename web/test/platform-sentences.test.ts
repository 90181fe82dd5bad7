import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { explain, sentence, sentenceOf, SENTENCE_CODES } from "../src/platform/sentences.ts";

const source = readFileSync(
  resolve(process.env["PORTHOLE_ROOT"] ?? "..", "ssh/wire/error.go"),
  "utf8",
);

await test("every code of ssh/wire/error.go has a sentence, and no other has", () => {
  const codes = [...source.matchAll(/ErrorCode = "([a-z_]+)"/g)].map(([, code]) => code ?? "");
  assert.ok(codes.length > 30, "the pattern no longer fits error.go");
  assert.deepEqual([...SENTENCE_CODES].sort(), [...codes, "no_webassembly"].sort());
});

await test("sentences are sentences", () => {
  for (const code of SENTENCE_CODES) {
    const { what, next } = sentence(code);
    assert.match(what, /^[A-Z].*\.$/, code);
    assert.match(next, /^$|^[A-Z].*\.$/, code);
  }
});

await test("an unknown code, also one of an object's own, gets a sentence too", () => {
  for (const code of ["", "nonsense", "constructor", "__proto__"]) {
    assert.equal(sentenceOf(code), "Something failed. Try again; if it lasts, reload the page.");
  }
});

await test("facts stand beside the sentence, a more exact sentence instead of it", () => {
  const refused = explain("device_refused", "dial tcp 127.0.0.1:22: connection refused");
  assert.equal(refused.what, "The device refused the connection.");
  assert.match(refused.facts, /connection refused/);
  const unknown = explain("not_found", "The device has no configuration 7.");
  assert.deepEqual(unknown, { what: "The device has no configuration 7.", facts: "", next: "" });
  assert.equal(explain("idle", "whatever").facts, "");
  assert.equal(explain("device_refused", "The device refused the connection.").facts, "");
});
