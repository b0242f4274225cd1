import type { Warning } from "./warning.ts";

/** [x, y, z] in the patient's system, LPS: x to the patient's left, y to the back, z to the head. Millimetres where so named. */
export type Vector3 = readonly [number, number, number];

/** [z, y, x] of a volume or its spacing. */
export type Shape3 = readonly [number, number, number];

/**
 * Where a volume's voxels stand in the patient. A Volume is always turned so that index x rises to the patient's left,
 * y to the back and z to the head, whatever the order of its files was.
 */
export interface Geometry {
  /** Centre of voxel [0, 0, 0]. */
  readonly originMm: Vector3;
  /** Distance of neighbouring voxel centres, [z, y, x]. */
  readonly spacingMm: Shape3;
  /** Unit vectors in LPS of the three index axes, in the order [z, y, x]. */
  readonly axes: readonly [Vector3, Vector3, Vector3];
}

/** Which series a volume was read from, without anything that names the patient. */
export interface SeriesRef {
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly modality: string;
  readonly description?: string;
  readonly kernel?: string;
  readonly sliceThicknessMm?: number;
  readonly manufacturer?: string;
  readonly modelName?: string;
}

/** How a series was acquired and of whom, without anything that names the patient: the year alone, ages of 90 and more as 90. */
export interface Acquisition {
  readonly fileFormat: "DICOM" | "NIfTI";
  readonly sex?: "F" | "M" | "O";
  readonly ageYears?: number;
  readonly studyYear?: number;
  readonly tubeVoltageKv?: number;
  readonly bitsStored?: number;
  readonly hasContrastMedium?: boolean;
  readonly isLossy?: boolean;
  readonly hasBurnedInAnnotation?: boolean;
}

/** A CT series as Hounsfield units. */
export interface Volume {
  /** Hounsfield units, row-major [z, y, x]. */
  readonly voxels: Int16Array;
  readonly shape: Shape3;
  readonly geometry: Geometry;
  readonly series: SeriesRef;
  readonly acquisition?: Acquisition;
  /** SOP Instance UID or file name of each slice, z rising to the head. */
  readonly sliceNames: readonly string[];
  readonly warnings: readonly Warning[];
}

/** A slice that came as a picture: 8-bit grey of unknown window, no Hounsfield units, no geometry. */
export interface Picture {
  /** Row-major [rows, columns]. */
  readonly pixels: Uint8Array;
  readonly shape: readonly [rows: number, columns: number];
  /** File name. */
  readonly name: string;
  /** How its file was written. */
  readonly file?: PictureFile;
}

/** How a picture's file was written, before it became 8-bit grey. */
export interface PictureFile {
  readonly format: "PNG" | "JPEG";
  /** "grey", "grey and alpha", "RGB" or "RGBA". */
  readonly mode: string;
  readonly bitDepth: number;
}

/** A study's images as read: a volume in Hounsfield units, or pictures without them. */
export type StudyImages =
  | { readonly kind: "volume"; readonly volume: Volume }
  | { readonly kind: "pictures"; readonly pictures: readonly Picture[] };

/** The position of a voxel's centre in the patient. index: [z, y, x]. */
export function positionMm(geometry: Geometry, index: Shape3): Vector3 {
  const [axisZ, axisY, axisX] = geometry.axes;
  const [stepZ, stepY, stepX] = geometry.spacingMm;
  const along = (i: 0 | 1 | 2) =>
    geometry.originMm[i] + index[0] * stepZ * axisZ[i] + index[1] * stepY * axisY[i] + index[2] * stepX * axisX[i];
  return [along(0), along(1), along(2)];
}

/** Millilitres of one voxel. */
export function voxelMl(geometry: Geometry): number {
  const [z, y, x] = geometry.spacingMm;
  return (z * y * x) / 1000;
}
