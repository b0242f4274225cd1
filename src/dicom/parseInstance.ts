import type { Vector3 } from "../study/volume.ts";
import { ageInYears, yearOf } from "./ageInYears.ts";
import { type DataSet, defaultParseLimits, type ParseLimits, parseDataSet } from "./dataSet.ts";
import { type Elements, elementsOf } from "./elements.ts";
import type { Frame, Instance, PixelFormat } from "./instance.ts";
import { transferSyntaxOf } from "./transferSyntax.ts";

/**
 * A DICOM file's attributes and where its pixels are; null where the bytes are no DICOM file.
 *
 * The bytes may be the file's beginning only: then `isCut` says whether they ended before the pixel data. It is also set
 * where the header is longer, or describes more frames, than the limits allow.
 */
export function parseInstance(file: Uint8Array, limits: ParseLimits = defaultParseLimits): Instance | null {
  // Of a deflated file, only the header: what its pixels would inflate to is not known to be honest yet.
  const dataSet = parseDataSet(file, { ...limits, maxInflatedBytes: limits.maxHeaderBytes });
  if (!dataSet) return null;
  const top = elementsOf(dataSet.parsed);
  const sopClassUid = top.uid("x00080016") ?? dataSet.mediaSopClassUid;
  const modality = codeString(top.text("x00080060"));
  const hasIdentity = sopClassUid !== undefined || modality !== undefined || top.element("x0020000d") !== undefined;
  if (!dataSet.hasMarker && !hasIdentity) return null;
  const imageType = top.texts("x00080008");
  const shared = top.items("x52009229")[0];
  const allFrames = top.items("x52009230");
  const hasTooMany = allFrames.length > maxFrames;
  const perFrame = hasTooMany ? [] : allFrames;
  const fields = {
    patientIdSha256: top.hashed("x00100020"),
    accessionSha256: top.hashed("x00080050"),
    description: shortened(top.text("x0008103e")),
    protocol: shortened(top.text("x00181030")),
    bodyPart: shortened(top.text("x00180015")),
    kernel: shortened(kernelOf(top, shared)),
    manufacturer: shortened(top.text("x00080070")),
    modelName: shortened(top.text("x00081090")),
    seriesNumber: top.decimal("x00200011"),
    acquisitionNumber: top.decimal("x00200012"),
    temporalPosition: top.decimal("x00200100"),
    instanceNumber: top.decimal("x00200013"),
    sex: sexOf(top),
    ageYears: ageInYears(top.text("x00101010"), top.text("x00100030"), top.text("x00080020")),
    studyYear: yearOf(top.text("x00080020")),
    tubeVoltageKv: positive(top.decimal("x00180060")),
    hasBurnedInAnnotation: yesOrNo(top.text("x00280301")),
    rescaleType: codeString(top.text("x00281054") ?? valueTransformation(shared)?.text("x00281054")),
    pixels: pixelFormat(top, dataSet),
  };
  return {
    transferSyntaxUid: dataSet.transferSyntaxUid,
    sopClassUid: sopClassUid ?? "",
    sopInstanceUid: top.uid("x00080018") ?? "",
    studyUid: top.uid("x0020000d") ?? "",
    seriesUid: top.uid("x0020000e") ?? "",
    modality: modality ?? "",
    imageType,
    hasContrastMedium: top.text("x00180010") !== undefined || top.items("x00180012").length > 0,
    isLossy: top.text("x00282110") === "01" || (transferSyntaxOf(dataSet.transferSyntaxUid)?.isLossy ?? false),
    frames: perFrame.length > 0 ? perFrame.map((own) => frameOf(top, own, shared)) : [frameOf(top)],
    isCut: dataSet.isCut || hasTooMany,
    ...definedOnly(fields),
  };
}

/** Of one instance; real ones have some thousand. */
const maxFrames = 20_000;

function kernelOf(top: Elements, shared: Elements | undefined): string | undefined {
  const reconstruction = shared?.items("x00189314")[0];
  const names = top.texts("x00181210");
  return (names.length > 0 ? names.join(" ") : undefined) ?? reconstruction?.text("x00181210");
}

const valueTransformation = (group: Elements | undefined) => group?.items("x00289145")[0];

/** A frame's geometry: from its own functional group, the shared one, or the instance itself. */
function frameOf(top: Elements, own?: Elements, shared?: Elements): Frame {
  const within = (sequence: string, tag: string): readonly number[] => {
    for (const group of [own, shared]) {
      const values = group?.items(sequence)[0]?.decimals(tag);
      if (values && values.length > 0) return values;
    }
    return top.decimals(tag);
  };
  const orientation = within("x00209116", "x00200037");
  const spacing = within("x00289110", "x00280030");
  const slope = finite(within("x00289145", "x00281053")[0]);
  const intercept = finite(within("x00289145", "x00281052")[0]);
  const [rows, columns = rows] = spacing;
  const hasSpacing = rows !== undefined && columns !== undefined && rows > 0 && columns > 0;
  return {
    slope: slope || 1,
    intercept: intercept ?? 0,
    hasRescale: intercept !== undefined && slope !== undefined && slope !== 0,
    ...definedOnly({
      positionMm: vector(within("x00209113", "x00200032")),
      rowDirection: unitVector(orientation.slice(0, 3)),
      columnDirection: unitVector(orientation.slice(3, 6)),
      pixelSpacingMm: hasSpacing ? ([rows, columns] as const) : undefined,
      sliceThicknessMm: positive(within("x00289110", "x00180050")[0]),
    }),
  };
}

function pixelFormat(top: Elements, dataSet: DataSet): PixelFormat | undefined {
  const data = top.element("x7fe00010");
  const [rows, columns, bitsAllocated] = [top.word("x00280010"), top.word("x00280011"), top.word("x00280100")];
  if (!data || !rows || !columns || !bitsAllocated) return undefined;
  const bitsStored = top.word("x00280101") ?? bitsAllocated;
  const isSigned = top.word("x00280103") === 1;
  return {
    rows,
    columns,
    samplesPerPixel: top.word("x00280002") ?? 1,
    bitsAllocated,
    bitsStored,
    highBit: top.word("x00280102") ?? bitsStored - 1,
    isSigned,
    photometric: top.text("x00280004") === undefined ? "MONOCHROME2" : (codeString(top.text("x00280004")) ?? "unknown"),
    offset: data.dataOffset,
    length: data.hadUndefinedLength ? null : data.length,
    isWords: (data.vr ?? "OW") === "OW",
    ...definedOnly({
      padding: paddingOf(top, isSigned),
      modalityLut: modalityLutOf(top, isSigned, dataSet),
    }),
  };
}

function paddingOf(top: Elements, isSigned: boolean): readonly [number, number] | undefined {
  const value = top.word("x00280120");
  if (value === undefined) return undefined;
  const limit = top.word("x00280121") ?? value;
  const [a, b] = [value, limit].map((word) => (isSigned ? (word << 16) >> 16 : word)) as [number, number];
  return a < b ? [a, b] : [b, a];
}

/** @source PS3.3 C.11.1.1 */
function modalityLutOf(top: Elements, isSigned: boolean, dataSet: DataSet): PixelFormat["modalityLut"] {
  const item = top.items("x00283000")[0];
  if (!item || dataSet.isCut) return undefined;
  const [count, first, bits] = item.words("x00283002");
  if (count === undefined || first === undefined || bits === undefined) return { first: 0, values: [] };
  const length = count === 0 ? 2 ** 16 : count;
  const words = item.words("x00283006");
  // Entries of 8 bits may stand two in a word, the first in its lower half.
  const isPacked = bits <= 8 && words.length === (length + 1) >> 1;
  const values = isPacked ? words.flatMap((word) => [word & 0xff, word >> 8]) : words;
  // A table that is not whole stays in sight, without values: the rescale must not step in for it.
  if (values.length < length) return { first: 0, values: [] };
  return { first: isSigned ? (first << 16) >> 16 : first, values: values.slice(0, length) };
}

function vector(values: readonly number[]): Vector3 | undefined {
  const [x, y, z] = values;
  if (x === undefined || y === undefined || z === undefined) return undefined;
  return Number.isFinite(x + y + z) ? [x, y, z] : undefined;
}

function unitVector(values: readonly number[]): Vector3 | undefined {
  const found = vector(values);
  if (!found) return undefined;
  const length = Math.hypot(...found);
  if (Math.abs(length - 1) > 0.01) return undefined;
  return [found[0] / length, found[1] / length, found[2] / length];
}

function sexOf(top: Elements): Instance["sex"] {
  const word = top.text("x00100040")?.toUpperCase();
  return word === "F" || word === "M" || word === "O" ? word : undefined;
}

const yesOrNo = (word: string | undefined) => (word === "YES" ? true : word === "NO" ? false : undefined);

/** A coded word (VR CS, LO used as one), or undefined where it is none: free text could hold anything. */
const codeString = (text: string | undefined) => (text && /^[A-Z0-9 _]{1,16}$/.test(text) ? text : undefined);

const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : undefined);
const positive = (value: number | undefined) => (value !== undefined && value > 0 ? value : undefined);
const shortened = (text: string | undefined) => text?.slice(0, 64);

/** The fields that have a value, so that the result has no keys without one. */
function definedOnly<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
