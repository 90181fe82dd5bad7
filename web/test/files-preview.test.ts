/** What a preview makes of bytes: text, pictures, packed files, hex; hostile ones included. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { BridgeFailure } from "../src/bridge/failure.ts";
import type { ByteSource } from "../src/files/view/byte-source.ts";
import { GunzipSource, UNPACKED_MAX_BYTES } from "../src/files/view/gunzip.ts";
import { HexPages, PAGE_BYTES, hexRow, parseOffset } from "../src/files/view/hex.ts";
import { imageSize, imageType, isSvg, type ImageType } from "../src/files/view/image-sniff.ts";
import { HEAD_BYTES, lookAt } from "../src/files/view/look.ts";
import { shownPath, visible } from "../src/files/view/sentences.ts";
import { TEXT_MAX_BYTES, TextPager } from "../src/files/view/text-pager.ts";
import { sniffText } from "../src/files/view/text-sniff.ts";
import { FakeDevice, bytes } from "./view-device.ts";

const signal = new AbortController().signal;

/** Bytes of the memory. */
function source(data: Uint8Array, size: number | null = data.length): ByteSource {
  return { size, read: (at, length) => Promise.resolve(data.slice(at, at + length)) };
}

function be32(...values: number[]): number[] {
  return values.flatMap((value) => [
    value >>> 24,
    (value >> 16) & 255,
    (value >> 8) & 255,
    value & 255,
  ]);
}

const le16 = (...values: number[]): number[] => values.flatMap((v) => [v & 255, v >> 8]);

function png(width: number, height: number): Uint8Array {
  const head = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...be32(13), ...bytes("IHDR")];
  return Uint8Array.from([...head, ...be32(width, height), 8, 6, 0, 0, 0, ...be32(0)]);
}

describe("text", () => {
  test("UTF-8, its mark, UTF-16 and Latin-1 are told apart; what is binary is no text", () => {
    const kind = (...data: number[]): string | undefined =>
      sniffText(Uint8Array.from(data), true)?.encoding;
    assert.equal(kind(...bytes("Grüße 😀")), "utf-8");
    assert.deepEqual(sniffText(Uint8Array.from([0xef, 0xbb, 0xbf, 0x61]), true), {
      encoding: "utf-8",
      bom: 3,
    });
    assert.equal(kind(0x47, 0x72, 0xfc, 0xdf, 0x65), "latin1");
    assert.equal(kind(0xff, 0xfe, 0x61, 0, 0x62, 0), "utf-16le");
    assert.equal(kind(0xfe, 0xff, 0, 0x61, 0, 0x62), "utf-16be");
    assert.equal(kind(0x61, 0, 0x62), undefined);
    assert.equal(kind(0x7f, 0x45, 0x4c, 0x46, 1, 2, 3, 4), undefined);
    assert.equal(kind(...bytes("\u001b[31mred\u001b[0m log line with colours\n")), "utf-8");
    assert.equal(kind(), "utf-8");
  });

  test("a character cut by the end of the first bytes does not make a text Latin-1", () => {
    const cut = bytes("abc€").subarray(0, 5);
    assert.equal(sniffText(cut, false)?.encoding, "utf-8");
    assert.equal(sniffText(cut, true)?.encoding, "latin1");
  });

  test("text read in pieces is whole, wherever the pieces end", async () => {
    const text = "Grüße\r\n😀 a\rb\r\n€";
    for (let step = 1; step <= 8; step++) {
      const pager = new TextPager(source(bytes(text)), { encoding: "utf-8", bom: 0 }, step);
      while (!pager.ended) await pager.next();
      assert.equal(pager.pieces.join(""), "Grüße\n😀 a␍b\n€", `pieces of ${String(step)}`);
    }
  });

  test("an endless file is cut", async () => {
    const endless: ByteSource = {
      size: null,
      read: (_at, length) => Promise.resolve(new Uint8Array(length).fill(0x79)),
    };
    const pager = new TextPager(endless, { encoding: "utf-8", bom: 0 }, HEAD_BYTES);
    while (pager.more) await pager.next();
    assert.equal(pager.at, TEXT_MAX_BYTES);
    assert.ok(pager.cut);
  });

  test("characters that hide or turn text are made visible", () => {
    assert.equal(visible("a\u202eb\u0000c\td\n"), "a<U+202E>b␀c\td\n");
    assert.equal(shownPath("/tmp/a\nb\uef80"), "/tmp/a␊b\\x80");
  });
});

describe("pictures", () => {
  const cases: [ImageType, Uint8Array, string][] = [
    ["image/png", png(800, 600), "800×600"],
    [
      "image/jpeg",
      Uint8Array.from([
        ...[0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc2, 0, 11, 8, 0x02, 0x58, 0x03, 0x20],
        ...[3, 0, 0],
      ]),
      "800×600",
    ],
    ["image/gif", Uint8Array.from([...bytes("GIF89a"), ...le16(80, 60), 0, 0, 0, 0x3b]), "80×60"],
    [
      "image/webp",
      Uint8Array.from([
        ...[...bytes("RIFF"), 0, 0, 0, 0, ...bytes("WEBPVP8X"), 10, 0, 0, 0, 0, 0, 0, 0],
        ...[0x1f, 0x03, 0, 0x57, 0x02, 0],
      ]),
      "800×600",
    ],
    [
      "image/webp",
      Uint8Array.from([
        ...[...bytes("RIFF"), 0, 0, 0, 0, ...bytes("WEBPVP8 "), 0, 0, 0, 0, 0, 0, 0],
        ...[0x9d, 1, 0x2a, ...le16(800, 600)],
      ]),
      "800×600",
    ],
    [
      "image/webp",
      Uint8Array.from([
        ...[...bytes("RIFF"), 0, 0, 0, 0, ...bytes("WEBPVP8L"), 0, 0, 0, 0, 0x2f],
        ...[0x1f, 0xc3, 0x95, 0x00], // 799, 599
      ]),
      "800×600",
    ],
    [
      "image/bmp",
      Uint8Array.from([
        ...[...bytes("BM"), ...new Array<number>(12).fill(0), 40, 0, 0, 0],
        ...[0x20, 3, 0, 0, 0xa8, 0xfd, 0xff, 0xff, 0, 0],
      ]),
      "800×600", // height −600: top to bottom
    ],
    [
      "image/avif",
      Uint8Array.from([
        ...[...be32(24), ...bytes("ftypavif"), ...new Array<number>(12).fill(0)],
        ...[...be32(20), ...bytes("ispe"), 0, 0, 0, 0, ...be32(800, 600), 0, 0, 0, 0],
      ]),
      "800×600",
    ],
    [
      "image/x-icon",
      Uint8Array.from([
        ...[0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0, 24, 0, 0, 0, 22, 0, 0, 0],
        ...png(30000, 30000),
      ]),
      "30000×30000", // the entry says 16×16
    ],
  ];
  for (const [type, data, size] of cases) {
    test(`${type} ${size} is told by its bytes, and its size read from them`, () => {
      assert.equal(imageType(data), type);
      const found = imageSize(type, data);
      assert.equal(`${String(found?.width)}×${String(found?.height)}`, size);
      for (let end = 0; end < data.length; end++) imageSize(type, data.subarray(0, end)); // never throws
    });
  }

  test("a GIF whose frame is larger than its screen counts by the frame", () => {
    const frame = [0x2c, ...le16(0, 0, 60000, 60000), 0, 2, 1, 0, 0, 0x3b];
    const data = Uint8Array.from([...bytes("GIF89a"), ...le16(1, 1), 0, 0, 0, ...frame]);
    assert.deepEqual(imageSize("image/gif", data), { width: 60000, height: 60000 });
  });

  test("noise behind a picture's first bytes never throws and never hangs", () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 48271) % 2147483647) & 255;
    for (let round = 0; round < 3000; round++) {
      const [type, head] = cases[round % cases.length] ?? [];
      if (type === undefined || head === undefined) continue;
      const data = new Uint8Array(300).map(random);
      data.set(head.subarray(0, 4 + (round % 20)));
      imageSize(type, data);
    }
  });

  test("an SVG is told by its root; a page that merely contains one is not", () => {
    assert.ok(isSvg('<?xml version="1.0"?>\n<!-- <html> -->\n<!DOCTYPE svg>\n<svg xmlns="x">'));
    assert.ok(isSvg("<svg/>"));
    assert.ok(!isSvg("<html><svg></svg></html>"));
    assert.ok(!isSvg(`<!--${"<!--".repeat(5000)}`));
  });

  test("attack: a text made to keep the look for an SVG's root busy is told at once", () => {
    const declared = "<!DOCTYPE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>";
    for (const part of [declared, "<!DOCTYPE a[b]c>", "<!-- a -->", " \n", "<?xml a>"]) {
      const text = part.repeat(Math.ceil((16 * 1024) / part.length));
      const before = performance.now();
      assert.ok(!isSvg(`${text}x`));
      assert.ok(isSvg(`${part.repeat(20)}<svg>`), part);
      assert.ok(performance.now() - before < 1000, part);
    }
  });

  const look = (data: Uint8Array, name: string, size = data.length) => {
    const device = new FakeDevice();
    const entry = device.hold(`/t/${name}`, data, { size });
    const files = device.files();
    return lookAt(() => files, `/t/${name}`, entry, { anyDevice: false, signal });
  };

  test("attack: HTML named .png is text, never a picture", async () => {
    const found = await look(bytes("<html><script>alert(1)</script></html>"), "logo.png");
    assert.equal(found.best, "text");
    assert.equal(found.picture, null);
  });

  test("attack: a picture of 2.5 gigapixels is refused with its size", async () => {
    const found = await look(png(50_000, 50_000), "bomb.png");
    assert.equal(found.picture, null);
    assert.equal(found.best, "hex");
    assert.match(found.refusal, /50000 × 50000 pixels/);
  });

  test("attack: a picture that does not say its size is refused", async () => {
    assert.match((await look(png(0, 5), "x.png")).refusal, /does not say how large/);
  });

  test("a picture larger than the bound is refused, also when its entry lies", async () => {
    const data = new Uint8Array(17 * 1024 * 1024);
    data.set(png(10, 10));
    for (const size of [data.length, 10]) {
      assert.match((await look(data, "big.png", size)).refusal, /more than/);
    }
  });

  test("an SVG is text at first and can be shown as a picture", async () => {
    const found = await look(bytes("<svg><script>1</script></svg>"), "a.svg");
    assert.equal(found.best, "text");
    assert.equal(found.picture?.type, "image/svg+xml");
  });
});

describe("packed files", () => {
  test("a gzip file shows what it holds", async () => {
    const text = "line of a rotated log\n".repeat(40_000);
    const gzip = new GunzipSource(source(gzipSync(text)));
    const head = await gzip.read(0, HEAD_BYTES);
    assert.equal(new TextDecoder().decode(head), text.slice(0, HEAD_BYTES));
    const rest = await gzip.read(HEAD_BYTES, UNPACKED_MAX_BYTES);
    assert.equal(rest.length, text.length - HEAD_BYTES);
    assert.equal(gzip.note, "");
  });

  test("attack: a zip bomb is unpacked to the bound, read no further, and named", async () => {
    const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024));
    let most = 0;
    const gzip = new GunzipSource({
      size: bomb.length,
      read: (at, length) => {
        most = Math.max(most, at + length);
        return Promise.resolve(new Uint8Array(bomb.subarray(at, at + length)));
      },
    });
    const got = await gzip.read(0, 100 * 1024 * 1024);
    assert.equal(got.length, UNPACKED_MAX_BYTES);
    assert.match(gzip.note, /more than \d+ times its size/);
    assert.ok(most <= 128 * 1024, `${String(most)} packed bytes read`);
    gzip.close();
  });

  test("a file of several parts shows them all, wherever they begin", async () => {
    // Headers within the data, as it is: no part begins there.
    const nested = Buffer.concat([gzipSync("inner"), Buffer.from([0x1f, 0x8b, 8, 0, 5, 0, 0, 0])]);
    const noise = Buffer.from(
      Array.from({ length: 150_001 }, (_, i) => (i * i * 31 + (i >> 3)) & 255),
    );
    for (const cut of [0, 1, 2, 3, 65_536 - 25, 65_536 - 18, 65_535, 70_000]) {
      const parts = [noise.subarray(0, cut), Buffer.from("two\n"), nested, Buffer.alloc(0), noise];
      const packed = Buffer.concat(
        parts.map((part, i) => gzipSync(part, { level: i % 2 === 0 ? 0 : 9 })),
      );
      const gzip = new GunzipSource(source(new Uint8Array(packed)));
      const got = await gzip.read(0, UNPACKED_MAX_BYTES);
      assert.ok(
        Buffer.concat(parts).equals(got),
        `first part of ${String(cut)} bytes: ${String(got.length)}`,
      );
      assert.equal(gzip.note, "");
    }
  });

  test("a damaged part is named, and what comes before it shown", async () => {
    const second = gzipSync("two\n".repeat(1000));
    const packed = Buffer.concat([gzipSync("one\n"), second.subarray(0, second.length - 9)]);
    const gzip = new GunzipSource(source(new Uint8Array(packed)));
    assert.match(new TextDecoder().decode(await gzip.read(0, 100_000)), /^one\ntwo\n/);
    assert.match(gzip.note, /damaged/);
  });

  test("attack: a zip bomb behind an honest part, and parts without end, are bounded", async () => {
    const bomb = Buffer.concat([gzipSync("honest\n"), gzipSync(new Uint8Array(64 * 1024 * 1024))]);
    const gzip = new GunzipSource(source(new Uint8Array(bomb)));
    assert.equal((await gzip.read(0, 100 * 1024 * 1024)).length, UNPACKED_MAX_BYTES);
    assert.match(gzip.note, /more than \d+ times its size/);

    const empty = gzipSync("");
    let most = 0;
    const endless = new GunzipSource({
      size: null,
      read: (at, length) => {
        most = Math.max(most, at + length);
        const from = at % empty.length;
        const many = Buffer.alloc(from + length, empty);
        return Promise.resolve(new Uint8Array(many.subarray(from)));
      },
    });
    assert.equal((await endless.read(0, 1000)).length, 0);
    assert.match(endless.note, /more than 10,000 parts/);
    assert.ok(most < 1024 * 1024, `${String(most)} packed bytes read`);
  });

  test("attack: bytes that look like another part again and again keep nobody waiting", async () => {
    const signs = new Uint8Array(256 * 1024);
    for (let at = 0; at < signs.length; at += 8) {
      signs.set([0xff, 0xff, 0xff, 0xff, 0x1f, 0x8b, 8, 0], at);
    }
    const gzip = new GunzipSource(source(new Uint8Array(gzipSync(signs, { level: 0 }))));
    const before = performance.now();
    assert.deepEqual(new Uint8Array(await gzip.read(0, signs.length)), signs);
    assert.ok(performance.now() - before < 10_000);
    assert.equal(gzip.note, "");
  });

  test("a damaged file shows what could be unpacked, and says so", async () => {
    const data = gzipSync("abc\n".repeat(50_000));
    const gzip = new GunzipSource(source(new Uint8Array(data.subarray(0, data.length - 20))));
    assert.ok((await gzip.read(0, HEAD_BYTES)).length > 0);
    assert.match(gzip.note, /damaged/);
  });

  test("gzip's first bytes before something else are shown as hex", async () => {
    const device = new FakeDevice();
    const noise = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    const entry = device.hold("/x.gz", noise);
    const files = device.files();
    const found = await lookAt(() => files, "/x.gz", entry, { anyDevice: false, signal });
    assert.equal(found.best, "hex");
    assert.match(found.refusal, /damaged/);
  });
});

describe("unusual files", () => {
  const device = new FakeDevice();
  const files = device.files();
  const see = (path: string, entry: Parameters<typeof lookAt>[2], anyDevice = false) =>
    lookAt(() => files, path, entry, { anyDevice, signal });

  test("a file of /proc, whose size is 0, is read all the same", async () => {
    const entry = device.hold("/proc/cpuinfo", "processor: 0\n", { size: 0 });
    assert.equal((await see("/proc/cpuinfo", entry)).best, "text");
  });

  test("a FIFO, a socket and a folder are not opened", async () => {
    for (const type of ["fifo", "socket", "dir"] as const) {
      const entry = device.hold(`/run/${type}`, "x", { type });
      const before = device.reads.length;
      await assert.rejects(see(`/run/${type}`, entry), BridgeFailure);
      assert.equal(device.reads.length, before);
    }
  });

  test("a device node is read only when the person wants it, and then by bounded reads", async () => {
    const entry = device.hold("/dev/watchdog", "x", { type: "char", size: 0 });
    const before = device.reads.length;
    await assert.rejects(see("/dev/watchdog", entry), { code: "device_node" });
    assert.equal(device.reads.length, before);
    await see("/dev/watchdog", entry, true);
    assert.ok(device.reads.every(({ length }) => length <= HEAD_BYTES));
  });

  test("a link shows what it leads to, and a dangling one says so", async () => {
    device.hold("/real", "text");
    device.links.set("/link", "/real");
    const link = device.hold("/link", "", { type: "link", targetType: "file" });
    assert.equal((await see("/link", link)).head.length, 4);
    device.links.set("/dangling", "/nowhere");
    const dangling = device.hold("/dangling", "", { type: "link" });
    await assert.rejects(see("/dangling", dangling), { code: "not_found" });
  });
});

describe("hex", () => {
  test("a row has its offset, sixteen bytes in two halves, and what is printable", () => {
    assert.deepEqual(hexRow(0x20, Uint8Array.from([...bytes("0123456789"), 0, 255])), {
      offset: "00000020",
      bytes: "30 31 32 33 34 35 36 37  38 39 00 ff",
      text: "0123456789..",
    });
  });

  test("offsets are read in decimal and hex", () => {
    const cases = { "4096": 4096, "0x1000": 4096, "1000h": 4096, " 1,000 ": 1000 };
    for (const [typed, offset] of Object.entries(cases)) assert.equal(parseOffset(typed), offset);
    for (const typed of ["", "abc", "-1", "0x", "1.5"]) assert.equal(parseOffset(typed), null);
  });

  test("pages are read once, the end is met, and few are held", async () => {
    let reads = 0;
    const data = new Uint8Array(40 * PAGE_BYTES + 5).fill(7);
    const pages = new HexPages({
      size: null,
      read: (at, length) => {
        reads++;
        return Promise.resolve(data.slice(at, at + length));
      },
    });
    await Promise.all([pages.load(0), pages.load(100)]);
    assert.equal(reads, 1);
    assert.equal(pages.end, null);
    for (let page = 1; page <= 40; page++) await pages.load(page * PAGE_BYTES);
    assert.equal(pages.end, data.length);
    assert.equal(pages.known, data.length);
    assert.equal(pages.row(0), undefined, "the first page went");
    assert.equal(pages.row(40 * PAGE_BYTES)?.length, 5);
  });

  test("a size that lies high ends where the bytes end", async () => {
    const pages = new HexPages(source(new Uint8Array(100), 10 ** 12));
    assert.equal(pages.known, 10 ** 12);
    await pages.load(0);
    assert.equal(pages.known, 100);
  });
});
