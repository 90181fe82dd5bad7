/** Finds out what a file is and how it can be shown, from its first bytes. */

import { BridgeFailure } from "../../bridge/failure.ts";
import type { FileEntry, Files } from "../../bridge/files.ts";
import { byteCount } from "../../style/format.ts";
import { FileSource, type ByteSource } from "./byte-source.ts";
import { GunzipSource, isGzip } from "./gunzip.ts";
import {
  IMAGE_MAX_BYTES,
  IMAGE_MAX_PIXELS,
  imageSize,
  imageType,
  isSvg,
  type ImageType,
} from "./image-sniff.ts";
import { nameOf, shownPath, typeOf } from "./sentences.ts";
import { decoderFor, sniffText, type TextKind } from "./text-sniff.ts";

/** Bytes that decide, and that are shown at first. */
export const HEAD_BYTES = 256 * 1024;
/** Bytes of an SVG, at most: it is a program for drawing, not pixels. */
const SVG_MAX_BYTES = 1024 * 1024;

export type Way = "text" | "picture" | "hex";

/** A picture that may be shown. */
export interface Picture {
  type: ImageType | "image/svg+xml";
  bytes: Uint8Array;
  /** "800 × 600", "" when it has no size of its own. */
  size: string;
}

/** What can be shown of a file. */
export interface Look {
  /** The file as it is; what the hex view shows unless it is packed. */
  source: ByteSource;
  /** Set when it was unpacked; source reads what it holds. */
  unpacked: GunzipSource | null;
  head: Uint8Array;
  text: TextKind | null;
  picture: Picture | null;
  /** Why a picture is not shown; "" otherwise. */
  refusal: string;
  /** What to show first. */
  best: Way;
}

/** Reads the first bytes and decides. anyDevice: the person wants a device node read. */
export async function lookAt(
  files: () => Files,
  path: string,
  entry: FileEntry,
  options: { anyDevice: boolean; signal: AbortSignal },
): Promise<Look> {
  const there = entry.type === "link" ? await files().stat(path, true) : entry;
  refuseUnreadable(there, path, options.anyDevice);
  const file = new FileSource(files, path, there.size);
  const first = await file.read(0, HEAD_BYTES, options.signal);
  if (!isGzip(first)) return describe(file, null, first, options.signal);
  const unpacked = new GunzipSource(file);
  try {
    const head = await unpacked.read(0, HEAD_BYTES, options.signal);
    return await describe(unpacked, unpacked, head, options.signal);
  } catch (thrown) {
    unpacked.close();
    if (!(thrown instanceof BridgeFailure) || thrown.code !== "invalid") throw thrown;
    return { ...(await describe(file, null, first, options.signal)), refusal: thrown.message };
  }
}

/** Reading a FIFO waits for a writer, and reading a device node can do something. */
function refuseUnreadable(entry: FileEntry, path: string, anyDevice: boolean): void {
  const name = shownPath(nameOf(path));
  switch (typeOf(entry)) {
    case "dir":
      throw new BridgeFailure("is_directory", `${name} is a folder. Open it in the list.`);
    case "fifo":
    case "socket":
      throw new BridgeFailure(
        "special_file",
        `${name} is a ${typeOf(entry)}: it holds no bytes that could be shown.`,
      );
    case "char":
    case "block":
      if (anyDevice) return;
      throw new BridgeFailure(
        "device_node",
        `${name} is a device node. Reading it can do something to the device (a watchdog restarts it), and may never end.`,
      );
    case "file":
    case "link": // dangling: the read says so
    case "unknown":
  }
}

async function describe(
  source: ByteSource,
  unpacked: GunzipSource | null,
  head: Uint8Array,
  signal: AbortSignal,
): Promise<Look> {
  const whole = head.length < HEAD_BYTES;
  const plain: Look = {
    source,
    unpacked,
    head,
    text: sniffText(head, whole),
    picture: null,
    refusal: "",
    best: "hex",
  };
  if (plain.text !== null) {
    return { ...plain, best: "text", picture: svgOf(plain.text, head, whole) };
  }
  const type = imageType(head);
  if (type === null || unpacked !== null) return plain;
  const bytes = await wholePicture(source, head, signal);
  if (typeof bytes === "string") return { ...plain, refusal: bytes };
  const size = imageSize(type, bytes);
  const refusal = sizeRefusal(size);
  if (refusal !== "" || size === null) return { ...plain, refusal };
  const picture = { type, bytes, size: `${String(size.width)} × ${String(size.height)}` };
  return { ...plain, picture, best: "picture" };
}

/** Text first, the picture when asked for: drawing an SVG can be made to take very long. */
function svgOf(kind: TextKind, head: Uint8Array, whole: boolean): Picture | null {
  if (!whole || head.length > SVG_MAX_BYTES || !isSvg(decoderFor(kind).decode(head))) return null;
  return { type: "image/svg+xml", bytes: head, size: "" };
}

/** All bytes, or why not. */
async function wholePicture(
  source: ByteSource,
  head: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array | string> {
  if (head.length < HEAD_BYTES) return head;
  const size = source.size ?? 0;
  const bytes = size > IMAGE_MAX_BYTES ? null : await source.read(0, IMAGE_MAX_BYTES + 1, signal);
  if (bytes !== null && bytes.length <= IMAGE_MAX_BYTES) return bytes;
  return `This picture has more than ${byteCount(IMAGE_MAX_BYTES)}, too much to show here. Download it to look at it.`;
}

function sizeRefusal(size: { width: number; height: number } | null): string {
  if (size === null) {
    return "This begins like a picture but does not say how large it is, so it is not shown as one.";
  }
  const { width, height } = size;
  if (width * height <= IMAGE_MAX_PIXELS) return "";
  return `This picture has ${String(width)} × ${String(height)} pixels; unpacked, it could fill the memory of this page. Download it to look at it.`;
}
