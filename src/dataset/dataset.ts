import { join } from "node:path";
import { z } from "zod";
import { type SliceRecipe, sliceRecipeSchema } from "../slices/sliceRecipe.ts";
import type { Warning } from "../study/warning.ts";

/** One labelled study, prepared. */
export interface Case {
  /** From the study's path in the data folder; names its prepared files. */
  readonly caseId: string;
  /** Relative to the data folder. */
  readonly path: string;
  /** A digest, never the patient's ID itself. */
  readonly subjectId: string;
  readonly studyUid: string;
  /** null where labels belong to slices. */
  readonly label: string | null;
  /** By sliceIndex; only where labels belong to slices. Lists, which may be empty, where a slice may carry several. */
  readonly sliceLabels?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** The label file's other columns (sex, age, site …) that name nobody; absent where it has none. */
  readonly columns?: Readonly<Record<string, string | number>> | undefined;
  readonly prepared: PreparedSummary;
}

/** What preparing a study found, without anything that names the patient. */
export interface PreparedSummary {
  /** How many slices were kept. */
  readonly slices: number;
  /** SHA-256 of their pixels. */
  readonly pixelsSha256: string;
  readonly lungsMl: number | null;
  /** How the study was taken, as studyAttributes lists it. */
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly warnings: readonly Warning[];
}

/** DATASET/dataset.json, written last: labelled studies with their prepared slices beside it. */
export interface Dataset {
  readonly format: "groundglass-dataset/1";
  readonly groundglassVersion: string;
  readonly level: "study" | "slice";
  /** Whether a slice may carry several of the classes, or none; absent: it carries one. */
  readonly labels?: "several" | undefined;
  /** In the order of decision; the last is what the study rule falls back on. */
  readonly classes: readonly string[];
  readonly recipe: SliceRecipe;
  /** Of the dataset as a whole; what a single study showed is in its case. */
  readonly warnings: readonly Warning[];
  /** In the order of the label file. */
  readonly cases: readonly Case[];
  /** Studies that could not be read. */
  readonly excluded: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}

export const warningsSchema = z.array(z.strictObject({ code: z.string(), message: z.string() }));
export const attributesSchema = z.record(z.string(), z.union([z.string(), z.number()]));

const caseSchema: z.ZodType<Case> = z.strictObject({
  caseId: z.string().regex(/^case-[0-9a-f]{12}$/),
  path: z.string(),
  subjectId: z.string(),
  studyUid: z.string(),
  label: z.string().nullable(),
  sliceLabels: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
  columns: attributesSchema.optional(),
  prepared: z.strictObject({
    slices: z.int().nonnegative(),
    pixelsSha256: z.string(),
    lungsMl: z.number().nullable(),
    attributes: attributesSchema,
    warnings: warningsSchema,
  }),
});

export const datasetSchema: z.ZodType<Dataset> = z
  .strictObject({
    format: z.literal("groundglass-dataset/1"),
    groundglassVersion: z.string(),
    level: z.enum(["study", "slice"]),
    labels: z.literal("several").optional(),
    classes: z.array(z.string()).min(2),
    recipe: sliceRecipeSchema,
    warnings: warningsSchema,
    cases: z.array(caseSchema).min(1),
    excluded: z.array(z.strictObject({ path: z.string(), code: z.string(), message: z.string() })),
  })
  .refine(({ cases }) => new Set(cases.map((one) => one.caseId)).size === cases.length, {
    path: ["cases"],
    message: "two cases have the same caseId",
  })
  .refine(({ cases, classes }) => cases.every((one) => labelsOf(one).every((label) => classes.includes(label))), {
    path: ["cases"],
    message: "a case has a label that is none of the classes",
  });

/** Where a dataset keeps what. */
export function datasetPaths(folder: string) {
  return {
    dataset: join(folder, "dataset.json"),
    splits: join(folder, "splits.json"),
    prepared: join(folder, "prepared"),
    caseFile: (caseId: string) => join(folder, "prepared", `${caseId}.json`),
    pixels: (caseId: string) => join(folder, "prepared", `${caseId}.u8`),
    lungs: (caseId: string) => join(folder, "prepared", `${caseId}.lungs.gz`),
    whole: (caseId: string) => join(folder, "prepared", `${caseId}.whole.u8`),
  };
}

/** All labels that a case carries. */
export function labelsOf(one: Pick<Case, "label" | "sliceLabels">): string[] {
  return one.label === null ? Object.values(one.sliceLabels ?? {}).flat() : [one.label];
}
