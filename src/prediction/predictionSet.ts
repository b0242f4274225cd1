import { z } from "zod";
import { readJson, writeFileWhole } from "../base/files.ts";

/** What the network says of one image. */
export interface SlicePrediction {
  /** Index of the slice in its volume, or of the picture in its study. */
  readonly sliceIndex: number;
  /** One for each class, in the set's order, summing to 1; where images may carry several, each by itself. */
  readonly probabilities: readonly number[];
  /** The image's own label where it has one, else its study's; null where neither is known. */
  readonly truth: string | null;
  /** All labels of an image that may carry several, or none; absent where they are not known. */
  readonly truths?: readonly string[] | undefined;
  /** How much the image counts among its study's, which sum to 1; only of classifiers with a study head. */
  readonly attention?: number | undefined;
}

/** What the network says of one study's images, beside what is known of the study. */
export interface StudyPrediction {
  readonly caseId: string;
  readonly studyUid: string;
  readonly subjectId: string;
  readonly truth: string | null;
  readonly slices: readonly SlicePrediction[];
  /** How the study was taken, and the label file's other columns, as in the dataset's case; nothing that names the patient. */
  readonly attributes?: Readonly<Record<string, string | number>>;
  /** How far its images lie from the training's, on average; absent where it is not known. */
  readonly distance?: number | undefined;
  /** Whether the classifier answers for it: why not, by code, and how unlike the training it is. Absent: it was not asked. */
  readonly answerability?: { readonly reasons: readonly string[]; readonly novelty: number | null } | undefined;
}

/** Predictions of one classifier for one set of a split, or for a dataset of another origin. */
export interface PredictionSet {
  readonly format: "groundglass-predictions/1";
  readonly set: "train" | "validation" | "test" | "external";
  /** Of an external set, what it is called; the other sets have none. */
  readonly name?: string | undefined;
  /** Whether the labels belong to studies or to single images. */
  readonly level: "study" | "slice";
  /** Whether an image may carry several of the classes, or none; absent: it carries one. */
  readonly labels?: "several" | undefined;
  /** In the order of every list of probabilities, which is also the study rule's order of decision. */
  readonly classes: readonly string[];
  readonly classifierId: string;
  /** What the probabilities are the mean of, beside the classifier's plain word; absent: of nothing else. */
  readonly asked?: { readonly isMirrored: boolean; readonly others: readonly string[] } | undefined;
  readonly studies: readonly StudyPrediction[];
}

const slicePredictionSchema = z.strictObject({
  sliceIndex: z.int().nonnegative(),
  probabilities: z.array(z.number().min(0).max(1.0001)),
  truth: z.string().nullable(),
  truths: z.array(z.string()).optional(),
  attention: z.number().min(0).max(1.0001).optional(),
});

const studyPredictionSchema = z.strictObject({
  caseId: z.string(),
  studyUid: z.string(),
  subjectId: z.string(),
  truth: z.string().nullable(),
  slices: z.array(slicePredictionSchema),
  attributes: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  distance: z.number().nonnegative().optional(),
  answerability: z.strictObject({ reasons: z.array(z.string()), novelty: z.number().nullable() }).optional(),
});

export const predictionSetSchema = z
  .strictObject({
    format: z.literal("groundglass-predictions/1"),
    set: z.enum(["train", "validation", "test", "external"]),
    name: z.string().min(1).optional(),
    level: z.enum(["study", "slice"]),
    labels: z.literal("several").optional(),
    classes: z.array(z.string()).min(2),
    classifierId: z.string(),
    asked: z.strictObject({ isMirrored: z.boolean(), others: z.array(z.string()) }).optional(),
    studies: z.array(studyPredictionSchema),
  })
  .refine(({ set, name }) => (set === "external") === (name !== undefined), {
    message: "an external set has a name, and no other set has one",
    path: ["name"],
  })
  .refine((set) => set.studies.every((study) => fits(study, set.classes)), {
    message: "a study's truth or its number of probabilities does not fit the classes",
    path: ["studies"],
  });

/** How much each of a study's images counts; undefined where it is not known of all. */
export function attentionTo(slices: readonly { readonly attention?: number | undefined }[]): number[] | undefined {
  const known = slices.flatMap(({ attention }) => attention ?? []);
  return known.length === slices.length && known.length > 0 ? known : undefined;
}

/** The predictions in a file of a run. @throws InputError FILE_MISSING, FILE_INVALID. */
export function readPredictionSet(path: string): Promise<PredictionSet> {
  return readJson(path, predictionSetSchema);
}

/** Writes predictions whole, one study on one line. @throws as writeFileWhole. */
export function writePredictionSet(path: string, set: PredictionSet): Promise<void> {
  const { studies, ...head } = set;
  const opening = JSON.stringify({ ...head, studies: [] }, null, 2).replace(/\[\]\s*\}$/, "[");
  const lines = studies.map((study) => `    ${JSON.stringify(study)}`);
  return writeFileWhole(path, `${opening}\n${lines.join(",\n")}\n  ]\n}\n`);
}

function fits(study: StudyPrediction, classes: readonly string[]): boolean {
  const isClass = (truth: string | null) => truth === null || classes.includes(truth);
  return (
    isClass(study.truth) &&
    study.slices.every(
      ({ truth, truths = [], probabilities }) =>
        [truth, ...truths].every(isClass) && probabilities.length === classes.length,
    )
  );
}
