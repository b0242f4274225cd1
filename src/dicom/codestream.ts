/** What the header of a compressed image says of itself. */
export interface CodestreamHeader {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  /** Bits per sample. */
  readonly precision: number;
  /** Only JPEG 2000 says. */
  readonly isSigned?: boolean;
}

/**
 * The header of a JPEG, JPEG-LS or JPEG 2000 stream; undefined where there is none. Read before decoding, so that no
 * decoder is asked for an image of another size than the file's attributes say.
 * @source ISO/IEC 10918-1 B.2.2, 14495-1 C.2.2, 15444-1 A.5.1
 */
export function codestreamHeader(bytes: Uint8Array): CodestreamHeader | undefined {
  const at = bytes[0] === 0xff ? 0 : codestreamInBoxes(bytes);
  if (at === undefined) return undefined;
  if (bytes[at] === 0xff && bytes[at + 1] === 0x4f) return sizOf(bytes, at);
  return bytes[at] === 0xff && bytes[at + 1] === 0xd8 ? frameHeaderOf(bytes, at) : undefined;
}

/**
 * Whether a JPEG, JPEG-LS or JPEG 2000 stream goes to its end: decoders take what is there of one that was cut, and leave
 * the rest of the image grey.
 * @source ISO/IEC 10918-1 B.2.1, 15444-1 A.4 (tile-parts)
 */
export function isWholeCodestream(bytes: Uint8Array): boolean {
  const at = bytes[0] === 0xff ? 0 : (codestreamInBoxes(bytes) ?? 0);
  let end = bytes.length;
  while (end > at && (bytes[end - 1] === 0 || bytes[end - 1] === 0xff)) end -= 1; // padding
  const hasEndMarker = bytes[end - 2] === 0xff && bytes[end - 1] === 0xd9;
  return bytes[at + 1] === 0x4f ? hasAllTiles(bytes, at, hasEndMarker) : hasEndMarker;
}

function hasAllTiles(bytes: Uint8Array, start: number, hasEndMarker: boolean): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < start + 45) return false;
  const word = (at: number) => view.getUint32(start + at);
  const across = Math.ceil((word(8) - word(32)) / word(24));
  const down = Math.ceil((word(12) - word(36)) / word(28));
  let at = start + 2;
  // The main header's segments, up to the first tile-part.
  while (at + 4 <= bytes.length && view.getUint16(at) !== tilePart) at += 2 + view.getUint16(at + 2);
  const tiles = new Set<number>();
  while (at + 12 <= bytes.length && view.getUint16(at) === tilePart) {
    tiles.add(view.getUint16(at + 4));
    const length = view.getUint32(at + 6);
    // The last one need not say how long it is.
    if (length === 0) return hasEndMarker && tiles.size === across * down;
    if (length < 14) return false;
    at += length;
  }
  return at <= bytes.length && tiles.size === across * down;
}

const tilePart = 0xff90;

/** A raw codestream wrapped in the boxes of a JP2 file, against the standard but met. */
function codestreamInBoxes(bytes: Uint8Array): number | undefined {
  if (latin1(bytes, 4, 4) !== "jP  ") return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (latin1(bytes, at + 4, 4) === "jp2c") return at + (length === 1 ? 16 : 8);
    if (length < 8) return undefined;
    at += length;
  }
  return undefined;
}

/** @source ISO/IEC 15444-1 A.5.1, B.3 */
function sizOf(bytes: Uint8Array, at: number): CodestreamHeader | undefined {
  if (bytes.length < at + 45 || bytes[at + 2] !== 0xff || bytes[at + 3] !== 0x51) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.byteLength - at);
  const depth = view.getUint8(42);
  for (const axis of [0, 4]) {
    const field = (at: number) => view.getUint32(at + axis);
    const [end, origin, tile, tileOrigin] = [field(8), field(16), field(24), field(32)];
    // The first tile must hold the image's origin: a decoder can go round forever looking for it.
    const isSound = origin < end && tileOrigin <= origin && tileOrigin + tile > origin;
    if (!isSound || view.getUint8(axis === 0 ? 43 : 44) !== 1) return undefined;
  }
  return {
    columns: view.getUint32(8) - view.getUint32(16),
    rows: view.getUint32(12) - view.getUint32(20),
    components: view.getUint16(40),
    precision: (depth & 0x7f) + 1,
    isSigned: depth >= 0x80,
  };
}

function frameHeaderOf(bytes: Uint8Array, start: number): CodestreamHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = start + 2; at + 10 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;
    if (isFrame) {
      return {
        precision: view.getUint8(at + 4),
        rows: view.getUint16(at + 5),
        columns: view.getUint16(at + 7),
        components: view.getUint8(at + 9),
      };
    }
    if (marker === 0xda || marker === 0xd9) return undefined;
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function latin1(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
