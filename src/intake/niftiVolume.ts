import { readHeader } from "nifti-reader-js";
import { InputError } from "../base/errors.ts";
import type { Geometry, Shape3, Vector3, Volume } from "../study/volume.ts";
import type { Warning } from "../study/warning.ts";
import type { IntakeFile } from "./intakeFile.ts";
import type { IntakeSettings } from "./intakeSettings.ts";
import { turnToLps } from "./turnToLps.ts";

/**
 * A NIfTI-1 or -2 file as a volume in Hounsfield units, turned to LPS.
 *
 * The place in the patient comes from the sform, else the qform, else the voxel sizes (as ITK and nibabel take it).
 * @throws InputError NIFTI_INVALID, FILE_TRUNCATED, TOO_LARGE.
 * @source nifti1.h
 */
export function niftiVolume(file: IntakeFile, bytes: Uint8Array, studyUid: string, settings: IntakeSettings): Volume {
  const header = parsedHeader(file, bytes);
  const [, columns = 0, rows = 0, slices = 0, ...more] = header.dims;
  const extra = more
    .slice(0, Math.max(0, (header.dims[0] ?? 3) - 3))
    .reduce((product, size) => product * Math.max(1, size), 1);
  const count = columns * rows * slices;
  if (!(columns > 0 && rows > 0 && slices > 0) || extra !== 1) {
    throw invalid(
      file,
      `has dimensions ${header.dims.slice(1, 1 + (header.dims[0] ?? 3)).join(" × ")}; expected one volume`,
    );
  }
  if (Math.max(columns, rows, slices) > settings.maxMatrix || count > settings.maxVoxels) {
    throw new InputError(
      "TOO_LARGE",
      `${file.path} has ${slices} slices of ${rows} × ${columns}, more than intake.maxMatrix or intake.maxVoxels allow.`,
    );
  }
  const stored = storedValues(file, header, bytes, count);
  const warnings: Warning[] = [];
  const slope = Number.isFinite(header.scl_slope) && header.scl_slope !== 0 ? header.scl_slope : 1;
  const intercept = Number.isFinite(header.scl_inter) && header.scl_slope !== 0 ? header.scl_inter : 0;
  const voxels = new Int16Array(count);
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const hu = Math.round(slope * (stored[i] as number) + intercept);
    // A value that is no number is outside the field of view.
    voxels[i] = hu >= settings.lowestHu ? Math.min(32_767, hu) : settings.lowestHu;
    if (hu < lowest) lowest = hu;
  }
  if (lowest > -500) {
    warnings.push({
      code: "NOT_HOUNSFIELD",
      message: `The lowest value is ${lowest}; a CT in Hounsfield units has air near −1000. The values may be windowed or shifted.`,
    });
  }
  const placed = turnToLps({ voxels, shape: [slices, rows, columns], geometry: geometryOf(file, header) });
  const { from, isFlipped } = placed.turn;
  const name = (z: number) => `${file.path}#${isFlipped[0] ? placed.shape[0] - z : z + 1}`;
  if (from[0] !== 0) {
    warnings.push({
      code: "RESLICED",
      message: "The slices were stored in another direction than axial and were turned.",
    });
  }
  return {
    voxels: placed.voxels,
    shape: placed.shape,
    geometry: placed.geometry,
    series: { studyUid, seriesUid: studyUid, modality: "CT" },
    acquisition: { fileFormat: "NIfTI" },
    sliceNames: Array.from({ length: placed.shape[0] }, (_, z) => name(z)),
    warnings,
  };
}

type Header = ReturnType<typeof readHeader>;

/** More than any header with its extensions needs. */
const headerBytes = 2 ** 20;

function parsedHeader(file: IntakeFile, bytes: Uint8Array): Header {
  let header: Header | null;
  try {
    header = readHeader(bytes.slice(0, headerBytes).buffer);
  } catch (cause) {
    throw invalid(file, "has a header that cannot be read", cause);
  }
  if (!header) throw invalid(file, "has a header that cannot be read");
  return header;
}

const arrays = {
  2: Uint8Array,
  4: Int16Array,
  8: Int32Array,
  16: Float32Array,
  64: Float64Array,
  256: Int8Array,
  512: Uint16Array,
  768: Uint32Array,
} as const;

/** In the file's own memory where they can be read there: a volume may take most of what there is. */
function storedValues(file: IntakeFile, header: Header, bytes: Uint8Array, count: number): ArrayLike<number> {
  const { datatypeCode } = header;
  if (!(datatypeCode in arrays)) {
    throw invalid(file, `has values of type ${datatypeCode}; expected whole or floating-point numbers`);
  }
  const Values = arrays[datatypeCode as keyof typeof arrays];
  const size = count * Values.BYTES_PER_ELEMENT;
  const offset = Math.trunc(header.vox_offset);
  if (!(offset >= 0) || offset + size > bytes.length) {
    throw new InputError(
      "FILE_TRUNCATED",
      `${file.path}: the values end before the volume is whole. Copy the file again.`,
    );
  }
  const isAligned = (bytes.byteOffset + offset) % Values.BYTES_PER_ELEMENT === 0;
  const mustSwap = !header.littleEndian && Values.BYTES_PER_ELEMENT > 1;
  if (isAligned && !mustSwap) return new Values(bytes.buffer as ArrayBuffer, bytes.byteOffset + offset, count);
  const own = bytes.slice(offset, offset + size);
  if (mustSwap) {
    const swapped = Buffer.from(own.buffer);
    if (Values.BYTES_PER_ELEMENT === 2) swapped.swap16();
    else if (Values.BYTES_PER_ELEMENT === 4) swapped.swap32();
    else swapped.swap64();
  }
  return new Values(own.buffer, 0, count);
}

/** From the affine of the header: RAS to LPS turns the first two rows; its columns are the steps of x, y, z. */
function geometryOf(file: IntakeFile, header: Header): Geometry {
  const affine = header.sform_code > 0 ? header.affine : affineOf(header);
  const step = (column: number): Vector3 => [
    -(affine[0]?.[column] ?? Number.NaN),
    -(affine[1]?.[column] ?? Number.NaN),
    affine[2]?.[column] ?? Number.NaN,
  ];
  const steps = [step(2), step(1), step(0)] as const;
  const spacing = steps.map((vector) => Math.hypot(...vector)) as unknown as Shape3;
  if (!spacing.every((mm) => mm > 0 && Number.isFinite(mm))) throw invalid(file, "does not say where its voxels stand");
  const axes = steps.map((vector, i) =>
    vector.map((part) => part / (spacing[i] as number)),
  ) as unknown as Geometry["axes"];
  const isSkewed = [
    [0, 1],
    [0, 2],
    [1, 2],
  ].some(([a, b]) => {
    const [first, second] = [axes[a as 0], axes[b as 0]];
    return Math.abs(first[0] * second[0] + first[1] * second[1] + first[2] * second[2]) > 0.02;
  });
  if (isSkewed) throw invalid(file, "has axes that are not at right angles; resample it first");
  const unit = unitMm(header.xyzt_units);
  const originMm = step(3).map((value) => value * unit) as unknown as Vector3;
  return { originMm, spacingMm: spacing.map((value) => value * unit) as unknown as Shape3, axes };
}

/** The qform's affine, or one from the voxel sizes alone. @source nifti1.h, quatern_to_mat44 */
function affineOf(header: Header): number[][] {
  const [qfac = 1, dx = 1, dy = 1, dz = 1] = header.pixDims;
  if (!(header.qform_code > 0)) {
    return [
      [dx, 0, 0, 0],
      [0, dy, 0, 0],
      [0, 0, dz, 0],
    ];
  }
  const [a, b, c, d] = unitQuaternion(header.quatern_b, header.quatern_c, header.quatern_d);
  const z = qfac < 0 ? -dz : dz;
  return [
    [(a * a + b * b - c * c - d * d) * dx, 2 * (b * c - a * d) * dy, 2 * (b * d + a * c) * z, header.qoffset_x],
    [2 * (b * c + a * d) * dx, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d - a * b) * z, header.qoffset_y],
    [2 * (b * d - a * c) * dx, 2 * (c * d + a * b) * dy, (a * a + d * d - b * b - c * c) * z, header.qoffset_z],
  ];
}

/** With its first part. Half a turn has none: what the others' rounding to 32 bits leaves over must not become a small angle. */
function unitQuaternion(b: number, c: number, d: number): readonly [number, number, number, number] {
  const square = b * b + c * c + d * d;
  if (1 - square >= 3 * 2 ** -23) return [Math.sqrt(1 - square), b, c, d];
  const length = Math.sqrt(square);
  return [0, b / length, c / length, d / length];
}

/** Metre, millimetre or micrometre, by the lowest three bits; millimetre where unsaid. */
function unitMm(units: number): number {
  return { 1: 1000, 3: 0.001 }[units & 7] ?? 1;
}

function invalid(file: IntakeFile, what: string, cause?: unknown): InputError {
  return new InputError("NIFTI_INVALID", `${file.path} ${what}. Export the volume again.`, { cause });
}
