import { concatenated } from "../base/concatenated.ts";
import { InputError } from "../base/errors.ts";

const itemTag = 0xe000fffe; // (FFFE,E000) as a little-endian 32-bit number
const delimiterTag = 0xe0ddfffe;

/**
 * The encoded bytes of each frame of encapsulated pixel data, fragments joined.
 *
 * offset: of the first item (the basic offset table) in bytes. isOneEach: whether every fragment is a frame (RLE).
 * @throws InputError FILE_TRUNCATED if a fragment reaches beyond the bytes; PIXELS_INVALID if the fragments do not make
 * as many frames.
 * @source PS3.5 A.4
 */
export function encapsulatedFrames(bytes: Uint8Array, offset: number, frames: number, isOneEach = false): Uint8Array[] {
  const { table, fragments } = readFragments(bytes, offset);
  if (frames === 1 && !(isOneEach && fragments.length > 1))
    return [concatenated(fragments.map((fragment) => fragment.bytes))];
  if (fragments.length === frames) return fragments.map((fragment) => fragment.bytes);
  const starts = table.length === frames ? table : startsByMarker(fragments);
  if (starts.length !== frames) {
    throw new InputError(
      "PIXELS_INVALID",
      `${fragments.length} fragments of pixel data do not make ${frames} frames. Export the series again.`,
    );
  }
  return starts.map((start, frame) => {
    const end = starts[frame + 1] ?? Number.POSITIVE_INFINITY;
    const own = fragments.filter((fragment) => fragment.at >= start && fragment.at < end);
    return concatenated(own.map((fragment) => fragment.bytes));
  });
}

interface Fragment {
  /** Counted from the first fragment's item tag, as the basic offset table counts. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

function readFragments(bytes: Uint8Array, offset: number): { table: number[]; fragments: Fragment[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const items: Fragment[] = [];
  let at = offset;
  let start = offset;
  while (at + 8 <= bytes.length) {
    const tag = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    if (tag === delimiterTag) break;
    if (tag !== itemTag || length > bytes.length - at - 8) throw truncated();
    items.push({ at: at - start, bytes: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length;
    if (items.length === 1) start = at;
  }
  const [first, ...fragments] = items;
  if (!first || fragments.length === 0) throw truncated();
  const words = new DataView(first.bytes.buffer, first.bytes.byteOffset, first.bytes.byteLength);
  const table = Array.from({ length: first.bytes.length >> 2 }, (_, i) => words.getUint32(4 * i, true));
  return { table, fragments };
}

/** Frames begin at fragments that begin with the start marker of JPEG, JPEG-LS (FF D8) or JPEG 2000 (FF 4F). */
function startsByMarker(fragments: readonly Fragment[]): number[] {
  const isStart = ({ bytes }: Fragment) => bytes[0] === 0xff && (bytes[1] === 0xd8 || bytes[1] === 0x4f);
  return fragments.filter(isStart).map((fragment) => fragment.at);
}

function truncated(): InputError {
  return new InputError("FILE_TRUNCATED", "The pixel data ends before it is whole. Copy or export the file again.");
}
