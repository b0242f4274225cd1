/** For tests only: one small volume written as NIfTI in every way that is read, and as the DICOM slices it comes from. */
import { encodeTestFile, testSlice } from "../dicom/testInstance.ts";

/** Of slices, rows, columns. */
export const niftiShape = [4, 5, 6] as const;
const spacingXyz = [0.5, 0.75, 2.5] as const;
const originMm = [-10.5, 20.25, -30] as const;

/** Hounsfield units, [z, y, x] in LPS; every voxel has its own. */
export const niftiHu = Array.from({ length: 4 * 5 * 6 }, (_, i) => -1000 + 17 * i);

export interface NiftiRow {
  readonly name: string;
  /** Which patient axis (0 x, 1 y, 2 z) each stored axis runs along, the fastest first. */
  readonly axes: readonly number[];
  readonly isFlipped: readonly boolean[];
  readonly version: 1 | 2;
  readonly form: "sform" | "qform" | "both";
  readonly type: keyof typeof types;
  readonly slope: number;
  readonly intercept: number;
  readonly isLittle: boolean;
  /** The whole patient leans by so many degrees about x. */
  readonly leanDegrees: number;
}

const types = {
  int16: [4, 2, (view, at, value, isLittle) => view.setInt16(at, value, isLittle)],
  uint16: [512, 2, (view, at, value, isLittle) => view.setUint16(at, value, isLittle)],
  int32: [8, 4, (view, at, value, isLittle) => view.setInt32(at, value, isLittle)],
  uint32: [768, 4, (view, at, value, isLittle) => view.setUint32(at, value, isLittle)],
  float32: [16, 4, (view, at, value, isLittle) => view.setFloat32(at, value, isLittle)],
  float64: [64, 8, (view, at, value, isLittle) => view.setFloat64(at, value, isLittle)],
} satisfies Record<string, [number, number, (view: DataView, at: number, value: number, isLittle: boolean) => void]>;

/** All 48 orientations with either form, the rest taking turns; then some that lean. */
export function niftiTable(): NiftiRow[] {
  const rows: NiftiRow[] = [];
  const kinds = Object.keys(types) as (keyof typeof types)[];
  const add = (axes: readonly number[], isFlipped: readonly boolean[], form: NiftiRow["form"], leanDegrees = 0) => {
    const turn = rows.length;
    const type = kinds[turn % kinds.length] as keyof typeof types;
    const isUnsigned = type.startsWith("u");
    const slope = turn % 4 === 3 ? 0.5 : isUnsigned || turn % 4 === 2 ? 1 : 0;
    const intercept = slope === 0 ? 0 : isUnsigned ? -1024 : 24;
    const [version, isLittle] = [turn % 5 === 4 ? 2 : 1, turn % 7 !== 6] as const;
    const way = axes.map((axis, k) => `${isFlipped[k] ? "-" : "+"}${"xyz"[axis]}`).join(" ");
    const name = `${way} ${form} ${type} · ${slope} + ${intercept}, version ${version}, ${isLittle ? "little" : "big"}, ${leanDegrees}°`;
    rows.push({ name, axes, isFlipped, version, form, type, slope, intercept, isLittle, leanDegrees });
  };
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  for (const form of ["sform", "qform"] as const) {
    for (const axes of orders) {
      for (let flips = 0; flips < 8; flips++)
        add(
          axes,
          [0, 1, 2].map((k) => ((flips >> k) & 1) === 1),
          form,
        );
    }
  }
  for (const form of ["sform", "qform", "both"] as const) add([1, 2, 0], [true, false, true], form, 8);
  return rows;
}

type Axis = readonly [number, number, number];

/** Of patient axes x, y, z: the unit vectors in LPS. */
function axesOf({ leanDegrees }: Pick<NiftiRow, "leanDegrees">): readonly [x: Axis, y: Axis, z: Axis] {
  const [cos, sin] = [Math.cos((leanDegrees * Math.PI) / 180), Math.sin((leanDegrees * Math.PI) / 180)];
  return [
    [1, 0, 0],
    [0, cos, sin],
    [0, -sin, cos],
  ];
}

/** The same volume as DICOM slices. */
export function dicomSlices(leanDegrees: number): Uint8Array[] {
  const [x, y, z] = axesOf({ leanDegrees });
  const [slices, rows, columns] = niftiShape;
  return Array.from({ length: slices }, (_, k) => {
    const position = originMm.map((mm, i) => mm + k * spacingXyz[2] * (z[i as 0] as number));
    return encodeTestFile(
      testSlice({
        z: k,
        pixels: niftiHu.slice(k * rows * columns, (k + 1) * rows * columns).map((hu) => hu + 1024),
        elements: {
          "00280010": ["US", [rows]],
          "00280011": ["US", [columns]],
          "00280030": ["DS", `${spacingXyz[1]}\\${spacingXyz[0]}`],
          "00200032": ["DS", position.map((mm) => mm.toFixed(8)).join("\\")],
          "00200037": ["DS", [...x, ...y].map((part) => part.toFixed(10)).join("\\")],
        },
      }),
    );
  });
}

/** The affine of a row in RAS, [3][4]. @source nifti1.h */
function affineOf(row: NiftiRow): number[][] {
  const directions = axesOf(row);
  const sizes = [niftiShape[2], niftiShape[1], niftiShape[0]] as const;
  const offset = [...originMm] as number[];
  const steps = row.axes.map((axis, k) => {
    const sign = row.isFlipped[k] ? -1 : 1;
    const length = spacingXyz[axis] as number;
    const direction = directions[axis] as readonly number[];
    if (row.isFlipped[k]) {
      for (let i = 0; i < 3; i++)
        offset[i] = (offset[i] as number) + ((sizes[axis] as number) - 1) * length * (direction[i] as number);
    }
    return direction.map((part) => sign * length * part);
  });
  const ras = [-1, -1, 1];
  return ras.map((turn, i) => [...steps, offset].map((column) => turn * (column[i] as number)));
}

/** b, c, d and qfac of a rotation. @source nifti1_io.c, nifti_mat44_to_quatern */
function quaternionOf(affine: readonly (readonly number[])[], spacing: readonly number[]): number[] {
  const r = affine.map((line) => line.slice(0, 3).map((part, k) => part / (spacing[k] as number))) as [
    number,
    number,
    number,
  ][];
  const [[r00, r01, r02], [r10, r11, r12], [r20, r21, r22]] = r as [
    [number, number, number],
    [number, number, number],
    [number, number, number],
  ];
  const determinant = r00 * (r11 * r22 - r12 * r21) - r01 * (r10 * r22 - r12 * r20) + r02 * (r10 * r21 - r11 * r20);
  const qfac = determinant < 0 ? -1 : 1;
  const [c02, c12, c22] = [r02 * qfac, r12 * qfac, r22 * qfac];
  const squares = [1 + r00 + r11 + c22, 1 + r00 - r11 - c22, 1 - r00 + r11 - c22, 1 - r00 - r11 + c22];
  const largest = squares.indexOf(Math.max(...squares));
  const s = 2 * Math.sqrt(squares[largest] as number);
  const whole = [
    [s / 4, (r21 - c12) / s, (c02 - r20) / s, (r10 - r01) / s],
    [(r21 - c12) / s, s / 4, (r01 + r10) / s, (c02 + r20) / s],
    [(c02 - r20) / s, (r01 + r10) / s, s / 4, (c12 + r21) / s],
    [(r10 - r01) / s, (c02 + r20) / s, (c12 + r21) / s, s / 4],
  ][largest] as number[];
  const sign = (whole[0] as number) < 0 ? -1 : 1;
  return [...whole.slice(1).map((part) => sign * part), qfac];
}

/** The NIfTI file of a row. @source nifti1.h, nifti2.h: the offsets of the fields */
export function niftiFile(row: NiftiRow): Uint8Array {
  const { version, isLittle } = row;
  const [code, bytesEach, write] = types[row.type];
  const sizes = row.axes.map((axis) => niftiShape[2 - axis] as number) as [number, number, number];
  const spacing = row.axes.map((axis) => spacingXyz[axis] as number);
  const affine = affineOf(row);
  const [b, c, d, qfac] = quaternionOf(affine, spacing) as [number, number, number, number];
  const start = version === 1 ? 352 : 544;
  const bytes = new Uint8Array(start + niftiHu.length * bytesEach);
  const view = new DataView(bytes.buffer);
  const whole =
    version === 1
      ? (at: number, value: number) => view.setInt16(at, value, isLittle)
      : (at: number, value: number) => view.setBigInt64(at, BigInt(value), isLittle);
  const float =
    version === 1
      ? (at: number, value: number) => view.setFloat32(at, value, isLittle)
      : (at: number, value: number) => view.setFloat64(at, value, isLittle);
  const code32 =
    version === 1
      ? (at: number, value: number) => view.setInt16(at, value, isLittle)
      : (at: number, value: number) => view.setInt32(at, value, isLittle);
  const at = version === 1 ? offsets1 : offsets2;
  view.setInt32(0, version === 1 ? 348 : 540, isLittle);
  [3, ...sizes, 1, 1, 1, 1].forEach((size, i) => {
    whole(at.dim + at.whole * i, size);
  });
  view.setInt16(at.datatype, code, isLittle);
  view.setInt16(at.datatype + 2, 8 * bytesEach, isLittle);
  [qfac, ...spacing, 0, 0, 0, 0].forEach((mm, i) => {
    float(at.pixdim + at.float * i, mm);
  });
  if (version === 1) view.setFloat32(108, start, isLittle);
  else view.setBigInt64(168, BigInt(start), isLittle);
  float(at.slope, row.slope);
  float(at.slope + at.float, row.intercept);
  if (row.form !== "sform") {
    code32(at.qformCode, 1);
    [b, c, d, ...affine.map((line) => line[3] as number)].forEach((part, i) => {
      float(at.quaternion + at.float * i, part);
    });
  }
  if (row.form !== "qform") {
    code32(at.qformCode + at.code, 1);
    affine.flat().forEach((part, i) => {
      float(at.sform + at.float * i, part);
    });
  }
  view.setUint8(version === 1 ? 123 : 500, 2); // millimetres
  bytes.set(new TextEncoder().encode(version === 1 ? "n+1\0" : "n+2\0\r\n\u001a\n"), version === 1 ? 344 : 4);
  if (version === 2) view.setInt32(500, 2, isLittle);
  for (let i = 0; i < niftiHu.length; i++) {
    const stored = [i % sizes[0], Math.floor(i / sizes[0]) % sizes[1], Math.floor(i / (sizes[0] * sizes[1]))];
    const index = [0, 0, 0];
    row.axes.forEach((axis, k) => {
      index[axis] = row.isFlipped[k] ? (sizes[k] as number) - 1 - (stored[k] as number) : (stored[k] as number);
    });
    const [x, y, z] = index as [number, number, number];
    const hu = niftiHu[(z * niftiShape[1] + y) * niftiShape[2] + x] as number;
    write(view, start + i * bytesEach, row.slope === 0 ? hu : (hu - row.intercept) / row.slope, isLittle);
  }
  return bytes;
}

const offsets1 = {
  dim: 40,
  whole: 2,
  datatype: 70,
  pixdim: 76,
  float: 4,
  slope: 112,
  qformCode: 252,
  code: 2,
  quaternion: 256,
  sform: 280,
};
const offsets2 = {
  dim: 16,
  whole: 8,
  datatype: 12,
  pixdim: 104,
  float: 8,
  slope: 176,
  qformCode: 344,
  code: 4,
  quaternion: 352,
  sform: 400,
};
