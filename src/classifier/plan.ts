import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../base/errors.ts";
import { readJson } from "../base/files.ts";
import { type NetworkName, networkNames } from "../network/networkSpec.ts";

/** PLAN/plan.json: which runs make up a plan, written before the first of them. */
export interface Plan {
  readonly format: "groundglass-plan/1";
  readonly groundglassVersion: string;
  readonly dataset: { readonly path: string; readonly sha256: string };
  /** The folds that the runs are of; PLAN/splits.json holds them. */
  readonly folds: {
    readonly method: string;
    /** Whether the test sets share no subject, so that their studies can be pooled. */
    readonly areDisjoint: boolean;
    readonly count: number;
    readonly sha256: string;
  };
  /** In the order in which they are trained. */
  readonly runs: readonly PlannedRun[];
}

/** One run of a plan; it lies in PLAN/runs/NAME. */
export interface PlannedRun {
  /** Such as p-resnet18-fold0-seed1. */
  readonly name: string;
  /** What differs between runs that are compared, such as P-ResNet18; runs of one variant differ in fold and seed. */
  readonly variant: string;
  readonly network: NetworkName;
  /** Name of the pretrained file; null: random weights. */
  readonly pretrained: string | null;
  readonly fold: number;
  readonly seed: number;
}

const planSchema: z.ZodType<Plan> = z.strictObject({
  format: z.literal("groundglass-plan/1"),
  groundglassVersion: z.string(),
  dataset: z.strictObject({ path: z.string(), sha256: z.string() }),
  folds: z.strictObject({
    method: z.string(),
    areDisjoint: z.boolean(),
    count: z.int().min(1),
    sha256: z.string(),
  }),
  runs: z
    .array(
      z.strictObject({
        name: z.string(),
        variant: z.string(),
        network: z.enum(networkNames),
        pretrained: z.string().nullable(),
        fold: z.int().nonnegative(),
        seed: z.int().nonnegative(),
      }),
    )
    .min(1),
});

/** Where a plan keeps what. */
export function planPaths(plan: string) {
  return {
    plan: join(plan, "plan.json"),
    splits: join(plan, "splits.json"),
    /** What came of each run so far. */
    results: join(plan, "results.json"),
    run: (name: string) => join(plan, "runs", name),
  };
}

/** A plan. @throws InputError FILE_MISSING, FILE_INVALID. */
export function readPlan(folder: string): Promise<Plan> {
  return readJson(planPaths(folder).plan, planSchema);
}

/** What to train: every network, pretrained and not, over every fold and seed. */
export interface PlanGrid {
  readonly networks: readonly string[];
  /** Each is "none", a file, or NETWORK=FILE where there are several networks. */
  readonly pretrained: readonly string[];
  readonly folds: readonly number[];
  readonly seeds: readonly number[];
}

/** A run of a grid with the file that its weights start from. */
export interface GridRun extends PlannedRun {
  readonly pretrainedPath: string | undefined;
}

const displayNames: Readonly<Record<NetworkName, string>> = { resnet18: "ResNet18", resnet50: "ResNet50" };

/**
 * The runs of a grid, network by network, then fold by fold.
 * @throws InputError PLAN_INVALID.
 */
export function runsOfGrid({ networks, pretrained, folds, seeds }: PlanGrid): GridRun[] {
  const runs = networks.flatMap((asked) => {
    const network = networkNames.find((name) => name === asked);
    if (network === undefined) throw invalid(`"${asked}" is no network. Known: ${networkNames.join(", ")}`);
    return startsOf(network, pretrained, networks.length).flatMap((path) => {
      const prefix = path === undefined ? "UP" : "P";
      const file = path?.split(/[/\\]/).at(-1) ?? null;
      return folds.flatMap((fold) =>
        seeds.map(
          (seed): GridRun => ({
            name: `${prefix.toLowerCase()}-${network}-fold${fold}-seed${seed}`,
            variant: `${prefix}-${displayNames[network]}`,
            network,
            pretrained: file,
            fold,
            seed,
            pretrainedPath: path,
          }),
        ),
      );
    });
  });
  const names = runs.map((run) => run.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw invalid(`two runs would be ${twice}; name each network, fold, seed and file once`);
  return runs;
}

/** The weights that a network starts from, one after the other; undefined: random ones. */
function startsOf(network: NetworkName, pretrained: readonly string[], networks: number): (string | undefined)[] {
  if (pretrained.length === 0) return [undefined];
  const starts = pretrained.flatMap((entry) => {
    if (entry === "none") return [undefined];
    const owner = networkNames.find((name) => entry.startsWith(`${name}=`));
    if (owner !== undefined) return owner === network ? [entry.slice(owner.length + 1)] : [];
    if (networks === 1) return [entry];
    throw invalid(`with several networks, say whose weights "${entry}" are, as ${network}=${entry}`);
  });
  if (starts.length > 0) return starts;
  throw invalid(`${network} has no weights to start from; add "none" or ${network}=FILE to the pretrained ones`);
}

function invalid(what: string): InputError {
  return new InputError("PLAN_INVALID", `The plan cannot be made: ${what}.`);
}
