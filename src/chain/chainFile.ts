import { dirname, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { readText } from "../base/files.ts";
import type { TrainingOptions } from "../training/trainingSettings.ts";
import { type StageCondition, stageNameSchema, stageReports } from "./chain.ts";

const stageSchema = z
  .strictObject({
    name: stageNameSchema.describe("Names the stage and its folder."),
    dataset: z
      .string()
      .optional()
      .describe("A folder that prepare made: the stage is trained on it. Relative to this file."),
    classifier: z
      .string()
      .optional()
      .describe("A run or a classifier that is there already, instead of a dataset. Relative to this file."),
    when: z
      .strictObject({
        stage: stageNameSchema
          .optional()
          .describe("The stage that passes studies on; the one before where it is left out."),
        finding: z
          .union([z.string(), z.array(z.string()).min(1)])
          .optional()
          .describe("That stage's finding must be one of these; any where it is left out."),
        slices: z
          .union([z.enum(["all", "carried"]), z.array(z.string()).min(1)])
          .default("carried")
          .describe(
            "Of those studies: all slices, those that carried the finding, or those called one of these classes.",
          ),
      })
      .optional()
      .describe(
        "On what the stage runs. The first stage has none; another without one runs where the one before found anything.",
      ),
    report: z
      .enum(stageReports)
      .optional()
      .describe(
        "What is told: the finding of the study, the calls of the slices, or nothing. By its labels' level where it is left out.",
      ),
    training: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .optional()
      .describe(
        "Settings of the stage's training, by the names of run.json: network, pretrained, epochs, learningRate, …",
      ),
    acceptAudit: z.array(z.string()).optional().describe("Blocking findings of the audit to train in spite of."),
  })
  .refine(({ dataset, classifier }) => (dataset === undefined) !== (classifier === undefined), {
    message: "a stage names either a dataset to be trained on or a classifier",
  })
  .refine(({ dataset, training }) => dataset !== undefined || training === undefined, {
    message: "a classifier that is there already takes no training",
    path: ["training"],
  });

/** A chain as its maker writes it. */
export const chainFileSchema = z.strictObject({
  format: z.literal("groundglass-chain-file/1").optional(),
  stages: z.array(stageSchema).min(2, "a chain has two stages or more"),
});

type ChainFileSchema = z.infer<typeof chainFileSchema>;

/** A stage of a chain file, its paths found and its condition complete. */
export interface AskedStage extends Omit<ChainFileSchema["stages"][number], "when" | "training"> {
  /** null: the first. */
  readonly when: StageCondition | null;
  readonly training: TrainingOptions;
}

/** A field's place for a message: the file, the line and the field's name. */
type Where = (field: readonly (string | number)[]) => string;

/** A chain file. */
export interface ChainFile {
  readonly stages: readonly AskedStage[];
  readonly where: Where;
}

/**
 * A chain file, YAML or JSON.
 * @throws InputError FILE_MISSING; CHAIN_FILE_INVALID, naming the line and the field.
 */
export async function readChainFile(path: string): Promise<ChainFile> {
  const lines = new LineCounter();
  const document = parseDocument(await readText(path), { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const at = lines.linePos(broken.pos[0]);
    throw invalid(`${path} line ${at.line}: this is neither YAML nor JSON: ${broken.message} Correct it.`);
  }
  const lineOf = (field: readonly (string | number)[]): number => {
    for (let depth = field.length; depth >= 0; depth--) {
      const node: unknown = document.getIn(field.slice(0, depth), true);
      const range =
        typeof node === "object" && node !== null && "range" in node ? (node.range as number[] | null) : null;
      if (range) return lines.linePos(range[0]).line;
    }
    return 1;
  };
  const where: Where = (field) => `${path} line ${lineOf(field)}${field.length === 0 ? "" : `: ${field.join(".")}`}`;
  const parsed = chainFileSchema.safeParse(document.toJS());
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = (issue?.path ?? []).map((part) => (typeof part === "number" ? part : String(part)));
    const keys = issue?.code === "unrecognized_keys" ? issue.keys : [];
    const what = keys.length > 0 ? `"${keys[0]}" is no field here` : (issue?.message ?? "does not fit");
    throw invalid(
      `${where([...field, ...keys.slice(0, 1)])}: ${what}. See docs/chains.md for what a chain file holds.`,
    );
  }
  const folder = dirname(resolve(path));
  const stages = parsed.data.stages.map((stage, i) =>
    completed(stage, { i, before: parsed.data.stages.slice(0, i), folder, where }),
  );
  return { stages, where };
}

function completed(
  stage: ChainFileSchema["stages"][number],
  around: {
    readonly i: number;
    readonly before: ChainFileSchema["stages"];
    readonly folder: string;
    readonly where: Where;
  },
): AskedStage {
  const { i, before, folder, where } = around;
  const { name, dataset, classifier, when, training = {}, ...rest } = stage;
  const twice = before.findIndex((other) => other.name.toLowerCase() === name.toLowerCase());
  if (twice >= 0) {
    throw invalid(
      `${where(["stages", i, "name"])}: stage ${twice + 1} is called "${name}" too. Give each its own name.`,
    );
  }
  if (i === 0 && when !== undefined) {
    throw invalid(`${where(["stages", 0, "when"])}: the first stage sees every study and has no condition. Remove it.`);
  }
  const from = when?.stage ?? before.at(-1)?.name;
  if (i > 0 && !before.some((other) => other.name === from)) {
    throw invalid(
      `${where(["stages", i, "when", "stage"])}: no stage before this one is called "${from}". Name one of them.`,
    );
  }
  return {
    ...rest,
    name,
    ...(dataset !== undefined && { dataset: resolve(folder, dataset) }),
    ...(classifier !== undefined && { classifier: resolve(folder, classifier) }),
    when:
      from === undefined || i === 0
        ? null
        : {
            stage: from,
            finding: when?.finding === undefined ? null : [when.finding].flat(),
            slices: when?.slices ?? "carried",
          },
    training: withFileBeside(training, folder),
  };
}

/** A file of weights lies beside the chain file, or is a name. */
function withFileBeside(training: TrainingOptions, folder: string): TrainingOptions {
  const { pretrained } = training;
  return typeof pretrained === "string" && /[./\\]/.test(pretrained)
    ? { ...training, pretrained: resolve(folder, pretrained) }
    : training;
}

function invalid(message: string): InputError {
  return new InputError("CHAIN_FILE_INVALID", message);
}
