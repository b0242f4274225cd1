import { join } from "node:path";
import { z } from "zod";

/** How grave a finding is: blocking ends a training unless it is accepted; serious spoils results; note should be reported. */
export const severities = ["blocking", "serious", "note"] as const;
export type Severity = (typeof severities)[number];

/** Something that the audit found wrong with a data set. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  /** What was found, in plain words, with its numbers. */
  readonly message: string;
  /** What to do. */
  readonly act: string;
  /** The cases that it is about, at most the first twenty. */
  readonly caseIds: readonly string[];
}

/** How well one thing that should not matter predicts the label. */
export interface ShortcutTest {
  /** An attribute of the studies, a column of the label file ("column: site") or a group of image features. */
  readonly attribute: string;
  readonly kind: "acquisition" | "person" | "column" | "image";
  /** The class that it tells best from the others. */
  readonly class: string;
  /** Cross-validated by subject; 0.5 is chance. */
  readonly auc: number;
  /** By permuting labels among subjects. */
  readonly p: number;
  /** Corrected by Holm for all attributes tested. */
  readonly adjustedP: number;
  /** What differs, in words. */
  readonly difference: string;
}

/** A quick model's area under the ROC curve on the user's own data, under a condition. */
export interface SelfTest {
  readonly name: "as it is" | "labels shuffled" | "lungs blanked" | "slices split without regard to subjects";
  /** Mean over classes; cross-validated. */
  readonly auc: number;
  /** Of the shuffles: the middle 95 %; null elsewhere. */
  readonly range: readonly [number, number] | null;
  /** What it says, in words. */
  readonly message: string;
}

/** DATASET/audit.json. */
export interface Audit {
  readonly format: "groundglass-audit/1";
  readonly groundglassVersion: string;
  /** Of the audited dataset.json and splits.json. */
  readonly dataset: { readonly sha256: string; readonly splitsSha256: string };
  readonly subjects: number;
  readonly studies: number;
  readonly slices: number;
  /** By severity, the gravest first. */
  readonly findings: readonly Finding[];
  /** All that were tested, the best predictor first. */
  readonly shortcuts: readonly ShortcutTest[];
  /** null where they were not asked for. */
  readonly selfTests: readonly SelfTest[] | null;
  /** What could not be tested, and why. */
  readonly notTested: readonly string[];
}

export const findingSchema: z.ZodType<Finding> = z.strictObject({
  code: z.string(),
  severity: z.enum(severities),
  message: z.string(),
  act: z.string(),
  caseIds: z.array(z.string()),
});

export const auditSchema: z.ZodType<Audit> = z.strictObject({
  format: z.literal("groundglass-audit/1"),
  groundglassVersion: z.string(),
  dataset: z.strictObject({ sha256: z.string(), splitsSha256: z.string() }),
  subjects: z.int(),
  studies: z.int(),
  slices: z.int(),
  findings: z.array(findingSchema),
  shortcuts: z.array(
    z.strictObject({
      attribute: z.string(),
      kind: z.enum(["acquisition", "person", "column", "image"]),
      class: z.string(),
      auc: z.number(),
      p: z.number(),
      adjustedP: z.number(),
      difference: z.string(),
    }),
  ),
  selfTests: z
    .array(
      z.strictObject({
        name: z.enum(["as it is", "labels shuffled", "lungs blanked", "slices split without regard to subjects"]),
        auc: z.number(),
        range: z.tuple([z.number(), z.number()]).nullable(),
        message: z.string(),
      }),
    )
    .nullable(),
  notTested: z.array(z.string()),
});

/** What run.json keeps of the audit. */
export interface RunAudit {
  readonly findings: readonly Finding[];
  /** Codes of blocking findings that the user accepted. */
  readonly overridden: readonly string[];
}

export const runAuditSchema: z.ZodType<RunAudit> = z.strictObject({
  findings: z.array(findingSchema),
  overridden: z.array(z.string()),
});

/** Where a data set or a run keeps its audit. */
export function auditPath(folder: string): string {
  return join(folder, "audit.json");
}
