/** Uploads that are packed on their way. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";

import type { GoUpload } from "../src/bridge/bridge.d.ts";
import { UploadPacker } from "../src/bridge/upload-packer.ts";

const KIB = 1024;

/** A device behind a line of so many bytes per second and round trip; its file is what arrived. */
class Line implements GoUpload {
  readonly packs: boolean;
  readonly pieces: { packed: boolean; bytes: Buffer }[] = [];
  readonly #bytesPerMs: number;
  readonly #roundTripMs: number;
  #free = 0;
  #acks: { at: number; bytes: number }[] = [];
  #size = 0;

  constructor(about: { bytesPerSecond: number; roundTripMs: number; packs?: boolean }) {
    this.packs = about.packs ?? true;
    this.#bytesPerMs = about.bytesPerSecond / 1000;
    this.#roundTripMs = about.roundTripMs;
  }

  write(data: Uint8Array): Promise<void> {
    return this.#take(Buffer.from(data), data.length, false);
  }

  writePacked(member: Uint8Array, size: number): Promise<void> {
    assert.ok(this.packs);
    const bytes = gunzipSync(member);
    assert.equal(bytes.length, size);
    return this.#take(bytes, member.length, true);
  }

  #take(bytes: Buffer, onWire: number, packed: boolean): Promise<void> {
    this.pieces.push({ packed, bytes });
    this.#size += bytes.length;
    this.#free = Math.max(this.#free, performance.now()) + onWire / this.#bytesPerMs;
    this.#acks.push({ at: this.#free + this.#roundTripMs, bytes: this.#size });
    return Promise.resolve();
  }

  confirmed(): number {
    const now = performance.now();
    return this.#acks.findLast(({ at }) => at <= now)?.bytes ?? 0;
  }

  finish = (): Promise<void> => Promise.resolve();
  cancel = (): void => undefined;

  get packed(): number {
    return this.pieces.filter(({ packed }) => packed).length;
  }

  get file(): Buffer {
    return Buffer.concat(this.pieces.map(({ bytes }) => bytes));
  }
}

const TEXT = Buffer.from("2026-11-22 07:00:00 info a line of the log\n".repeat(40_000));

async function upload(line: Line, data: Buffer = TEXT): Promise<void> {
  const packer = new UploadPacker(line, 0);
  for (let at = 0; at < data.length; at += 256 * KIB) {
    await packer.write(new Uint8Array(data.subarray(at, at + 256 * KIB)));
  }
  assert.ok(line.file.equals(data), "what the device unpacks is the file");
}

test("a slow line gets packed pieces once it showed that it is slow", async () => {
  const line = new Line({ bytesPerSecond: 800_000, roundTripMs: 5 });
  await upload(line);
  assert.equal(line.packed, 5, "of seven pieces two were measured with");
});

test("a line that takes longer than anybody waits is slow", async () => {
  const line = new Line({ bytesPerSecond: 50_000, roundTripMs: 5 });
  await upload(line);
  assert.equal(line.packed, 5);
});

test("a quick line gets the bytes as they are, however far the device", async () => {
  const line = new Line({ bytesPerSecond: 40_000_000, roundTripMs: 300 });
  await upload(line);
  assert.equal(line.packed, 0);
});

test("pieces that do not shrink go as they are", async () => {
  const line = new Line({ bytesPerSecond: 800_000, roundTripMs: 5 });
  const noise = Buffer.alloc(TEXT.length);
  for (let i = 0, seed = 1; i < noise.length; i++) {
    seed = (seed * 48_271) % 2_147_483_647;
    noise[i] = seed >> 8;
  }
  await upload(line, noise);
  assert.equal(line.packed, 0);
});

test("a device that does not unpack gets nothing packed", async () => {
  const line = new Line({ bytesPerSecond: 50_000, roundTripMs: 5, packs: false });
  await upload(line);
  assert.equal(line.packed, 0);
});
