import { z } from "zod";
import { estimateSchema } from "../statistics/estimate.ts";
import { resampleSubjects } from "../statistics/resampling.ts";
import { toItems } from "./items.ts";
import { commonRows, type KeyedRow } from "./keyedItems.ts";
import { subgroupDifferenceSchema, subgroups } from "./subgroups.ts";
import type { Traits } from "./traits.ts";

const subgroupSchema = z.strictObject({
  trait: z.string(),
  by: z.string(),
  /** Items of which the trait is not known. */
  unknown: z.int(),
  groups: z
    .array(
      z.strictObject({
        group: z.string(),
        n: z.int(),
        subjects: z.int(),
        /** In the order of the comparison's networks. */
        networks: z
          .array(
            z.strictObject({
              overallAccuracy: estimateSchema,
              /** Of the class decided first, against the rest. */
              sensitivity: estimateSchema,
              specificity: estimateSchema,
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
  /** Of each network, whether its accuracy differs between the groups. */
  differences: z.array(subgroupDifferenceSchema).readonly(),
});

export const subgroupComparisonSchema = z.strictObject({
  what: z.enum(["images", "studies"]),
  /** Items that all networks were asked about: each group holds the same ones for each network. */
  n: z.int(),
  networks: z.array(z.string()).readonly(),
  traits: z.array(subgroupSchema).readonly(),
});

/** The results of several networks in the same groups of the same items. */
export type SubgroupComparison = z.infer<typeof subgroupComparisonSchema>;

/**
 * Each network's results in each group of each trait, over the items that all networks were asked about, with 95 % intervals
 * over subjects, and for each network a test of whether its accuracy differs between groups (Holm's correction over the
 * traits of a network).
 *
 * rows: of each network. traits: of each case.
 */
export function compareSubgroups(
  networks: readonly { readonly network: string; readonly rows: readonly KeyedRow[] }[],
  options: {
    readonly classes: readonly string[];
    readonly traits: ReadonlyMap<string, Traits>;
    readonly what: "images" | "studies";
    readonly resamples: number;
    readonly seed: number;
  },
): SubgroupComparison {
  const { classes, what, seed } = options;
  const common = commonRows(networks.map(({ rows }) => rows));
  const [first = []] = common;
  const traits = first.map(({ caseId }) => options.traits.get(caseId));
  const subjects = new Set(first.map(({ subjectId }) => subjectId)).size;
  const resampling = resampleSubjects(subjects, options);
  const each = common.map((rows) => subgroups(toItems(classes, rows), traits, { resampling, seed, what }));
  const names = networks.map(({ network }) => network);
  const found = (each[0] ?? []).map(({ trait, by, unknown, groups }, t) => ({
    ...{ trait, by, unknown },
    groups: groups.map(({ group, n, subjects: own }, g) => ({
      ...{ group, n, subjects: own },
      networks: each.flatMap((all) => {
        const one = all[t]?.groups[g];
        if (one === undefined) return [];
        const { overallAccuracy, sensitivity, specificity } = one;
        return [{ overallAccuracy, sensitivity, specificity }];
      }),
    })),
    differences: each.flatMap((all) => all[t]?.difference ?? []),
  }));
  return { what, n: first.length, networks: names, traits: found };
}
