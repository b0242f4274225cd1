import type { Vector3 } from "../study/volume.ts";

/** What the reader needs of a DICOM instance. Plain data; nothing in it names the patient. */
export interface Instance {
  readonly transferSyntaxUid: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly modality: string;
  /** SHA-256 of the Patient ID, which itself goes no further; undefined where there is none. */
  readonly patientIdSha256?: string;
  /** SHA-256 of the Accession Number, likewise. */
  readonly accessionSha256?: string;
  /** Image Type, such as ORIGINAL, PRIMARY, AXIAL. */
  readonly imageType: readonly string[];
  readonly description?: string;
  readonly protocol?: string;
  readonly bodyPart?: string;
  readonly kernel?: string;
  readonly manufacturer?: string;
  readonly modelName?: string;
  readonly seriesNumber?: number;
  readonly acquisitionNumber?: number;
  /** Temporal Position Identifier: which of several times a slice was taken at. */
  readonly temporalPosition?: number;
  readonly instanceNumber?: number;
  readonly hasContrastMedium: boolean;
  readonly sex?: "F" | "M" | "O";
  /** Whole years at the study, 90 for all of 90 and more; the birth date itself goes no further. */
  readonly ageYears?: number;
  /** The year alone: a full date would help to name the patient. */
  readonly studyYear?: number;
  readonly tubeVoltageKv?: number;
  /** Whether the pixels are said to hold text that names the patient; undefined where nothing is said. */
  readonly hasBurnedInAnnotation?: boolean;
  readonly isLossy: boolean;
  /** Rescale Type, where given: HU or another unit. */
  readonly rescaleType?: string;
  /** How its pixels are written; undefined where it has none. */
  readonly pixels?: PixelFormat;
  /** One entry per frame; an ordinary CT instance has one. */
  readonly frames: readonly Frame[];
  /** The file ends, or stops making sense, before its pixel data. */
  readonly isCut: boolean;
}

/** How the stored values of an instance's pixels are written. Offsets count in the data set's bytes (inflated, if deflated). */
export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly isSigned: boolean;
  readonly photometric: string;
  /** Stored values that stand for nothing, from first to last; undefined where not given. */
  readonly padding?: readonly [first: number, last: number];
  /**
   * From stored value (first entry: `first`) to output value, where the instance has a Modality LUT Sequence; without
   * values where that is damaged.
   */
  readonly modalityLut?: { readonly first: number; readonly values: readonly number[] };
  readonly offset: number;
  /** Bytes of plain pixel data; null where it is encapsulated in fragments. */
  readonly length: number | null;
  /** Words of two bytes (VR OW), as opposed to single bytes. */
  readonly isWords: boolean;
}

/** Where one frame stands and how its stored values become Hounsfield units. */
export interface Frame {
  /** Centre of the first voxel (Image Position Patient). */
  readonly positionMm?: Vector3;
  /** Direction of rising column index (first half of Image Orientation Patient). */
  readonly rowDirection?: Vector3;
  /** Direction of rising row index (second half). */
  readonly columnDirection?: Vector3;
  /** Distance of rows, of columns. */
  readonly pixelSpacingMm?: readonly [rows: number, columns: number];
  readonly sliceThicknessMm?: number;
  readonly slope: number;
  readonly intercept: number;
  /** Whether a slope and intercept were written in the file. */
  readonly hasRescale: boolean;
}

export const ctImageStorage = "1.2.840.10008.5.1.4.1.1.2";
export const enhancedCtImageStorage = "1.2.840.10008.5.1.4.1.1.2.1";
export const legacyConvertedCtImageStorage = "1.2.840.10008.5.1.4.1.1.2.2";
