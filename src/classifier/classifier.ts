import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { isThere, readBytes, readJson } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import { type NetworkSpec, networkSpecSchema } from "../network/networkSpec.ts";
import { decodeSafetensors } from "../network/safetensors.ts";
import type { StateDict } from "../network/stateDict.ts";
import { type Analysable, analysableSchema } from "../prediction/analysable.ts";
import { type Calibration, calibrationSchema } from "../prediction/calibration.ts";
import type { AttributeRange } from "../prediction/novelty/attributeExcess.ts";
import { decodeDensity, type FeatureDensity } from "../prediction/novelty/featureDensity.ts";
import { type OperatingPoint, operatingPointSchema } from "../prediction/operatingPoint.ts";
import type { StudyDecision } from "../prediction/studyFinding.ts";
import { type StudyRule, studyRuleSchema } from "../prediction/studyRule.ts";
import { locatedRecipe, portableRecipe } from "../slices/recipeFiles.ts";
import { type SliceRecipe, sliceRecipeSchema } from "../slices/sliceRecipe.ts";
import { type TrainingSettings, trainingSettingsSchema } from "../training/trainingSettings.ts";

/** Everything that turns a study into a finding, but for the weights, which lie beside it. */
export interface Classifier {
  readonly format: "groundglass-classifier/1";
  /** The first 12 hexadecimal digits of the SHA-256 of weights, recipe, study rule and, where there are some, calibration and operating point. */
  readonly classifierId: string;
  /** In the order of the network's outputs, which is also the study rule's order of decision. */
  readonly classes: readonly string[];
  readonly recipe: SliceRecipe;
  readonly network: NetworkSpec;
  readonly studyRule: StudyRule;
  /** How probabilities are calibrated; null: they are not. */
  readonly calibration: Calibration | null;
  /** What a finding follows instead of the study rule's own decision; null: it follows the rule. */
  readonly operatingPoint: OperatingPoint | null;
  /** What the training cases' attributes spanned: numbers by their extremes, words by the ones that occurred. */
  readonly ranges: Readonly<Record<string, AttributeRange>>;
  /** What a study must be like to be answered for; null: a classifier of before this was asked, which answers always. */
  readonly analysable: Analysable | null;
  readonly provenance: Provenance;
  readonly intendedUse: string;
  /** SHA-256 of each file of the folder. */
  readonly files: Readonly<Record<ClassifierFile, string>> & { readonly [densityFile]?: string | undefined };
}

/** Where a classifier comes from. */
export interface Provenance {
  readonly groundglassVersion: string;
  /** SHA-256 of the dataset's dataset.json. */
  readonly datasetSha256: string;
  /** How much it was trained on. */
  readonly trainedOn: { readonly subjects: number; readonly studies: number; readonly slices: number };
  readonly settings: TrainingSettings;
  readonly weights: WeightsReport;
  /** Counted from 1. */
  readonly bestEpoch: number;
  /** Share of the validation images that the best epoch got right. */
  readonly validationAccuracy: number;
  /** ISO 8601, where the caller passed a clock. */
  readonly createdAt?: string;
}

/** Which of the network's weights were random at the start and which came from a file. */
export interface WeightsReport {
  /** Name of the pretrained file without its folder; null: random weights. */
  readonly file: string | null;
  readonly sha256: string | null;
  readonly loaded: readonly string[];
  /** Weights that the file lacks; they started random. */
  readonly missing: readonly string[];
  /** What the file holds and the network has no place for. */
  readonly leftOver: readonly string[];
}

/** The files beside classifier.json. */
export const classifierFiles = ["network.onnx", "weights.safetensors"] as const;

export type ClassifierFile = (typeof classifierFiles)[number];

/** Where the training's features lie; older classifiers have none. */
export const densityFile = "familiar.safetensors";

export const weightsReportSchema: z.ZodType<WeightsReport> = z.strictObject({
  file: z.string().nullable(),
  sha256: z.string().nullable(),
  loaded: z.array(z.string()),
  missing: z.array(z.string()),
  leftOver: z.array(z.string()),
});

const provenanceSchema: z.ZodType<Provenance> = z.strictObject({
  groundglassVersion: z.string(),
  datasetSha256: z.string(),
  trainedOn: z.strictObject({ subjects: z.int(), studies: z.int(), slices: z.int() }),
  settings: trainingSettingsSchema,
  weights: weightsReportSchema,
  bestEpoch: z.int().min(1),
  validationAccuracy: z.number().min(0).max(1),
  createdAt: z.string().optional(),
});

export const classifierSchema: z.ZodType<Classifier> = z
  .strictObject({
    format: z.literal("groundglass-classifier/1"),
    classifierId: z.string(),
    classes: z.array(z.string()).min(2),
    recipe: sliceRecipeSchema,
    network: networkSpecSchema,
    studyRule: studyRuleSchema,
    calibration: calibrationSchema.nullable().default(null),
    operatingPoint: operatingPointSchema.nullable().default(null),
    ranges: z.record(z.string(), z.union([z.strictObject({ min: z.number(), max: z.number() }), z.array(z.string())])),
    analysable: analysableSchema.nullable().default(null),
    provenance: provenanceSchema,
    intendedUse: z.string(),
    files: z.strictObject({
      "network.onnx": z.string(),
      "weights.safetensors": z.string(),
      [densityFile]: z.string().optional(),
    }),
  })
  .refine(({ classes, network }) => network.classes === classes.length, {
    message: "the network has another number of outputs than there are classes",
    path: ["network", "classes"],
  })
  .refine(({ classes, studyRule }) => JSON.stringify(classes) === JSON.stringify(studyRule.classes), {
    message: "the study rule's classes are not the classifier's, or in another order",
    path: ["studyRule", "classes"],
  })
  .refine(({ classes, operatingPoint }) => operatingPoint === null || classes.includes(operatingPoint.class), {
    message: "the operating point is for none of the classes",
    path: ["operatingPoint", "class"],
  })
  .refine(({ classes, calibration }) => hasCurves(calibration, classes.length), {
    message: "an isotonic calibration has not one curve for each class",
    path: ["calibration"],
  });

function hasCurves(calibration: Calibration | null, classes: number): boolean {
  const maps = [calibration?.slices, calibration?.studies];
  return maps.every((map) => map?.kind !== "isotonic" || map.curves.length === classes);
}

/**
 * A classifier and its network, every file present and unchanged.
 *
 * onnx: the network as an ONNX model, input "images", outputs "logits", "probabilities" and, beside a density, "features".
 * density: where the training's features lie; null in classifiers of before it was kept.
 * @throws InputError CLASSIFIER_INCOMPLETE if a file is missing; CLASSIFIER_DAMAGED if one is not as it was written;
 * FILE_INVALID if classifier.json does not fit.
 */
export async function readClassifier(
  folder: string,
): Promise<{ classifier: Classifier; onnx: Uint8Array<ArrayBuffer>; density: FeatureDensity | null }> {
  for (const name of ["classifier.json", ...classifierFiles]) {
    if (await isThere(join(folder, name))) continue;
    throw new InputError(
      "CLASSIFIER_INCOMPLETE",
      `${folder} lacks ${name}; a classifier is a folder with classifier.json, ${classifierFiles.join(" and ")}. Name the folder "classifier" of a finished run, or copy it again whole.`,
    );
  }
  const classifier = await readJson(join(folder, "classifier.json"), classifierSchema);
  const onnx = await readIntact(folder, "network.onnx", classifier);
  const weights = await readIntact(folder, "weights.safetensors", classifier);
  if (classifier.classifierId !== classifierIdOf(sha256Hex(weights), classifier.recipe, classifier)) {
    throw damaged(folder, "classifier.json");
  }
  const hasDensity = classifier.files[densityFile] !== undefined;
  const density = hasDensity ? decodeDensity(await readIntact(folder, densityFile, classifier)) : null;
  return { classifier: { ...classifier, recipe: locatedRecipe(classifier.recipe, folder) }, onnx, density };
}

/**
 * A classifier's weights by torchvision's names, unchanged since they were written.
 * @throws InputError CLASSIFIER_DAMAGED; as readClassifier.
 */
export async function readClassifierWeights(folder: string, classifier: Classifier): Promise<StateDict> {
  return decodeSafetensors(await readIntact(folder, "weights.safetensors", classifier)).state;
}

/** What decides a study's finding, and whether there is one. */
export interface ClassifierDecision extends StudyDecision {
  readonly analysable: Analysable | null;
}

/**
 * The identity of a classifier: what it was decides what it says. weightsSha256: of weights.safetensors. Calibration,
 * operating point and what is analysable count where there are some, so that a classifier of before they existed keeps its
 * identity.
 */
export function classifierIdOf(weightsSha256: string, recipe: SliceRecipe, decision: ClassifierDecision): string {
  const { studyRule, calibration, operatingPoint, analysable } = decision;
  const parts = [weightsSha256, sorted(portableRecipe(recipe)), sorted(studyRule)];
  if (calibration !== null || operatingPoint !== null) parts.push(sorted(calibration), sorted(operatingPoint));
  if (analysable !== null) parts.push(sorted(analysable));
  return sha256Hex(JSON.stringify(parts)).slice(0, 12);
}

async function readIntact(folder: string, name: ClassifierFile | typeof densityFile, classifier: Classifier) {
  const bytes = await readBytes(join(folder, name));
  if (sha256Hex(bytes) !== classifier.files[name]) throw damaged(folder, name);
  return bytes;
}

function damaged(folder: string, name: string): InputError {
  return new InputError(
    "CLASSIFIER_DAMAGED",
    `${join(folder, name)} is not as it was written when the classifier was made. Copy the classifier again, or train anew.`,
  );
}

/** The value with every object's keys in alphabetical order, so that its JSON does not hang on how it was built. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, sorted(item)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
