/** For tests only: one small CT image for every way of writing pixels that is read, with the values that it was made of. */
import { encodePixels, testEncoders } from "../dicom/testEncodePixels.ts";
import { encodeTestFile, fragmentsOf, type TestElements, testSlice } from "../dicom/testInstance.ts";
import { transferSyntaxOf } from "../dicom/transferSyntax.ts";

export interface PixelRow {
  readonly name: string;
  readonly transferSyntaxUid: string;
  readonly format: PixelBits;
  readonly photometric: "MONOCHROME1" | "MONOCHROME2";
  /** Stored values that stand for nothing, in tenths of the range of values. */
  readonly padding: readonly number[];
  readonly modality: "rescale" | "fraction" | "lut" | "lut of bytes" | "none";
  readonly frames: number;
}

interface PixelBits {
  readonly allocated: 8 | 16;
  readonly stored: number;
  readonly highBit: number;
  readonly isSigned: boolean;
}

export const tableRows = 12;
export const tableColumns = 10;

const bits = (allocated: 8 | 16, stored: number, isSigned: boolean, highBit = stored - 1): PixelBits => ({
  allocated,
  stored,
  highBit,
  isSigned,
});
const formats = [
  bits(8, 8, false),
  bits(8, 8, true),
  bits(16, 8, false),
  bits(16, 10, false),
  bits(16, 12, false),
  bits(16, 12, true),
  bits(16, 16, false),
  bits(16, 16, true),
];
const highFormats = [bits(16, 12, false, 15), bits(16, 12, true, 13)];
const photometrics = ["MONOCHROME2", "MONOCHROME1"] as const;
const paddings = [[], [0], [8, 10]] as const;
const modalities = ["rescale", "fraction", "lut", "lut of bytes", "none"] as const;

const explicit = "1.2.840.10008.1.2.1";
const plain = [explicit, "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"];
/** JPEG with loss: the encoder knows only 8 bits. */
const only8 = ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"];
/** What the encoders of JPEG and JPEG 2000 cannot write: 8 bits that stand in 16, and 8 signed bits. */
const no8In16 = /\.4\.(57|70|90|91)$/;
const no8Signed = /\.4\.(90|91)$/;
const enhanced = [
  explicit,
  "1.2.840.10008.1.2.2",
  "1.2.840.10008.1.2.5",
  "1.2.840.10008.1.2.4.70",
  "1.2.840.10008.1.2.4.80",
];

/** Explicit little endian in every combination; every other transfer syntax with all formats, the rest taking turns. */
export function pixelTable(): PixelRow[] {
  const rows: PixelRow[] = [];
  const add = (
    transferSyntaxUid: string,
    format: PixelBits,
    rest: Omit<PixelRow, "name" | "transferSyntaxUid" | "format">,
  ) => {
    const { photometric, padding, modality, frames } = rest;
    const { allocated, stored, highBit, isSigned } = format;
    const form = `${stored} of ${allocated} bits at ${highBit}, ${isSigned ? "signed" : "unsigned"}`;
    const pad = padding.length === 0 ? "no" : padding.length === 1 ? "one" : "a range of";
    const name = `${transferSyntaxUid}: ${form}, ${photometric}, ${pad} padding, ${modality}, ${frames} frames`;
    rows.push({ name, transferSyntaxUid, format, ...rest });
  };
  for (const format of [...formats, ...highFormats]) {
    for (const photometric of photometrics)
      for (const padding of paddings)
        for (const modality of modalities) add(explicit, format, { photometric, padding, modality, frames: 1 });
  }
  const pick = <T>(items: readonly T[]) => items[rows.length % items.length] as T;
  for (const uid of [...plain.slice(1), ...Object.keys(testEncoders)]) {
    const isPlain = plain.includes(uid);
    const fit = formats.filter(({ allocated, stored, isSigned }) =>
      stored > 8 ? true : isSigned ? !no8Signed.test(uid) : allocated === 8 || !no8In16.test(uid),
    );
    const own = only8.includes(uid) ? [formats[0] as PixelBits] : isPlain ? [...formats, ...highFormats] : fit;
    for (const format of own) {
      add(uid, format, {
        photometric: pick(photometrics),
        padding: pick(paddings),
        modality: pick(modalities),
        frames: 1,
      });
    }
  }
  for (const uid of enhanced) {
    for (const format of [bits(16, 12, true), bits(16, 16, true)]) {
      add(uid, format, { photometric: "MONOCHROME2", padding: pick(paddings), modality: "rescale", frames: 3 });
    }
  }
  return rows;
}

const lowest = ({ isSigned, stored }: PixelBits) => (isSigned ? -(2 ** (stored - 1)) : 0);

/** The values of a frame before it was written: scattered over the whole range, both ends met. */
export function storedOf({ format }: PixelRow, frame = 0): number[] {
  const range = 2 ** format.stored;
  return Array.from({ length: tableRows * tableColumns }, (_, i) => {
    const ramp = i === 0 ? 0 : i === 1 ? range - 1 : (i * i * 7919 + i * 104_729 + frame * 31) % range;
    return lowest(format) + ramp;
  });
}

/** The rescale of a frame of an enhanced image. */
export const frameRescale = (frame: number) => ({ slope: frame + 1, intercept: -1000 - 7 * frame });

/** First and last stored value that stand for nothing. */
export function paddingOf({ padding, format }: PixelRow): readonly number[] {
  return padding.map((tenths) => lowest(format) + Math.floor((tenths * (2 ** format.stored - 1)) / 10));
}

export const lutFirst = ({ format }: PixelRow) => lowest(format) + 5;
export const lutValues = ({ modality }: PixelRow) =>
  Array.from({ length: 99 }, (_, i) => (i * 37 + 11) % (modality === "lut" ? 3000 : 256));

/** The file of a row. */
export async function fileOf(row: PixelRow): Promise<Uint8Array> {
  const { transferSyntaxUid, format, modality, frames } = row;
  const syntax = transferSyntaxOf(transferSyntaxUid);
  const all = Array.from({ length: frames }, (_, frame) => storedOf(row, frame));
  const sign = format.isSigned ? "SS" : "US";
  const words = (values: readonly number[]) => values.map((value) => value & 0xffff);
  const padding = paddingOf(row);
  const elements: Record<string, TestElements[string] | undefined> = {
    "00280004": ["CS", row.photometric],
    "00280010": ["US", [tableRows]],
    "00280011": ["US", [tableColumns]],
    "00280100": ["US", [format.allocated]],
    "00280101": ["US", [format.stored]],
    "00280102": ["US", [format.highBit]],
    "00280103": ["US", [format.isSigned ? 1 : 0]],
    "00280120": padding[0] === undefined ? undefined : [sign, words([padding[0]])],
    "00280121": padding[1] === undefined ? undefined : [sign, words([padding[1]])],
    "00281052": modality === "rescale" ? ["DS", "-1024"] : modality === "fraction" ? ["DS", "-100.25"] : undefined,
    "00281053": modality === "rescale" ? ["DS", "1"] : modality === "fraction" ? ["DS", "2.5"] : undefined,
    "00283000": modality.startsWith("lut") ? ["SQ", [lutItem(row)]] : undefined,
    ...(frames > 1 && framesElements(frames)),
  };
  if (!syntax?.codec) {
    const samples = all.flatMap((values) => values.map((value) => written(value, format)));
    const pixels: TestElements[string] = format.allocated === 16 ? ["OW", samples] : ["OB", Uint8Array.from(samples)];
    return encodeTestFile(testSlice({ elements: { ...elements, "7FE00010": pixels } }), {
      transferSyntaxUid,
      isExplicit: syntax?.isExplicit ?? true,
      isBigEndian: syntax?.isBigEndian ?? false,
      isDeflated: syntax?.isDeflated ?? false,
    });
  }
  const coded: Uint8Array[] = [];
  for (const values of all) coded.push(await codedFrame(row, values));
  return encodeTestFile(testSlice({ elements: { ...elements, "7FE00010": ["fragments", fragmentsOf(coded)] } }), {
    transferSyntaxUid,
  });
}

/** JPEG 2000 knows signs; the other codecs are given the bits of the value alone. */
async function codedFrame({ transferSyntaxUid, format }: PixelRow, values: readonly number[]): Promise<Uint8Array> {
  const isOfJpeg2000 = transferSyntaxOf(transferSyntaxUid)?.codec?.endsWith("2000") ?? false;
  const samples = isOfJpeg2000 ? values : values.map((value) => written(value, format));
  return encodePixels(
    transferSyntaxUid,
    format.allocated === 8 ? Uint8Array.from(samples) : Uint16Array.from(samples, (value) => value & 0xffff),
    {
      rows: tableRows,
      columns: tableColumns,
      bitsAllocated: format.allocated,
      bitsStored: format.stored,
      isSigned: isOfJpeg2000 && format.isSigned,
    },
  );
}

/** A value's bits where the format puts them, and ones in those that nobody may look at. */
function written(value: number, { stored, highBit, allocated }: PixelBits): number {
  const shift = highBit + 1 - stored;
  const mask = 2 ** stored - 1;
  const others = shift > 0 ? (2 ** allocated - 1) & ~(mask << shift) : 0;
  return ((value & mask) << shift) | others;
}

function lutItem(row: PixelRow): TestElements {
  const values = lutValues(row);
  const isPacked = row.modality === "lut of bytes";
  const packed = Array.from({ length: 50 }, (_, i) => (values[2 * i] as number) | ((values[2 * i + 1] ?? 0) << 8));
  return {
    "00283002": [row.format.isSigned ? "SS" : "US", [99, lutFirst(row) & 0xffff, isPacked ? 8 : 16]],
    "00283006": ["OW", isPacked ? packed : values],
  };
}

function framesElements(frames: number): Record<string, TestElements[string] | undefined> {
  const item = (frame: number): TestElements => ({
    "00209113": ["SQ", [{ "00200032": ["DS", `0\\0\\${5 * frame}`] }]],
    "00289145": [
      "SQ",
      [
        {
          "00281052": ["DS", String(frameRescale(frame).intercept)],
          "00281053": ["DS", String(frameRescale(frame).slope)],
        },
      ],
    ],
  });
  return {
    "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.2.1"],
    "00200032": undefined,
    "00280008": ["IS", String(frames)],
    "00281052": undefined,
    "00281053": undefined,
    "52009230": ["SQ", Array.from({ length: frames }, (_, frame) => item(frame))],
  };
}
