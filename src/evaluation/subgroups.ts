import { z } from "zod";
import { createRandom } from "../base/random.ts";
import { estimateSchema, shareOfSubjects } from "../statistics/estimate.ts";
import type { Resampling } from "../statistics/resampling.ts";
import { adjustAll } from "./adjustAll.ts";
import { classShares, countsOfSubjects, overallShare, shareOfEach } from "./confusion.ts";
import type { Items } from "./items.ts";
import { type Grouping, groupByTrait, type Traits } from "./traits.ts";

const groupSchema = z.strictObject({
  group: z.string(),
  n: z.int(),
  subjects: z.int(),
  overallAccuracy: estimateSchema,
  /** Of the class decided first, against the rest. */
  sensitivity: estimateSchema,
  specificity: estimateSchema,
});

const subgroupSchema = z.strictObject({
  trait: z.string(),
  by: z.string(),
  /** Items of which the trait is not known. */
  unknown: z.int(),
  groups: z.array(groupSchema).readonly(),
  difference: z.strictObject({
    /** Of no difference in overall accuracy between groups whose classes are the same; null where it cannot be tested. */
    p: z.number().nullable(),
    /** Holm's correction over all traits. */
    adjustedP: z.number().nullable(),
    permutations: z.int(),
    reason: z.string().optional(),
  }),
});

export const subgroupsSchema = z.array(subgroupSchema).readonly();

/** Results apart for each group of a trait, such as scanners or ages. */
export type Subgroups = z.infer<typeof subgroupsSchema>;
type Subgroup = Subgroups[number];

export interface SubgroupOptions {
  readonly resampling: Resampling;
  readonly seed: number;
  readonly what: "images" | "studies";
  readonly permutations?: number;
}

/**
 * Overall accuracy, sensitivity and specificity in each group of each trait that divides the items, with 95 % intervals over
 * subjects and a test for difference: subjects' groups are permuted among subjects of the same true class, so that a group
 * is not blamed for holding the harder class. Holm's correction over the traits.
 *
 * traits: one for each item.
 */
export function subgroups(items: Items, traits: readonly (Traits | undefined)[], options: SubgroupOptions): Subgroup[] {
  const names = [...new Set(traits.flatMap((one) => Object.keys(one ?? {})))];
  const found = names.flatMap((trait) => groupByTrait(trait, traits) ?? []);
  const tested = found.map((grouping) => ({ grouping, test: permute(items, grouping, options) }));
  const adjusted = adjustAll(tested.map(({ test }) => test.p));
  return tested.map(({ grouping, test }, i) => ({
    trait: grouping.trait,
    by: grouping.by,
    unknown: grouping.groupOf.filter((group) => group < 0).length,
    groups: grouping.groups.map((_, group) => resultOf(items, grouping, { ...options, group })),
    difference: { ...test, adjustedP: adjusted[i] },
  }));
}

function resultOf(items: Items, grouping: Grouping, options: SubgroupOptions & { group: number }) {
  const { resampling, what, group } = options;
  const { classes } = items;
  const inGroup = [...items.truth.keys()].filter((i) => grouping.groupOf[i] === group);
  const part = {
    ...items,
    subjectOf: Int32Array.from(inGroup, (i) => items.subjectOf[i]),
    truth: Int32Array.from(inGroup, (i) => items.truth[i]),
    predicted: Int32Array.from(inGroup, (i) => items.predicted[i]),
  };
  const counts = countsOfSubjects(part);
  const [sensitivity, specificity] = classShares(classes, 0, what);
  const [overall, first, rest] = [overallShare(classes, what), sensitivity, specificity].map((share) => {
    const { numerators, denominators } = shareOfEach(share, counts, classes.length);
    return shareOfSubjects(numerators, denominators, { resampling, absent: `${share.absent} in this group` });
  });
  return {
    group: grouping.groups[group],
    n: inGroup.length,
    subjects: new Set(part.subjectOf).size,
    overallAccuracy: overall,
    sensitivity: first,
    specificity: rest,
  };
}

/** One subject of one true class, as the test sees it. */
interface TestedSubject {
  readonly group: number;
  readonly right: number;
  readonly count: number;
}

function permute(
  items: Items,
  grouping: Grouping,
  options: SubgroupOptions,
): Omit<Subgroup["difference"], "adjustedP"> {
  const { seed, permutations = 2000 } = options;
  const strata = strataOf(items, grouping);
  const isMovable = strata.some((stratum) => new Set(stratum.map((subject) => subject.group)).size > 1);
  if (!isMovable) {
    const reason = "the groups hold different classes, so a difference between groups is one between classes";
    return { p: null, permutations: 0, reason };
  }
  const groups = grouping.groups.length;
  const observed = spreadOf(strata, (stratum) => stratum.map((subject) => subject.group), groups);
  const random = createRandom(seed).fork("subgroups").fork(grouping.trait);
  let asFar = 0;
  for (let i = 0; i < permutations; i++) {
    const shuffled = (stratum: readonly TestedSubject[]) => random.shuffled(stratum.map((subject) => subject.group));
    if (spreadOf(strata, shuffled, groups) >= observed - 1e-12) asFar++;
  }
  return { p: (1 + asFar) / (1 + permutations), permutations };
}

/** Subjects by true class, each in the group that most of its items of that class are in. */
function strataOf(items: Items, { groupOf, groups }: Grouping): TestedSubject[][] {
  const found = items.classes.map(() => new Map<number, { right: number; in: number[] }>());
  for (let i = 0; i < items.truth.length; i++) {
    if (groupOf[i] < 0) continue;
    const stratum = found[items.truth[i]];
    const subject = stratum.get(items.subjectOf[i]) ?? { right: 0, in: groups.map(() => 0) };
    stratum.set(items.subjectOf[i], subject);
    subject.right += Number(items.predicted[i] === items.truth[i]);
    subject.in[groupOf[i]]++;
  }
  return found.map((stratum) =>
    [...stratum.values()].map(({ right, in: own }) => ({
      group: own.indexOf(Math.max(...own)),
      right,
      count: own.reduce((sum, one) => sum + one, 0),
    })),
  );
}

/** How far the groups' accuracies lie from each other, within each class: Σ n (share right in the group − share right)². */
function spreadOf(
  strata: readonly (readonly TestedSubject[])[],
  groupsOf: (stratum: readonly TestedSubject[]) => readonly number[],
  groups: number,
): number {
  const right = new Float64Array(groups);
  const count = new Float64Array(groups);
  const expected = new Float64Array(groups);
  for (const stratum of strata) {
    const own = groupsOf(stratum);
    const all = stratum.reduce((sum, subject) => sum + subject.count, 0);
    const share = all === 0 ? 0 : stratum.reduce((sum, subject) => sum + subject.right, 0) / all;
    for (const [s, subject] of stratum.entries()) {
      right[own[s]] += subject.right;
      count[own[s]] += subject.count;
      expected[own[s]] += share * subject.count;
    }
  }
  let spread = 0;
  for (let g = 0; g < groups; g++) if (count[g] > 0) spread += (right[g] - expected[g]) ** 2 / count[g];
  return spread;
}
