/** For tests only: DICOM files written element by element, so that tests can write what no honest writer would. */
import { deflateRawSync } from "node:zlib";

/** A value: text, 16-bit numbers, bytes as they are, or the items of a sequence. */
export type TestValue = string | readonly number[] | Uint8Array | readonly TestElements[];

/** Elements by tag, "00280010", each with its VR. */
export type TestElements = Readonly<Record<string, readonly [vr: string, value: TestValue]>>;

export interface TestFileOptions {
  /** What the meta information says. */
  readonly transferSyntaxUid?: string;
  readonly isExplicit?: boolean;
  readonly isBigEndian?: boolean;
  readonly isDeflated?: boolean;
  readonly hasPreamble?: boolean;
  readonly hasMeta?: boolean;
}

/** The bytes of a DICOM file with these elements. */
export function encodeTestFile(elements: TestElements, options: TestFileOptions = {}): Uint8Array {
  const { transferSyntaxUid = "1.2.840.10008.1.2.1", hasPreamble = true, hasMeta = true } = options;
  const { isExplicit = true, isBigEndian = false, isDeflated = false } = options;
  const preamble = hasPreamble ? [...new Array<number>(128).fill(0), 0x44, 0x49, 0x43, 0x4d] : [];
  const meta = hasMeta ? encode({ "00020010": ["UI", transferSyntaxUid] }, true, false) : [];
  const body = encode(elements, isExplicit, isBigEndian);
  return Uint8Array.from([...preamble, ...meta, ...(isDeflated ? deflateRawSync(Uint8Array.from(body)) : body)]);
}

/** The elements of an axial CT slice of 4 × 4 pixels; `changes` replace or, where undefined, remove some. */
export function testSlice(
  changes: { readonly z?: number; readonly pixels?: readonly number[] } & {
    readonly elements?: Readonly<Record<string, TestElements[string] | undefined>>;
  } = {},
): TestElements {
  const { z = 0, pixels = Array.from({ length: 16 }, (_, i) => 100 * i), elements = {} } = changes;
  const all: Record<string, TestElements[string] | undefined> = {
    "00080008": ["CS", "ORIGINAL\\PRIMARY\\AXIAL"],
    "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.2"],
    "00080018": ["UI", `1.2.3.4.${1000 + Math.round(z * 10)}`],
    "00080060": ["CS", "CT"],
    "0008103E": ["LO", "Chest 2.0"],
    "00100010": ["PN", "Doe^Jane"],
    "00100020": ["LO", "MRN-4711"],
    "00100030": ["DA", "19700101"],
    "00180015": ["CS", "CHEST"],
    "00180050": ["DS", "2"],
    "00181210": ["SH", "B30f"],
    "0020000D": ["UI", "1.2.3"],
    "0020000E": ["UI", "1.2.3.4"],
    "00200012": ["IS", "1"],
    "00200013": ["IS", "1"],
    "00200032": ["DS", `-10\\-20\\${z}`],
    "00200037": ["DS", "1\\0\\0\\0\\1\\0"],
    "00280002": ["US", [1]],
    "00280004": ["CS", "MONOCHROME2"],
    "00280010": ["US", [4]],
    "00280011": ["US", [4]],
    "00280030": ["DS", "0.5\\0.8"],
    "00280100": ["US", [16]],
    "00280101": ["US", [12]],
    "00280102": ["US", [11]],
    "00280103": ["US", [0]],
    "00281052": ["DS", "-1024"],
    "00281053": ["DS", "1"],
    "7FE00010": ["OW", pixels],
    ...elements,
  };
  const kept = Object.entries(all).filter((entry): entry is [string, TestElements[string]] => entry[1] !== undefined);
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Encapsulated pixel data: an empty offset table and the fragments, as the value of (7FE0,0010) with its own length. */
export function fragmentsOf(fragments: readonly Uint8Array[]): Uint8Array {
  const item = (bytes: Uint8Array) => [0xfe, 0xff, 0x00, 0xe0, ...word32(bytes.length, false), ...bytes];
  return Uint8Array.from([
    ...item(new Uint8Array(0)),
    ...fragments.flatMap(item),
    ...[0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0],
  ]);
}

function encode(elements: TestElements, isExplicit: boolean, isBigEndian: boolean): number[] {
  return Object.entries(elements).flatMap(([tag, [vr, value]]) => {
    const isFragments = vr === "fragments";
    const bytes = valueBytes(value, isExplicit, isBigEndian);
    const [group, element] = [Number.parseInt(tag.slice(0, 4), 16), Number.parseInt(tag.slice(4), 16)];
    const head = [...word16(group, isBigEndian), ...word16(element, isBigEndian)];
    const length = isFragments ? 0xffffffff : bytes.length;
    if (!isExplicit) return [...head, ...word32(length, isBigEndian), ...bytes];
    const name = [...(isFragments ? "OB" : vr)].map((letter) => letter.charCodeAt(0));
    const isLong = isFragments || ["OB", "OW", "SQ", "UN", "UT"].includes(vr);
    const size = isLong ? [0, 0, ...word32(length, isBigEndian)] : word16(length, isBigEndian);
    return [...head, ...name, ...size, ...bytes];
  });
}

function valueBytes(value: TestValue, isExplicit: boolean, isBigEndian: boolean): number[] {
  if (value instanceof Uint8Array) return [...value];
  if (typeof value === "string") {
    const bytes = [...new TextEncoder().encode(value)];
    return bytes.length % 2 ? [...bytes, 0x20] : bytes;
  }
  return (value as readonly (number | TestElements)[]).flatMap((part) => {
    if (typeof part === "number") return word16(part, isBigEndian);
    const item = encode(part, isExplicit, isBigEndian);
    return [
      ...word16(0xfffe, isBigEndian),
      ...word16(0xe000, isBigEndian),
      ...word32(item.length, isBigEndian),
      ...item,
    ];
  });
}

function word16(value: number, isBigEndian: boolean): number[] {
  const bytes = [value & 0xff, (value >> 8) & 0xff];
  return isBigEndian ? bytes.reverse() : bytes;
}

function word32(value: number, isBigEndian: boolean): number[] {
  const bytes = [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
  return isBigEndian ? bytes.reverse() : bytes;
}
