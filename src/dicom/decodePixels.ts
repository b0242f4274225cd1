import { InputError } from "../base/errors.ts";
import { type DecodedFrame, decodeWith, loadCodecs } from "./codecs.ts";
import { codestreamHeader, isWholeCodestream } from "./codestream.ts";
import { dataSetBytes, defaultParseLimits, type ParseLimits } from "./dataSet.ts";
import { encapsulatedFrames } from "./fragments.ts";
import type { Instance, PixelFormat } from "./instance.ts";
import { type PixelCodec, transferSyntaxOf } from "./transferSyntax.ts";

/** The stored values of one frame, row-major [rows, columns], before any rescale. */
export type StoredValues = Int16Array | Uint16Array;

/** One frame as it was written: which bits of each sample are the stored value. */
export interface Samples {
  /** Row-major [rows, columns]; may share the file's memory. */
  readonly samples: Uint8Array | Uint16Array;
  readonly bits: StoredBits;
}

export type StoredBits = Pick<PixelFormat, "bitsStored" | "highBit" | "isSigned">;

/** The stored values of the asked frames of an instance, in the order asked. @throws as decodeSamples. */
export async function decodePixels(
  file: Uint8Array,
  instance: Instance,
  frames: readonly number[],
  limits: ParseLimits = defaultParseLimits,
): Promise<StoredValues[]> {
  return (await decodeSamples(file, instance, frames, limits)).map(storedValues);
}

/**
 * The samples of the asked frames of an instance, in the order asked, with the bits of them that count.
 *
 * file: the whole file. Grey images of 8 to 16 bits; every transfer syntax of transferSyntax.ts.
 * @throws InputError FILE_TRUNCATED, PIXELS_INVALID, PIXELS_UNSUPPORTED, UNSUPPORTED_TRANSFER_SYNTAX, FILE_TOO_LARGE.
 * Their messages name no file: the caller knows it.
 */
export async function decodeSamples(
  file: Uint8Array,
  instance: Instance,
  frames: readonly number[],
  limits: ParseLimits = defaultParseLimits,
): Promise<Samples[]> {
  const syntax = transferSyntaxOf(instance.transferSyntaxUid);
  if (!syntax) {
    throw new InputError(
      "UNSUPPORTED_TRANSFER_SYNTAX",
      `The pixels are written in transfer syntax ${instance.transferSyntaxUid}, which cannot be read. Export the series uncompressed.`,
    );
  }
  const format = grey(instance.pixels);
  const end = format.offset + framesTo(frames) * frameBytes(format);
  const bytes = dataSetBytes(file, instance.transferSyntaxUid, { end, limits });
  if (format.length !== null) {
    // Explicit length: plain pixels, whatever a compressed syntax claims.
    return frames.map((frame) => plainFrame(bytes, format, frame, syntax.isBigEndian));
  }
  const codec = syntax.codec;
  if (!codec) throw invalid("are in fragments although the transfer syntax says that they are not");
  const encoded = encapsulatedFrames(bytes, format.offset, instance.frames.length, codec === "rle");
  const decoded: Samples[] = [];
  for (const frame of frames) {
    const own = encoded[frame];
    if (!own) throw invalid(`hold no frame ${frame}`);
    await loadCodecs();
    decoded.push(decodedFrame(codec, own, format));
  }
  return decoded;
}

/**
 * The part of a file that holds the asked frames, from its first byte to before its last: nothing else of it has to be
 * read, however large it is. `pixels.offset` counts from the start of the file; in the part, it is smaller by `start`.
 */
export function pixelRange(instance: Instance, frames: readonly number[]): { start: number; end: number } {
  const { pixels, transferSyntaxUid } = instance;
  if (!pixels) return { start: 0, end: 0 };
  const wanted = framesTo(frames) * frameBytes(pixels);
  if (transferSyntaxOf(transferSyntaxUid)?.isDeflated) {
    // What cannot be deflated grows by 5 bytes in each 16 KB; the meta information is small.
    return { start: 0, end: Math.ceil((pixels.offset + wanted) * 1.001) + 2 ** 20 };
  }
  if (pixels.length !== null) return { start: pixels.offset, end: pixels.offset + wanted };
  // Frames that do not compress grow a little; fragments and the offset table take a few bytes.
  const encoded = instance.frames.length * (2 * frameBytes(pixels) + 2 ** 16);
  return { start: pixels.offset, end: pixels.offset + encoded };
}

function grey(format: PixelFormat | undefined): PixelFormat {
  if (!format) throw invalid("are missing");
  const { bitsAllocated, bitsStored, highBit, samplesPerPixel, photometric, modalityLut } = format;
  if (modalityLut?.values.length === 0) throw invalid("have a Modality LUT that is not whole");
  const isKnown =
    (bitsAllocated === 8 || bitsAllocated === 16) &&
    bitsStored >= 1 &&
    highBit < bitsAllocated &&
    highBit + 1 >= bitsStored &&
    samplesPerPixel === 1 &&
    (photometric === "MONOCHROME2" || photometric === "MONOCHROME1");
  if (isKnown) return format;
  throw new InputError(
    "PIXELS_UNSUPPORTED",
    `Pixels of ${samplesPerPixel} samples (${photometric}) with ${bitsStored} of ${bitsAllocated} bits (high bit ${highBit}) cannot be read; expected grey values of 8 to 16 bits.`,
  );
}

/** How many frames there are up to the last of these. */
const framesTo = (frames: readonly number[]) => frames.reduce((most, frame) => Math.max(most, frame + 1), 0);

const frameBytes = ({ rows, columns, bitsAllocated }: PixelFormat) => rows * columns * (bitsAllocated >> 3);

function plainFrame(bytes: Uint8Array, format: PixelFormat, frame: number, isBigEndian: boolean): Samples {
  const size = frameBytes(format);
  const start = format.offset + frame * size;
  const end = format.offset + (format.length ?? 0);
  if (start + size > bytes.length) {
    throw new InputError("FILE_TRUNCATED", "The pixel data ends before it is whole. Copy or export the file again.");
  }
  if (start + size > end) throw invalid(`hold no frame ${frame} of ${format.rows} × ${format.columns} values`);
  const samples = bytes.subarray(start, start + size);
  if (format.bitsAllocated === 8) {
    return { samples: isBigEndian && format.isWords ? bytesSwapped(samples) : samples, bits: format };
  }
  return { samples: wordsOf(samples, isBigEndian), bits: format };
}

function decodedFrame(codec: PixelCodec, encoded: Uint8Array, format: PixelFormat): Samples {
  const header = codec === "rle" ? undefined : codestreamHeader(encoded);
  if (codec !== "rle") {
    if (!header) throw invalid("are no image of the kind that the transfer syntax names");
    if (header.rows !== format.rows || header.columns !== format.columns || header.components !== 1) {
      throw invalid(
        `are ${header.rows} × ${header.columns} × ${header.components} inside, but ${format.rows} × ${format.columns} × 1 by the attributes`,
      );
    }
    if (!isWholeCodestream(encoded)) throw invalid("end before the image is whole");
    if (header.precision > 16) throw invalid(`have ${header.precision} bits; expected at most 16`);
  }
  let decoded: DecodedFrame;
  try {
    decoded = decodeWith(codec, encoded, format);
  } catch (error) {
    throw invalid("cannot be decoded", error);
  }
  const count = format.rows * format.columns;
  // Values of up to 8 bits come as single bytes, even where the attributes allocate 16.
  const bytesEach = decoded.bitsAllocated <= 8 || decoded.bytes.length < 2 * count ? 1 : 2;
  if (decoded.bytes.length < count * bytesEach) throw invalid("are fewer than the attributes say");
  const samples = decoded.bytes.subarray(0, count * bytesEach);
  const values = bytesEach === 1 ? samples : wordsOf(samples, false);
  // A JPEG 2000 stream that says "signed" is right about it; one that says nothing of it is read by the attributes.
  const isSigned = format.isSigned || header?.isSigned === true;
  const bitsStored = header?.isSigned ? header.precision : format.bitsStored;
  return { samples: values, bits: { isSigned, bitsStored, highBit: bitsStored - 1 } };
}

/** Takes the stored bits out of the allocated ones, with their sign. */
function storedValues({ samples, bits: { bitsStored, highBit, isSigned } }: Samples): StoredValues {
  if (bitsStored === 16 && samples instanceof Uint16Array) {
    return isSigned ? new Int16Array(samples.buffer, samples.byteOffset, samples.length) : samples;
  }
  const left = 31 - highBit;
  const right = 32 - bitsStored;
  const values = isSigned ? new Int16Array(samples.length) : new Uint16Array(samples.length);
  if (isSigned) for (let i = 0; i < samples.length; i++) values[i] = ((samples[i] as number) << left) >> right;
  else for (let i = 0; i < samples.length; i++) values[i] = ((samples[i] as number) << left) >>> right;
  return values;
}

/** Pairs of bytes as words of this machine; copied where they cannot be read in place. */
function wordsOf(samples: Uint8Array, isBigEndian: boolean): Uint16Array {
  if (!isBigEndian && samples.byteOffset % 2 === 0) {
    return new Uint16Array(samples.buffer, samples.byteOffset, samples.length >> 1);
  }
  const copy = new Uint8Array(samples);
  if (isBigEndian) Buffer.from(copy.buffer).swap16();
  return new Uint16Array(copy.buffer);
}

function bytesSwapped(samples: Uint8Array): Uint8Array {
  const copy = new Uint8Array(samples);
  if (copy.length % 2 === 0) Buffer.from(copy.buffer).swap16();
  return copy;
}

function invalid(what: string, cause?: unknown): InputError {
  return new InputError("PIXELS_INVALID", `The pixels ${what}. Copy or export the file again.`, { cause });
}
