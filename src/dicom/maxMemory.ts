const memorySection = 5;
const pagesPerMb = 16;

/**
 * A WebAssembly module whose memory grows to so many megabytes at most: where it asks for more, its allocation fails.
 *
 * @throws Error if the module does not limit its memory itself, or to less.
 * @source WebAssembly Core Specification 2.0, 5.5.8 (memory section), 5.3.7 (limits), 5.2.2 (LEB128)
 */
export function withMaxMemory(module: ArrayBuffer, maxMb: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(module.slice(0));
  for (let at = 8; at < bytes.length; ) {
    const size = leb128(bytes, at + 1);
    if (bytes[at] === memorySection) {
      const count = leb128(bytes, size.end);
      const hasMax = bytes[count.end] === 1;
      const min = leb128(bytes, count.end + 1);
      const max = leb128(bytes, min.end);
      if (count.value !== 1 || !hasMax || max.value < maxMb * pagesPerMb || min.value > maxMb * pagesPerMb) break;
      writeLeb128(bytes, max, maxMb * pagesPerMb);
      return bytes;
    }
    at = size.end + size.value;
  }
  throw new Error(`The WebAssembly module's memory cannot be limited to ${maxMb} MB.`);
}

interface Leb128 {
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

function leb128(bytes: Uint8Array, start: number): Leb128 {
  let value = 0;
  let end = start;
  let byte = 0x80;
  for (let shift = 0; byte & 0x80; shift += 7) {
    byte = bytes[end++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
  }
  return { value, start, end };
}

/** In as many bytes as stood there: unneeded ones go on with zeros. */
function writeLeb128(bytes: Uint8Array, { start, end }: Leb128, value: number): void {
  for (let at = start, rest = value; at < end; at++, rest >>= 7) {
    bytes[at] = (rest & 0x7f) | (at < end - 1 ? 0x80 : 0);
  }
}
