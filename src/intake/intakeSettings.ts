import { z } from "zod";
import { InputError } from "../base/errors.ts";

const refuseOrWarn = z.enum(["refuse", "warn"]);

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
  /** How much larger than its archived size a file may become. */
  maxInflationRatio: z.number().positive().default(500),
  /** The part of a DICOM file before its pixels. */
  maxHeaderMb: z.number().positive().default(16),
  /** Rows, and columns. */
  maxMatrix: z.int().positive().default(4096),
  maxSlices: z.int().positive().default(4000),
  /** Of a whole volume; two bytes each. */
  maxVoxels: z.number().positive().default(1.2e9),
  /** Threads that decode slices; 0 decodes in the calling thread. */
  decodeWorkers: z.int().min(0).max(16).default(2),
  /** Until a decoding thread is given up as hung. */
  decodeTimeoutMs: z.number().positive().default(60_000),
  /** A series of fewer slices is not read. */
  minSlices: z.int().min(1).default(3),
  /** Slices whose normal is further from the body's long axis are not axial. */
  maxObliqueDegrees: z.number().min(0).max(45).default(25),
  /** A distance of neighbours this many times the usual one is a missing slice. */
  maxGap: z.number().min(1).default(1.5),
  sliceGap: refuseOrWarn.default("refuse"),
  /** Slices shifted against each other, as with a tilted gantry: moved to where they stand, refused, or read as they are. */
  gantryTilt: z.enum(["resample", "refuse", "ignore"]).default("resample"),
  maxTiltDegrees: z.number().nonnegative().default(1),
  /** A series whose slices differ in size or direction: read the largest part with a warning, or refuse. */
  mixedSeries: refuseOrWarn.default("warn"),
  /** Which of equally thin and complete series is read. */
  kernel: z.enum(["soft", "lung"]).default("soft"),
  /** A study with series of different kernels: choose one with a warning, or refuse. */
  severalKernels: refuseOrWarn.default("warn"),
  /** Series at most so thick are equally thin. */
  thinMm: z.number().positive().default(1.5),
  /** Slices thicker, or further apart, carry a warning. */
  thickMm: z.number().positive().default(5),
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
