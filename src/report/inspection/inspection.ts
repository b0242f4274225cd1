import { z } from "zod";

const findingSchema = z.strictObject({ code: z.string(), message: z.string() });

const studySchema = z.strictObject({
  /** Relative to the folder that was inspected. */
  path: z.string(),
  kind: z.enum(["dicom", "nifti", "pictures", "zip", "prepared", "unreadable"]),
  /** null where it could not be told. */
  studyUid: z.string().nullable(),
  /** Why the study cannot be read; null where it can. */
  error: findingSchema.nullable(),
  /** Which series was read and why, and the runners-up; null where there is no choice. */
  series: z
    .strictObject({
      seriesUid: z.string(),
      description: z.string().nullable(),
      reason: z.string(),
      others: z
        .array(z.strictObject({ seriesUid: z.string(), description: z.string().nullable(), reason: z.string() }))
        .readonly(),
    })
    .nullable(),
  /** How it was taken, as a dataset's case has it. */
  attributes: z.record(z.string(), z.union([z.string(), z.number()])),
  /** null where lungs were not looked for. quality: 0 to 1, where the isolation scores itself. */
  lungs: z
    .strictObject({
      totalMl: z.number(),
      rightMl: z.number().nullable(),
      leftMl: z.number().nullable(),
      quality: z.number().nullable(),
    })
    .nullable(),
  /** Only of a prepared dataset. */
  label: z.string().nullable(),
  set: z.enum(["training", "validation", "test"]).nullable(),
  warnings: z.array(findingSchema).readonly(),
  /** How much it needs eyes: 0 not at all. */
  attention: z.number(),
});

const countSchema = z.strictObject({ subjects: z.int(), studies: z.int(), images: z.int() });

const splitSchema = z
  .array(
    z.strictObject({
      set: z.string(),
      total: countSchema,
      classes: z.array(countSchema.extend({ class: z.string() })).readonly(),
    }),
  )
  .readonly();

const stagesSchema = z.strictObject({
  path: z.string(),
  method: z.string(),
  sliceIndex: z.int().nonnegative(),
  sliceName: z.string(),
  /** Area of each stage's mask in the slice; null of pictures. */
  stages: z.array(z.strictObject({ name: z.string(), words: z.string(), areaMm2: z.number().nullable() })).readonly(),
});

/** The file inspection.json: every study under a folder, or of a prepared dataset, as found. Never who a patient is. */
export const inspectionSchema = z.strictObject({
  format: z.literal("groundglass-inspection/1"),
  groundglassVersion: z.string(),
  of: z.enum(["studies", "dataset"]),
  /** Those that need eyes first; then by path. */
  studies: z.array(studySchema).readonly(),
  /** Of the dataset as a whole. */
  warnings: z.array(findingSchema).readonly(),
  /** Fig 1 of the paper; null where the studies are not split. */
  split: splitSchema.nullable(),
  /** Fig 2 of the paper, of the slices that were asked for. */
  stages: z.array(stagesSchema).readonly(),
  /** Studies that the page shows in pictures. */
  pictured: z.int(),
  notice: z.string(),
});

export type Inspection = z.infer<typeof inspectionSchema>;
export type InspectedStudy = Inspection["studies"][number];
export type StudyStages = Inspection["stages"][number];
export type SplitCounts = NonNullable<Inspection["split"]>;
