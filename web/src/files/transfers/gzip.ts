/** Whether compressing on the wire pays: a slow line, and contents that shrink. */

import { FAST_BYTES_PER_SECOND } from "../../bridge/files.ts";
import type { Env } from "./work.ts";

/** Below this the start of gzip on the device costs more than it saves. */
const LEAST_BYTES = 1024 * 1024;
const SAMPLE_BYTES = 64 * 1024;
/** A sample must shrink to this part of itself. */
const WORTH = 0.7;

/** Decides for one download; sample gives its first bytes. */
export async function gzipPays(
  env: Env,
  size: number,
  sample: (length: number) => Promise<Uint8Array>,
): Promise<boolean> {
  if (size < LEAST_BYTES || !env.files.info.gzip) return false;
  const known = env.lineRate();
  if (known !== null && known >= FAST_BYTES_PER_SECOND) return false;
  try {
    const first = await sample(1);
    if (first.length === 0) return false;
    const started = performance.now();
    const bytes = await sample(SAMPLE_BYTES);
    const tookMs = performance.now() - started;
    // Without a rate: 64 KiB that came at once came over a line that is not slow.
    if (known === null && tookMs < (SAMPLE_BYTES / FAST_BYTES_PER_SECOND) * 1000) return false;
    const pays = (await packedSize(bytes)) <= bytes.length * WORTH;
    if (pays) env.packed();
    return pays;
  } catch {
    return false; // the transfer itself will say what is wrong
  }
}

/**
 * Decides for one upload. Where the line is not known yet, the upload itself measures it
 * and packs when that pays (bridge/upload-packer.ts).
 */
export async function packingPays(env: Env, file: Blob, at: number): Promise<boolean> {
  if (file.size - at < LEAST_BYTES || !env.files.info.gzip) return false;
  const known = env.lineRate();
  if (known !== null && known >= FAST_BYTES_PER_SECOND) return false;
  try {
    const bytes = new Uint8Array(await file.slice(at, at + SAMPLE_BYTES).arrayBuffer());
    const pays = (await packedSize(bytes)) <= bytes.length * WORTH;
    if (pays) env.packed();
    return pays;
  } catch {
    return false; // reading it again will say what is wrong
  }
}

async function packedSize(bytes: Uint8Array): Promise<number> {
  const packer = new CompressionStream("gzip");
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(packer);
  return (await new Response(stream).arrayBuffer()).byteLength;
}
