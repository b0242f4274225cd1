import { z } from "zod";
import { InputError } from "../base/errors.ts";

/** What may be found about a study; a setting says of each whether it is a warning, an error, or nothing. */
export const findingCodes = [
  "SLICE_GAP",
  "UNEVEN_SPACING",
  "THICK_SLICES",
  "DUPLICATE_SLICES",
  "SERIES_MIXED",
  "ACQUISITIONS_JOINED",
  "KERNELS_SEVERAL",
  "GANTRY_TILT",
  "OBLIQUE",
  "BODY_PART",
  "CONTRAST_MEDIUM",
  "CONTRAST_SEEN",
  "LOSSY_COMPRESSION",
  "NOT_HOUNSFIELD",
  "HOUNSFIELD_OFF",
  "FEW_GREY_LEVELS",
  "NOISY",
  "METAL",
  "SLICES_JUMP",
  "OTHER_STUDIES",
  "FILES_IGNORED",
  "PICTURES_DIM",
  "NO_LUNGS_FOUND",
  "ONE_LUNG_ONLY",
  "LUNGS_CUT_OFF",
  "LUNG_VOLUME_UNUSUAL",
  "LUNGS_MOSTLY_ESTIMATED",
  "LUNGS_UNEVEN",
] as const;

/** How studies are read, and how far hostile files are followed. Every field has a default. */
export const intakeSettingsSchema = z.strictObject({
  /** A file's size, and what a compressed file may inflate to. */
  maxFileMb: z.number().positive().default(2048),
  /** Files below a study's folder, those inside archives included. */
  maxFiles: z.int().positive().default(50_000),
  /** Folders within folders. */
  maxFolderDepth: z.int().nonnegative().default(32),
  /** Archives within archives; 1 reads an archive but none inside it. */
  maxArchiveDepth: z.int().nonnegative().default(2),
  /** What all of an archive may inflate to. */
  maxInflatedMb: z.number().positive().default(16_384),
  /** How many times larger than its compressed size a file of more than 64 MB may become. */
  maxInflationRatio: z.number().positive().default(100),
  /** The part of a DICOM file before its pixels. */
  maxHeaderMb: z.number().positive().default(16),
  /** Rows, and columns. */
  maxMatrix: z.int().positive().default(4096),
  maxSlices: z.int().positive().default(4000),
  /** Of a whole volume; two bytes each. */
  maxVoxels: z.number().positive().default(1.2e9),
  /** Threads that decode slices; 0 decodes in the calling thread, without a guard against hostile files. */
  decodeWorkers: z.int().min(0).max(16).default(2),
  /** Processor time for each megapixel of a file, at least for one, until its decoding is given up as hung. */
  decodeTimeoutMs: z.number().positive().default(1500),
  /** A series of fewer slices is not read. */
  minSlices: z.int().min(1).default(3),
  /** Slices whose normal is further from the body's long axis are not axial. */
  maxObliqueDegrees: z.number().min(0).max(45).default(25),
  /** A distance of neighbours this many times the usual one is a missing slice. */
  maxGap: z.number().min(1).default(1.5),
  /** Slices shifted against each other, as with a tilted gantry: moved to where they stand, or read as they are. */
  gantryTilt: z.enum(["resample", "ignore"]).default("resample"),
  maxTiltDegrees: z.number().nonnegative().default(1),
  /** Which of equally thin and complete series is read. */
  kernel: z.enum(["soft", "lung"]).default("soft"),
  /** Series at most so thick are equally thin. */
  thinMm: z.number().positive().default(1.5),
  /** Slices thicker, or further apart, carry a warning. */
  thickMm: z.number().positive().default(5),
  /** Slices whose normal is further from the body's long axis than this, but not too far to be read, carry a warning. */
  obliqueDegrees: z.number().min(0).max(45).default(5),
  /** How far air may read from −1000 HU. */
  maxAirErrorHu: z.number().positive().default(75),
  /** The deviation of noise in soft tissue that is taken without a warning; sharp kernels have 50 to 100. */
  maxNoiseHu: z.number().positive().default(150),
  /** What is denser is metal, and so much of it is taken without a warning. */
  metalHu: z.number().default(2800),
  maxMetalMl: z.number().nonnegative().default(0.5),
  /** Large solid bodies denser than this hold contrast medium; so much of their cores is taken without a warning. */
  contrastHu: z.number().default(180),
  maxContrastMl: z.number().nonnegative().default(10),
  /** What becomes of a finding, by its code. Those left out are warned of; but SLICE_GAP, which refuses a study. */
  findings: z.partialRecord(z.enum(findingCodes), z.enum(["ignore", "warn", "refuse"])).default({}),
  /** Lower values, and padding, become this. */
  lowestHu: z.int().min(-32_768).max(0).default(-1024),
});

export type IntakeSettings = z.infer<typeof intakeSettingsSchema>;

export const defaultIntake: IntakeSettings = intakeSettingsSchema.parse({});

/** The defaults with these changes. @throws InputError SETTING_INVALID, naming the field at fault. */
export function intakeSettingsOf(changes: Partial<IntakeSettings> = {}): IntakeSettings {
  const parsed = intakeSettingsSchema.safeParse(changes);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = ["intake", ...(issue?.path ?? [])].join(".");
  throw new InputError("SETTING_INVALID", `${field}: ${issue?.message ?? "does not fit"}. Correct the setting.`);
}
