/**
 * Tells pictures by their first bytes, never by their name, and reads how large they are
 * before the browser unpacks them: a picture of a few kB can fill all memory.
 */

/** The allow-list: what an `<img>` gets to see. */
export type ImageType =
  | "image/png"
  | "image/jpeg"
  | "image/gif"
  | "image/webp"
  | "image/bmp"
  | "image/avif"
  | "image/x-icon";

/** Bytes of a picture file, at most. */
export const IMAGE_MAX_BYTES = 16 * 1024 * 1024;
/** Pixels of a picture, at most: 4 bytes each once it is unpacked. */
export const IMAGE_MAX_PIXELS = 50_000_000;

export interface Size {
  width: number;
  height: number;
}

/** The type that the first bytes say; null: none of the list. */
export function imageType(head: Uint8Array): ImageType | null {
  if (starts(head, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "image/png";
  if (starts(head, 0xff, 0xd8, 0xff)) return "image/jpeg";
  if (ascii(head, 0, 6) === "GIF87a" || ascii(head, 0, 6) === "GIF89a") return "image/gif";
  if (ascii(head, 0, 4) === "RIFF" && ascii(head, 8, 4) === "WEBP") return "image/webp";
  // "BM" alone also begins texts; a header has one of a few lengths.
  if (ascii(head, 0, 2) === "BM" && [12, 40, 52, 56, 64, 108, 124].includes(head[14] ?? 0))
    return "image/bmp";
  if (ascii(head, 4, 4) === "ftyp" && /^avi[fs]$/.test(ascii(head, 8, 4))) return "image/avif";
  if (starts(head, 0, 0, 1, 0) && (head[4] ?? 0) > 0 && head[5] === 0) return "image/x-icon";
  return null;
}

/** Width and height of the largest frame, in pixels; null when the file does not tell. */
export function imageSize(type: ImageType, data: Uint8Array): Size | null {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  try {
    const size = readers[type](view, data);
    return size !== null && size.width > 0 && size.height > 0 ? size : null;
  } catch (thrown) {
    if (thrown instanceof RangeError) return null; // it ends before it says
    throw thrown;
  }
}

const readers: Readonly<Record<ImageType, (view: DataView, data: Uint8Array) => Size | null>> = {
  "image/png": (view) => pngSize(view, 0),
  "image/jpeg": jpegSize,
  "image/gif": gifSize,
  "image/webp": webpSize,
  "image/bmp": (view) => bmpSize(view, 14),
  "image/avif": avifSize,
  "image/x-icon": icoSize,
};

function pngSize(view: DataView, at: number): Size {
  return { width: view.getUint32(at + 16), height: view.getUint32(at + 20) };
}

/** Goes from marker to marker up to the frame header (SOF). */
function jpegSize(view: DataView): Size | null {
  let at = 2;
  for (;;) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
    } else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
    } else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    } else if (marker === 0xda || marker === 0xd9) {
      return null;
    } else {
      at += 2 + view.getUint16(at + 2);
    }
  }
}

/** A frame may be larger than the screen of the header: all are looked at. */
function gifSize(view: DataView): Size | null {
  const size = { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  let at = 13 + colours(view.getUint8(10));
  while (at < view.byteLength) {
    const block = view.getUint8(at);
    if (block === 0x2c) {
      size.width = Math.max(
        size.width,
        view.getUint16(at + 1, true) + view.getUint16(at + 5, true),
      );
      size.height = Math.max(
        size.height,
        view.getUint16(at + 3, true) + view.getUint16(at + 7, true),
      );
      at += 11 + colours(view.getUint8(at + 9));
    } else if (block === 0x21) {
      at += 2;
    } else {
      break;
    }
    while (at < view.byteLength && view.getUint8(at) !== 0) at += 1 + view.getUint8(at);
    at++;
  }
  return size;
}

/** Bytes of a colour table. */
function colours(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function webpSize(view: DataView, data: Uint8Array): Size | null {
  switch (ascii(data, 12, 4)) {
    case "VP8 ":
      return {
        width: view.getUint16(26, true) & 0x3fff,
        height: view.getUint16(28, true) & 0x3fff,
      };
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
    }
    case "VP8X":
      return {
        width: (view.getUint32(24, true) & 0xffffff) + 1,
        height: (view.getUint32(26, true) >>> 8) + 1,
      };
    default:
      return null;
  }
}

/** at: of the information header. */
function bmpSize(view: DataView, at: number): Size {
  if (view.getUint32(at, true) === 12) {
    return { width: view.getUint16(at + 4, true), height: view.getUint16(at + 6, true) };
  }
  return {
    width: Math.abs(view.getInt32(at + 4, true)),
    height: Math.abs(view.getInt32(at + 8, true)), // negative: top to bottom
  };
}

/** Every "ispe" (spatial extents) of the boxes counts, wherever it stands. */
function avifSize(view: DataView, data: Uint8Array): Size | null {
  let [width, height] = [0, 0];
  const end = Math.min(data.length, 256 * 1024) - 16;
  for (let at = 0; at <= end; at++) {
    if (data[at] === 0x69 && ascii(data, at, 4) === "ispe") {
      width = Math.max(width, view.getUint32(at + 8));
      height = Math.max(height, view.getUint32(at + 12));
    }
  }
  return { width, height };
}

/** The entries may lie: the pictures they name are asked themselves. */
function icoSize(view: DataView): Size | null {
  let [width, height] = [0, 0];
  for (let index = 0; index < view.getUint16(4, true); index++) {
    const at = view.getUint32(6 + 16 * index + 12, true);
    const isPng = view.getUint32(at) === 0x89504e47;
    const size = isPng ? pngSize(view, at) : bmpSize(view, at);
    width = Math.max(width, size.width);
    height = Math.max(height, size.height);
  }
  return { width, height };
}

/** Of a text's beginning, this much is looked through for the root element. */
const LOOKED_AT = 16 * 1024;
/** What may stand before the root. Each part ends in one way only: what is hostile costs its length. */
const BEFORE_ROOT = /\s+|<\?xml[^>]*>|<!--[^]*?-->|<!DOCTYPE[^>[]*(?:\[[^\]]*\][^>[]*)?>/iy;

/** Whether a text is an SVG picture: a root element of that name after prologue and comments. */
export function isSvg(text: string): boolean {
  const start = text.slice(0, LOOKED_AT);
  let root = 0;
  for (;;) {
    BEFORE_ROOT.lastIndex = root;
    if (!BEFORE_ROOT.test(start)) break;
    root = BEFORE_ROOT.lastIndex;
  }
  return /^<svg[\s>/]/i.test(start.slice(root));
}

function starts(head: Uint8Array, ...bytes: number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte);
}

function ascii(data: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...data.subarray(at, at + length));
}
