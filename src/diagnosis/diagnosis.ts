import { z } from "zod";
import { operatingPointSchema } from "../prediction/operatingPoint.ts";
import { type StudyRule, studyRuleSchema } from "../prediction/studyRule.ts";
import { scopeSchema } from "../scope/scope.ts";
import { sincePriorSchema } from "./followUp.ts";

const probabilitiesSchema = z.array(z.number().min(0).max(1.0001)).readonly();

/** The finding of a study that the classifier does not answer for. */
export const notAnalysable = "not analysable";

const warningSchema = z.strictObject({ code: z.string(), message: z.string() });

/** Whether the classifier answers for the study, and what it rests on. */
const answerabilitySchema = z.strictObject({
  /** false: the finding is "not analysable", and nothing is said of probabilities. */
  isAnswered: z.boolean(),
  /** Why not; with isAnswered, reasons in spite of which an answer was asked for. */
  reasons: z.array(warningSchema).readonly(),
  /** How unlike the training the study is, about 1 is usual; null where it is not known. */
  novelty: z.number().nullable(),
  /** Above it a study is unlike, which usual studies are at most this often; null where the classifier has no limit. */
  limit: z.number().nullable(),
  promisedRate: z.number().nullable(),
});

const sliceSchema = z.strictObject({
  /** Index in the study, from the feet to the head; of pictures, their order. */
  sliceIndex: z.int().nonnegative(),
  /** SOP Instance UID or file name. */
  name: z.string(),
  /** Height in the patient, z in LPS; null for pictures. */
  positionMm: z.number().nullable(),
  /** In the order of the classes; empty where the study is not analysable. */
  probabilities: probabilitiesSchema,
  /** How much the slice counts among the study's, which sum to 1; only of classifiers with a study head. */
  attention: z.number().min(0).max(1.0001).optional(),
});

/** Where the network saw what is sought in a slice. */
const heatSchema = z.strictObject({
  sliceIndex: z.int().nonnegative(),
  /** The hottest place in the patient, LPS [x, y, z]; null for pictures and where there is no heat. */
  hottestMm: z.tuple([z.number(), z.number(), z.number()]).readonly().nullable(),
  /** The share of the heat in the lungs; null where they are not known. */
  shareInLungs: z.number().nullable(),
});

/** A further stage of a chain, on what the stages before it passed on. */
const chainStageSchema = z.strictObject({
  name: z.string(),
  classifierId: z.string(),
  network: z.string(),
  classes: z.array(z.string()).readonly(),
  /** Whether a slice may show several of the classes, or none. */
  labels: z.literal("several").nullable(),
  /** On what it runs, as a sentence. */
  condition: z.string(),
  /** What the chain's maker wants told: its finding, its calls of the slices, or nothing. */
  report: z.enum(["study", "slices", "nothing"]),
  /** Whether any slice was passed on to it. */
  isReached: z.boolean(),
  /** A class; several joined by " + "; null where nothing was passed on. */
  finding: z.string().nullable(),
  explanation: z.string(),
  probabilities: probabilitiesSchema,
  isCalibrated: z.boolean(),
  /** Share of the slices that it saw which it called each class. */
  fractions: probabilitiesSchema,
  /** The slices that it saw. */
  slices: z.array(sliceSchema).readonly(),
  /** The slices that show each class best. */
  keySlices: z.array(z.strictObject({ class: z.string(), sliceIndex: z.int().nonnegative() })).readonly(),
  /** Of each key slice once, where the network saw the most probable of the classes that it is shown for; null as the study's. */
  heat: z
    .array(z.strictObject({ class: z.string(), ...heatSchema.shape }))
    .readonly()
    .nullable()
    .default(null),
});

/** The first stage is the diagnosis itself; here are those that follow, none where the study is not analysable. */
const chainSchema = z.strictObject({ chainId: z.string(), stages: z.array(chainStageSchema).readonly() });

/** The file diagnosis.json: what a classifier says of one study, and what it rests on. Never who the patient is. */
export const diagnosisSchema = z.strictObject({
  format: z.literal("groundglass-diagnosis/1"),
  groundglassVersion: z.string(),
  study: z.strictObject({
    studyUid: z.string(),
    /** null for files that are no DICOM. */
    seriesUid: z.string().nullable(),
    /** Why this series was read. */
    reason: z.string().nullable(),
    /** How many slices the series has, and how many of them the network saw. */
    slices: z.int(),
    slicesSeen: z.int(),
    /** How the study was taken, as a dataset's case has it. */
    attributes: z.record(z.string(), z.union([z.string(), z.number()])),
  }),
  classes: z.array(z.string()).readonly(),
  /** A class; several joined by " + ", where an image may show several; or "not analysable". */
  finding: z.string(),
  answerability: answerabilitySchema.default({
    isAnswered: true,
    reasons: [],
    novelty: null,
    limit: null,
    promisedRate: null,
  }),
  /** One sentence: how the rule came to the finding. */
  explanation: z.string(),
  /** The study's by the rule, in the order of the classes; calibrated where the classifier is. Empty: not analysable. */
  probabilities: probabilitiesSchema,
  isCalibrated: z.boolean().default(false),
  /** Share of the slices whose most probable class it is, in the order of the classes. */
  fractions: probabilitiesSchema,
  studyRule: studyRuleSchema as z.ZodType<StudyRule>,
  /** What the finding follows instead of the study rule's own decision; null: it follows the rule. */
  operatingPoint: operatingPointSchema.nullable().default(null),
  /** Where the finding shows best: up to six, spread over the body, from the head to the feet. */
  keySlices: z.array(sliceSchema).readonly(),
  /** Of each key slice, where the network saw the finding; null: it was not asked, or the weights are not at hand. */
  heat: z.array(heatSchema).readonly().nullable().default(null),
  /** Every slice that the network saw, from the feet to the head. */
  slices: z.array(sliceSchema).readonly(),
  /** null for pictures and where the recipe isolates no lungs. */
  lungs: z.strictObject({ rightMl: z.number(), leftMl: z.number() }).nullable(),
  /** How much of the lungs is diseased, by density; null for pictures and where the recipe isolates no lungs. */
  scope: scopeSchema.nullable().default(null),
  /**
   * By the slices' decisions: of the lungs of each third, the share that lies in slices called each class, in the order of the
   * classes. null where the scope is, and where nothing is said of probabilities.
   */
  decisionsByZone: z
    .array(z.strictObject({ zone: z.enum(["all", "upper", "middle", "lower"]), shares: probabilitiesSchema }))
    .readonly()
    .nullable()
    .default(null),
  /** What changed since the prior study; null: none was given. */
  change: sincePriorSchema.nullable().default(null),
  /** What the further stages of a chain say; null: the classifier is no chain. */
  chain: chainSchema.nullable().default(null),
  warnings: z.array(warningSchema).readonly(),
  classifier: z.strictObject({
    classifierId: z.string(),
    network: z.string(),
    groundglassVersion: z.string(),
    intendedUse: z.string(),
    /** Whether probabilities are means over each slice and its mirror image. */
    isMirrored: z.boolean().default(false),
    /** Ids of other classifiers that were asked too: probabilities are means over all. */
    others: z.array(z.string()).readonly().default([]),
  }),
  /** How long each stage took. */
  timingsMs: z.strictObject({
    opening: z.number(),
    reading: z.number(),
    preparing: z.number(),
    predicting: z.number(),
    /** Of the heat maps, and of the further stages of a chain. */
    explaining: z.number().default(0),
    /** Of the scope. */
    measuring: z.number().default(0),
    total: z.number(),
  }),
  notice: z.string(),
});

/** The index of the class that pictures and curves are of: the finding, or, of several found, the one in most slices. */
export function shownClass(
  classes: readonly string[],
  { finding, fractions }: { readonly finding: string; readonly fractions: readonly number[] },
): number {
  const index = classes.indexOf(finding);
  return index >= 0 ? index : Math.max(0, fractions.indexOf(Math.max(...fractions)));
}

/** What a classifier says of one study. */
export type Diagnosis = z.infer<typeof diagnosisSchema>;
export type DiagnosedSlice = Diagnosis["slices"][number];
