import { z } from "zod";
import { courses } from "./course.ts";
import { manifestations } from "./lesions.ts";
import { phantomLabels } from "./planPhantoms.ts";

/** What is true of a drawn study, as `truth/<name>.json` holds it. */
export const studyTruthSchema = z.object({
  format: z.literal("groundglass-phantom-truth/1"),
  name: z.string(),
  /** Of the study's folder, relative to the set's. */
  path: z.string(),
  subject: z.string(),
  studyUid: z.string(),
  label: z.enum(phantomLabels),
  /** How the illness goes on, of subjects that are followed up. */
  course: z.enum(courses).optional(),
  /** Day of the illness (COVID-19), else 0; days from the subject's first study. */
  day: z.number(),
  daysAfterFirst: z.number(),
  /** [z, y, x] of the masks, z rising to the head, and the voxels' size. */
  shape: z.tuple([z.number(), z.number(), z.number()]),
  spacingMm: z.tuple([z.number(), z.number(), z.number()]),
  lungsMl: z.object({ right: z.number(), left: z.number() }),
  /** Millilitres of each manifestation that is there. */
  lesions: z.array(z.object({ manifestation: z.enum(manifestations), ml: z.number() })),
  masks: z.object({
    /** gzip of one byte a voxel: 0 outside, 1 right lung, 2 left lung. */
    lungs: z.string(),
    /** gzip of one byte a voxel: 0 none, 1 ground-glass opacity, 2 consolidation, 3 fibrotic streaks. */
    lesions: z.string(),
  }),
  /**
   * From the feet to the head: SOP Instance UID, the manifestation that covers most of the slice, or null, and all that it shows
   * (absent in sets drawn before this was told).
   */
  slices: z.array(
    z.object({
      uid: z.string(),
      label: z.enum(manifestations).nullable(),
      shows: z.array(z.enum(manifestations)).optional(),
    }),
  ),
});

export type StudyTruth = z.infer<typeof studyTruthSchema>;
