/** The bytes as a buffer that can be given away: the chunk's own where it fills it. */
export function ownBuffer(chunk: Uint8Array): ArrayBuffer {
  const { buffer } = chunk;
  return buffer instanceof ArrayBuffer && buffer.byteLength === chunk.byteLength
    ? buffer
    : chunk.slice().buffer;
}
