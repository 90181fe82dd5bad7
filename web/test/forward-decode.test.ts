import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { decoded, decodersOf } from "../src/forward/decode.ts";

function stream(bytes: Uint8Array, size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.byteLength; at += size) {
        controller.enqueue(bytes.slice(at, at + size));
      }
      controller.close();
    },
  });
}

async function text(body: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(body).text();
}

const page = "All work and no play. ".repeat(5000);

describe("an encoded body", () => {
  test("gzip and deflate, with and without its header, in pieces of any size", async () => {
    for (const size of [1, 100, 1_000_000]) {
      const gzip = await text(decoded(stream(gzipSync(page), size), "gzip"));
      assert.ok(gzip === page, `gzip: ${String(gzip.length)} of ${String(page.length)}`);
      const deflate = await text(decoded(stream(deflateSync(page), size), "deflate"));
      assert.ok(deflate === page, `deflate: ${String(deflate.length)} of ${String(page.length)}`);
    }
    assert.ok((await text(decoded(stream(deflateRawSync(page), 100), "deflate"))) === page);
  });

  test("no bytes at all are an empty body", async () => {
    assert.equal(await text(decoded(stream(new Uint8Array(0), 1), "gzip")), "");
  });

  test("damage is an error, not a shorter page", async () => {
    const damaged = gzipSync(page);
    damaged.fill(0xff, 30, 60);
    await assert.rejects(text(decoded(stream(damaged, 50), "gzip")));
    await assert.rejects(text(decoded(stream(gzipSync(page).subarray(0, 100), 50), "gzip")));
  });

  test("a bomb is unpacked only as far as somebody reads", async () => {
    let taken = 0;
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    const source = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull(controller) {
          controller.enqueue(new Uint8Array(bomb.subarray(taken, taken + 4096)));
          taken += 4096;
        },
      },
      { highWaterMark: 0 },
    );
    const reader = decoded(source, "gzip").getReader();
    assert.ok(((await reader.read()).value?.byteLength ?? 0) > 0);
    assert.ok(taken <= 64 * 1024, `${String(taken)} bytes were asked for`);
    await reader.cancel();
  });

  test("encodings are undone from the last to the first, unknown ones not at all", () => {
    assert.deepEqual(decodersOf("deflate, x-gzip"), ["gzip", "deflate"]);
    assert.deepEqual(decodersOf("identity"), []);
    assert.deepEqual(decodersOf("gzip, zstd"), []);
  });
});
