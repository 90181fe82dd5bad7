/** Content-Encoding undone: the tunnel brings bodies as the device sent them. */

type Bytes = Uint8Array<ArrayBuffer>;
type Format = "gzip" | "deflate" | "deflate-raw" | "brotli";

/** Compressed bytes at a time. */
const PIECE = 16 * 1024;
/** Pieces of 16 KiB that may come of it before an error takes the rest along. */
const READS = 264;
/** Bytes that tell whether "deflate" has a header. */
const HEADER = 2;

const known: Readonly<Record<string, Format>> = {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
  br: "brotli",
};

/** The formats of a Content-Encoding header in the order in which they are undone; none when one is unknown. */
export function decodersOf(encoding: string): Format[] {
  const named = encoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  const formats = named.flatMap((name) => known[name] ?? []);
  return formats.length === named.length ? formats.reverse() : [];
}

/**
 * The body decoded, as browsers do it: bytes after the end are ignored, nothing at all is
 * an empty body, and "deflate" may lack its zlib header.
 */
export function decoded(body: ReadableStream<Bytes>, format: Format): ReadableStream<Bytes> {
  const decoder = new Decoder(body, format);
  return new ReadableStream(
    {
      pull: (controller) => decoder.pull(controller),
      cancel: (reason) => decoder.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

interface Decompression {
  writer: WritableStreamDefaultWriter<BufferSource>;
  reader: ReadableStreamDefaultReader<Bytes>;
}

class Decoder {
  readonly #source: ReadableStreamDefaultReader<Bytes>;
  readonly #format: Format;
  /** Read ahead of each write: an error would take along what nobody asked for yet. */
  readonly #out: Bytes[] = [];
  #input: Bytes = new Uint8Array(0);
  #stream: Decompression | undefined;
  #reads = 0;
  #writing = false;
  #closing = false;
  #ended = false;
  #news: () => void = () => undefined;
  #failure: unknown;

  constructor(body: ReadableStream<Bytes>, format: Format) {
    this.#source = body.getReader();
    this.#format = format;
  }

  async pull(controller: ReadableStreamDefaultController<Bytes>): Promise<void> {
    while (this.#out.length === 0 && !this.#ended && this.#failure === undefined) {
      await this.#step();
    }
    const piece = this.#out.shift();
    if (piece !== undefined) {
      controller.enqueue(piece);
    } else if (this.#failure !== undefined && !isTrailing(this.#failure)) {
      controller.error(this.#failure);
    } else {
      controller.close();
      await this.#source.cancel().catch(() => undefined); // whatever follows is not wanted
    }
  }

  async cancel(reason: unknown): Promise<void> {
    await this.#source.cancel(reason);
  }

  /** Waits for the next thing to happen: bytes of the source, of the decoder, or an end. */
  async #step(): Promise<void> {
    if (this.#writing || this.#closing) {
      this.#readAhead();
      await new Promise<void>((resolve) => {
        this.#news = resolve;
      });
    } else if (this.#input.byteLength < (this.#stream === undefined ? HEADER : 1)) {
      const { done, value } = await this.#source.read();
      if (!done) {
        this.#input = this.#input.byteLength === 0 ? value : join(this.#input, value);
      } else if (this.#input.byteLength === 0) {
        this.#finish();
      } else {
        this.#write(this.#input); // too short to be anything, which the decoder says
        this.#input = new Uint8Array(0);
      }
    } else {
      this.#write(this.#input.subarray(0, PIECE));
      this.#input = this.#input.subarray(PIECE);
    }
  }

  #write(piece: Bytes): void {
    this.#stream ??= this.#start(piece);
    this.#writing = true;
    this.#readAhead();
    this.#stream.writer.write(piece).then(
      () => {
        this.#writing = false;
        this.#news();
      },
      (error: unknown) => {
        this.#writing = false;
        this.#failed(error);
      },
    );
  }

  #start(first: Bytes): Decompression {
    const raw = this.#format === "deflate" && !hasZlibHeader(first);
    const { writable, readable } = new DecompressionStream(
      (raw ? "deflate-raw" : this.#format) as CompressionFormat,
    );
    const writer = writable.getWriter();
    writer.closed.catch(() => undefined); // told by write and close
    return { writer, reader: (readable as ReadableStream<Bytes>).getReader() };
  }

  #finish(): void {
    if (this.#stream === undefined) {
      this.#ended = true;
      return;
    }
    this.#closing = true;
    this.#stream.writer.close().catch((error: unknown) => {
      this.#failed(error);
    });
  }

  #readAhead(): void {
    for (; this.#reads < READS; this.#reads += 1) {
      this.#stream?.reader.read().then(
        ({ done, value }) => {
          this.#reads -= 1;
          if (value !== undefined) this.#out.push(value);
          if (done) this.#ended = true;
          this.#news();
        },
        (error: unknown) => {
          this.#reads -= 1;
          this.#failed(error);
        },
      );
    }
  }

  #failed(error: unknown): void {
    this.#failure ??= error;
    this.#news();
  }
}

/** "Junk found after end of compressed data", "Unexpected input after the end of stream". */
function isTrailing(failure: unknown): boolean {
  return failure instanceof Error && /after (?:the )?end/i.test(failure.message);
}

/** RFC 1950 §2.2; some servers mean the bare format of RFC 1951. */
function hasZlibHeader([method = 0, flags = 0]: Bytes): boolean {
  return (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0;
}

function join(a: Bytes, b: Bytes): Bytes {
  const joined = new Uint8Array(a.byteLength + b.byteLength);
  joined.set(a);
  joined.set(b, a.byteLength);
  return joined;
}
