import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { isThere, readJson } from "../base/files.ts";
import { sha256Hex } from "../base/hash.ts";
import { type Classifier, readClassifier } from "../classifier/classifier.ts";
import type { FeatureDensity } from "../prediction/novelty/featureDensity.ts";

/** Which studies, and which of their slices, a stage runs on. */
export interface StageCondition {
  /** The stage that decides it; one before this one. */
  readonly stage: string;
  /** Its finding of the study is one of these; null: any. */
  readonly finding: readonly string[] | null;
  /** all: every slice that it saw; carried: those that it called its finding; or those that it called one of some classes. */
  readonly slices: "all" | "carried" | readonly string[];
}

/** What is told of a stage: its finding of the study, its calls of the slices, or nothing, where it only decides who passes. */
export const stageReports = ["study", "slices", "nothing"] as const;
export type StageReport = (typeof stageReports)[number];

/** A link of a chain, whatever its classifier. */
export interface ChainLink {
  /** Names its folder. */
  readonly name: string;
  /** null: the first stage, which sees every study. */
  readonly when: StageCondition | null;
  readonly report: StageReport;
}

/** CHAIN/classifier/chain.json: classifiers that run one after the other, each on what those before it passed on. */
export interface Chain {
  readonly format: "groundglass-chain/1";
  /** The first 12 hexadecimal digits of the SHA-256 of its stages. */
  readonly chainId: string;
  readonly groundglassVersion: string;
  /** In the order in which they run; the first has no condition. */
  readonly stages: readonly (ChainLink & { readonly classifierId: string })[];
  readonly intendedUse: string;
}

/** A link with its classifier opened. */
export interface ChainStage extends ChainLink {
  /** Folder of its classifier. */
  readonly folder: string;
  readonly classifier: Classifier;
  readonly onnx: Uint8Array<ArrayBuffer>;
  readonly density: FeatureDensity | null;
}

export const stageNameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/i, "a name is letters, digits and hyphens");

export const conditionSchema: z.ZodType<StageCondition> = z.strictObject({
  stage: stageNameSchema,
  finding: z.array(z.string()).min(1).nullable(),
  slices: z.union([z.enum(["all", "carried"]), z.array(z.string()).min(1)]),
});

const chainSchema: z.ZodType<Chain> = z.strictObject({
  format: z.literal("groundglass-chain/1"),
  chainId: z.string(),
  groundglassVersion: z.string(),
  stages: z
    .array(
      z.strictObject({
        name: stageNameSchema,
        when: conditionSchema.nullable(),
        report: z.enum(stageReports),
        classifierId: z.string(),
      }),
    )
    .min(2),
  intendedUse: z.string(),
});

/** Where a chain's folder keeps what. */
export function chainPaths(folder: string) {
  return {
    chain: join(folder, "chain.json"),
    stage: (name: string) => join(folder, "stages", name),
  };
}

/** Whether a folder holds a chain of classifiers, not one. */
export function isChain(folder: string): Promise<boolean> {
  return isThere(chainPaths(folder).chain);
}

/**
 * A chain and its classifiers, every file present and unchanged.
 * @throws InputError CHAIN_DAMAGED if a stage holds another classifier than the chain was made of; as readClassifier.
 */
export async function readChain(folder: string): Promise<{ chain: Chain; stages: ChainStage[] }> {
  const paths = chainPaths(folder);
  const chain = await readJson(paths.chain, chainSchema);
  const stages: ChainStage[] = [];
  for (const { name, when, report, classifierId } of chain.stages) {
    const opened = await readClassifier(paths.stage(name));
    if (opened.classifier.classifierId !== classifierId) throw damaged(paths.stage(name), name);
    stages.push({ name, when, report, folder: paths.stage(name), ...opened });
  }
  if (chain.chainId !== chainIdOf(chain.stages)) throw damaged(paths.chain, "whole");
  return { chain, stages };
}

/** The identity of a chain: what its stages are and when they run. */
export function chainIdOf(stages: Chain["stages"]): string {
  const parts = stages.map(({ name, when, report, classifierId }) => [
    name,
    when && [when.stage, when.finding, when.slices],
    report,
    classifierId,
  ]);
  return sha256Hex(JSON.stringify(parts)).slice(0, 12);
}

function damaged(path: string, what: string): InputError {
  return new InputError(
    "CHAIN_DAMAGED",
    `${path} (${what}) is not what the chain was made of. Copy the chain's folder again whole, or make it anew with groundglass chain.`,
  );
}
