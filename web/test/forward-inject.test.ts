import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import {
  LOOK_BYTES,
  inject,
  injecting,
  isSearchable,
  looksLikePage,
  shimTag,
} from "../src/forward/inject.ts";

const tag = new TextEncoder().encode("<T>");
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** The page as it comes out when it comes in pieces of that size. */
async function through(page: Uint8Array, size: number, type = "text/html"): Promise<Uint8Array> {
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (let at = 0; at < page.byteLength; at += size) {
        controller.enqueue(page.slice(at, at + size));
      }
      controller.close();
    },
  });
  return new Uint8Array(await new Response(source.pipeThrough(injecting(type, tag))).arrayBuffer());
}

describe("P20: the shim's tag in the page", () => {
  const pages: [name: string, page: string, want: string][] = [
    ["first in the head", "<html><head><title>a</title>", "<html><head><T><title>a</title>"],
    [
      "head with attributes",
      `<head data-a='>' x="<head>"><b>`,
      `<head data-a='>' x="<head>"><T><b>`,
    ],
    [
      "upper case",
      "<!DOCTYPE HTML><HTML LANG=en><HEAD><TITLE>",
      "<!DOCTYPE HTML><HTML LANG=en><HEAD><T><TITLE>",
    ],
    ["no head: after html", "<!doctype html><html>\n<body>", "<!doctype html><html>\n<T><body>"],
    ["no html either: after the doctype", "<!doctype html>\n<p>x", "<!doctype html>\n<T><p>x"],
    ["nothing at all", "hello", "<T>hello"],
    ["an empty page", "", "<T>"],
    [
      "comments come before",
      "<!-- <head> --><!doctype html><!-- b --><head>",
      "<!-- <head> --><!doctype html><!-- b --><head><T>",
    ],
    ["a header is no head", "<html><header>x</header>", "<html><T><header>x</header>"],
    [
      "a head in a script is none",
      "<p><script>'<head>'</script>",
      "<T><p><script>'<head>'</script>",
    ],
    [
      "XHTML",
      `<?xml version="1.0"?>\n<!DOCTYPE html>\n<html xmlns="x"><head><title/>`,
      `<?xml version="1.0"?>\n<!DOCTYPE html>\n<html xmlns="x"><head><T><title/>`,
    ],
    ["byte order mark", "\ufeff<!doctype html><head>", "\ufeff<!doctype html><head><T>"],
    ["text before", "<html>text<head>", "<html><T>text<head>"],
    ["a comment between html and head", "<html><!-- c --> <head>", "<html><!-- c --> <head><T>"],
  ];
  for (const [name, page, want] of pages) {
    test(name, async () => {
      assert.equal(Buffer.from(inject(bytes(page), tag)).toString(), want);
      for (const size of [1, 2, 3, 7, 100]) {
        assert.equal(
          Buffer.from(await through(bytes(page), size)).toString(),
          want,
          `pieces of ${String(size)}`,
        );
      }
    });
  }

  test("bytes that are no UTF-8 come through as they are", async () => {
    const page = Buffer.concat([
      Buffer.from("<head><title>"),
      Buffer.from([0xe9, 0xff, 0x00, 0x80]),
    ]);
    const want = Buffer.concat([page.subarray(0, 6), tag, page.subarray(6)]);
    assert.deepEqual(Buffer.from(await through(page, 5)), want);
  });

  test("a page in UTF-16 is left alone", async () => {
    const page = Buffer.from("\ufeff<html><head>", "utf16le");
    assert.deepEqual(Buffer.from(await through(page, 3)), page);
    assert.deepEqual(Buffer.from(await through(page, 1)), page);
    assert.deepEqual(
      Buffer.from(await through(page.subarray(2), 3, "text/html; charset=UTF-16LE")),
      page.subarray(2),
    );
    assert.equal(isSearchable('text/html; charset="utf-8"', bytes("x")), true);
  });

  test("no more than 64 KiB is held back", async () => {
    const page = `<!--${"x".repeat(2 * LOOK_BYTES)}--><head>`;
    const out = Buffer.from(await through(bytes(page), 1000)).toString();
    assert.equal(out.replace("<T>", ""), page);
    assert.equal(out.indexOf("<T>"), 0);
  });

  test("the tag is plain ASCII, whatever the page's charset", () => {
    const text = Buffer.from(
      shimTag({ src: "/.fwd/shim.js", nonce: "a+b=", config: '{"cookies":"ä=\\"<😀>\'&"}' }),
    ).toString("latin1");
    assert.match(
      text,
      /^<script nonce="a\+b=" src="\/\.fwd\/shim\.js" data-forward="[ -~]*"><\/script>$/,
    );
    assert.doesNotMatch(text.slice(8, -10), /[<>]/);
    assert.ok(text.includes("&#228;") && text.includes("&#128512;") && text.includes("&#34;"));
  });

  test("a gzipped page is decoded first, then searched", async () => {
    const page = gunzipSync(gzipSync("<html><head></head>"));
    assert.equal(Buffer.from(await through(page, 4)).toString(), "<html><head><T></head>");
  });

  test("a page of no named type is recognised as browsers do", () => {
    for (const page of ["<!DOCTYPE html>", "  \n<html lang=en>", "<!-- x -->", "\ufeff<script>"]) {
      assert.equal(looksLikePage(bytes(page)), true, page);
    }
    for (const other of ["{}", "hello <html>", "<htmlx>", "<?xml?><a/>"]) {
      assert.equal(looksLikePage(bytes(other)), false, other);
    }
  });
});
