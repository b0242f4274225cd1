import dicomParser, { type DataSet as ParsedDataSet } from "dicom-parser";
import { InputError } from "../base/errors.ts";
import { inflateBeginning } from "../base/inflateBeginning.ts";
import {
  deflatedLittleEndian,
  explicitBigEndian,
  explicitLittleEndian,
  implicitLittleEndian,
  transferSyntaxOf,
} from "./transferSyntax.ts";

/** A file's data set as parsed up to its pixel data, with the bytes its offsets count in. */
export interface DataSet {
  readonly transferSyntaxUid: string;
  /** The SOP class by the meta information, where that says one. */
  readonly mediaSopClassUid?: string;
  readonly parsed: ParsedDataSet;
  /** The file's own, or what a deflated file inflates to, as far as the limits go. */
  readonly bytes: Uint8Array;
  /** Parsing stopped before the pixel data: the bytes ended, or made no sense. */
  readonly isCut: boolean;
  /** Whether the file says that it is DICOM: "DICM" or meta information at its beginning. */
  readonly hasMarker: boolean;
}

/** Bounds on what hostile bytes can make the parser do. */
export interface ParseLimits {
  /** The part before the pixel data. */
  readonly maxHeaderBytes: number;
  /** What a deflated file may inflate to, as far as it is asked for. */
  readonly maxInflatedBytes: number;
}

export const defaultParseLimits: ParseLimits = { maxHeaderBytes: 16 * 2 ** 20, maxInflatedBytes: 512 * 2 ** 20 };

/**
 * Numbers that the parser may read of one header: some 300,000 elements, or 2 MB of elements without a length. The
 * elements of 4,000 frames take less; without it a header of 16 MB could hold the parser for seconds.
 */
const maxReads = 1_200_000;

const pixelDataTag = "x7fe00010";

/**
 * The data set of a DICOM file up to its pixel data; null where the bytes are no DICOM file.
 *
 * Reads files without preamble, without meta information or with a wrong transfer syntax among the plain ones.
 */
export function parseDataSet(file: Uint8Array, limits: ParseLimits = defaultParseLimits): DataSet | null {
  const meta = readMeta(file);
  if (!meta) return null;
  const declared = meta.transferSyntaxUid;
  const isDeflated = declared === deflatedLittleEndian;
  const bytes = isDeflated ? inflateBeginning(file.subarray(meta.end), limits.maxInflatedBytes, "deflate") : file;
  const start = isDeflated ? 0 : meta.end;
  const written = howWritten(bytes, start);
  if (!written && !meta.hasMarker) return null;
  // How elements are written is taken from the bytes where these speak clearly: mislabelled files are common.
  const isPlain = declared === undefined || transferSyntaxOf(declared)?.codec === null;
  const uid = isPlain && !isDeflated ? (written ?? declared ?? explicitLittleEndian) : (declared as string);
  const syntax = transferSyntaxOf(written ?? uid);
  const isExplicit = syntax?.isExplicit ?? true;
  const header =
    bytes.length - start > limits.maxHeaderBytes ? bytes.subarray(0, start + limits.maxHeaderBytes) : bytes;
  const endian = syntax?.isBigEndian ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser;
  const parsed = emptyDataSet(endian, bytes);
  const counted = countingReads(endian, maxReads);
  let isCut = false;
  try {
    if (start < header.length) {
      const stream = new dicomParser.ByteStream(counted.endian, header, start);
      const until = { untilTag: pixelDataTag };
      if (isExplicit) dicomParser.parseDicomDataSetExplicit(parsed, stream, header.length, until);
      else dicomParser.parseDicomDataSetImplicit(parsed, stream, header.length, until);
      isCut = isPastEnd(parsed, stream, header.length);
    }
    isCut ||= header.length < bytes.length && !(pixelDataTag in parsed.elements);
  } catch {
    isCut = true; // dicom-parser throws strings, objects and RangeErrors; what it read so far stays in `parsed`
  }
  counted.stop();
  const { hasMarker, mediaSopClassUid } = meta;
  return { transferSyntaxUid: uid, parsed, bytes, isCut, hasMarker, ...(mediaSopClassUid && { mediaSopClassUid }) };
}

/** dicom-parser does not throw where bytes end within a sequence, or within a value of an implicit data set. */
function isPastEnd(parsed: ParsedDataSet, stream: dicomParser.ByteStream, end: number): boolean {
  if (pixelDataTag in parsed.elements) return false;
  return stream.position > end || [...parsed.warnings, ...stream.warnings].some((text) => text.startsWith("eof"));
}

/**
 * The bytes that an instance's pixel offset counts in, at least to `end`: the file's own, or what a deflated file
 * inflates to. Fewer where there are not as many.
 * @throws InputError FILE_TOO_LARGE if a deflated file would have to be inflated beyond the limit.
 */
export function dataSetBytes(
  file: Uint8Array,
  transferSyntaxUid: string,
  { end, limits }: { readonly end: number; readonly limits: ParseLimits },
): Uint8Array {
  if (transferSyntaxUid !== deflatedLittleEndian) return file;
  const meta = readMeta(file);
  if (!meta) return file;
  if (end <= limits.maxInflatedBytes) return inflateBeginning(file.subarray(meta.end), end, "deflate");
  const limitMb = Math.floor(limits.maxInflatedBytes / 2 ** 20);
  throw new InputError(
    "FILE_TOO_LARGE",
    `A deflated DICOM file inflates to more than ${limitMb} MB. If it is honest, raise intake.maxFileMb.`,
  );
}

/** A reader of numbers that throws after so many, until it is told to stop counting. */
function countingReads(endian: dicomParser.ByteArrayParser, max: number) {
  let left = max;
  const readUint16: typeof endian.readUint16 = (bytes, at) => {
    if (left-- <= 0) throw new RangeError("more elements than a header may have");
    return endian.readUint16(bytes, at);
  };
  const stop = () => {
    left = Number.POSITIVE_INFINITY;
  };
  return { endian: { ...endian, readUint16 }, stop };
}

function emptyDataSet(endian: dicomParser.ByteArrayParser, bytes: Uint8Array): ParsedDataSet {
  // The class is exported at run time but missing from the package's types.
  const { DataSet } = dicomParser as unknown as {
    DataSet: new (endian: dicomParser.ByteArrayParser, bytes: Uint8Array, elements: object) => ParsedDataSet;
  };
  const parsed = new DataSet(endian, bytes, {});
  parsed.warnings = [];
  return parsed;
}

interface Meta {
  readonly transferSyntaxUid?: string;
  readonly mediaSopClassUid?: string;
  /** Where the data set starts. */
  readonly end: number;
  /** Whether "DICM" or a group 0002 was found. */
  readonly hasMarker: boolean;
}

/** The file meta information, always explicit little endian. @source PS3.10 7.1 */
function readMeta(file: Uint8Array): Meta | null {
  const hasPreamble = file.length >= 132 && latin1(file, 128, 4) === "DICM";
  let at = hasPreamble ? 132 : 0;
  if (file.length < at + 8) return hasPreamble ? { end: file.length, hasMarker: true } : null;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const uids: { transferSyntaxUid?: string; mediaSopClassUid?: string } = {};
  let hasGroup = false;
  while (at + 8 <= file.length && view.getUint16(at, true) === 2) {
    const vr = latin1(file, at + 4, 2);
    if (!/^[A-Z]{2}$/.test(vr)) break;
    const isLong = /^(OB|OW|OF|SQ|UT|UN)$/.test(vr);
    if (isLong && at + 12 > file.length) break;
    const length = isLong ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const value = at + (isLong ? 12 : 8);
    if (value + length > file.length) return { end: file.length, hasMarker: true, ...uids };
    const text = trimmed(latin1(file, value, length));
    const element = view.getUint16(at + 2, true);
    if (element === 0x10 && text !== "") uids.transferSyntaxUid = text;
    if (element === 0x02 && /^[0-9.]{1,64}$/.test(text)) uids.mediaSopClassUid = text;
    at = value + length;
    hasGroup = true;
  }
  return { end: at, hasMarker: hasPreamble || hasGroup, ...uids };
}

/** How the first element is written, as a plain transfer syntax; undefined where the bytes look like no element. */
function howWritten(bytes: Uint8Array, at: number): string | undefined {
  if (bytes.length < at + 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isFirstGroup = (group: number) => group > 2 && group <= 0x20 && group % 2 === 0;
  const isVr = /^(AE|AS|AT|CS|DA|DS|DT|FL|FD|IS|LO|LT|O[BDFLVW]|PN|SH|SL|SQ|SS|ST|SV|TM|U[CILNRSTV])$/.test(
    latin1(bytes, at + 4, 2),
  );
  if (isFirstGroup(view.getUint16(at, true))) {
    if (isVr) return explicitLittleEndian;
    const length = view.getUint32(at + 4, true);
    return length === 0xffffffff || length <= bytes.length ? implicitLittleEndian : undefined;
  }
  return isVr && isFirstGroup(view.getUint16(at, false)) ? explicitBigEndian : undefined;
}

function latin1(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + Math.min(length, 256)));
}

function trimmed(text: string): string {
  return text.replace(/[\0 ]+$/, "").trim();
}
