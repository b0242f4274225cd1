import { z } from "zod";
import { createRandom, type Random } from "../base/random.ts";
import { countShare, estimateSchema, shareEstimate } from "../statistics/estimate.ts";
import { type Resampling, weightsOf } from "../statistics/resampling.ts";
import { jackknifeValues, ratioStatistic } from "../statistics/statistic.ts";
import { adjustAll } from "./adjustAll.ts";
import { classShares, countsOfSubjects, overallShare, ratio, shareOfEach } from "./confusion.ts";
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

export const subgroupDifferenceSchema = z.strictObject({
  /** Of no difference in overall accuracy between groups whose classes are the same; null where it cannot be tested. */
  p: z.number().nullable(),
  /** Holm's correction over all traits. */
  adjustedP: z.number().nullable(),
  permutations: z.int(),
  reason: z.string().optional(),
});

const subgroupSchema = z.strictObject({
  trait: z.string(),
  by: z.string(),
  /** Items of which the trait is not known. */
  unknown: z.int(),
  groups: z.array(groupSchema).readonly(),
  difference: subgroupDifferenceSchema,
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
  const members = Int32Array.from(new Set(part.subjectOf));
  const [sensitivity, specificity] = classShares(classes, 0, what);
  const [overall, first, rest] = [overallShare(classes, what), sensitivity, specificity].map((share) => {
    const all = shareOfEach(share, counts, classes.length);
    const numerators = Float64Array.from(members, (subject) => all.numerators[subject]);
    const denominators = Float64Array.from(members, (subject) => all.denominators[subject]);
    const resampled = resampledShare(numerators, denominators, { members, resampling });
    const jackknife = jackknifeValues(ratioStatistic(numerators, denominators));
    return shareEstimate(
      countShare(numerators, denominators),
      { resampled, jackknife },
      `${share.absent} in this group`,
    );
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

/** A share of the group's members in each resample of all subjects. */
function resampledShare(
  numerators: Float64Array,
  denominators: Float64Array,
  { members, resampling }: { members: Int32Array; resampling: Resampling },
): Float64Array {
  return Float64Array.from({ length: resampling.resamples }, (_, r) => {
    const weights = weightsOf(resampling, r);
    let [numerator, denominator] = [0, 0];
    for (let m = 0; m < members.length; m++) {
      const weight = weights[members[m]];
      numerator += weight * numerators[m];
      denominator += weight * denominators[m];
    }
    return ratio({ numerator, denominator });
  });
}

/** One subject of one true class, as the test sees it. */
interface TestedSubject {
  readonly group: number;
  readonly count: number;
  /** How many more are right than the class's share would have it. */
  readonly surplus: number;
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
  const dealt = strata.map((stratum) => Uint8Array.from(stratum, (subject) => subject.group));
  const observed = spreadOf(strata, dealt, groups);
  const random = createRandom(seed).fork("subgroups").fork(grouping.trait);
  let asFar = 0;
  for (let i = 0; i < permutations; i++) {
    for (const own of dealt) shuffle(own, random);
    if (spreadOf(strata, dealt, groups) >= observed - 1e-12) asFar++;
  }
  return { p: (1 + asFar) / (1 + permutations), permutations };
}

/** Shuffles in place: a shuffle of shuffled cards is as good as one of the first order. */
function shuffle(cards: Uint8Array, random: Random): void {
  for (let i = cards.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const kept = cards[i];
    cards[i] = cards[j];
    cards[j] = kept;
  }
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
  return found.map((stratum) => {
    const counted = [...stratum.values()].map((one) => ({
      ...one,
      count: one.in.reduce((sum, here) => sum + here, 0),
    }));
    const sum = (of: (one: (typeof counted)[number]) => number) => counted.reduce((total, one) => total + of(one), 0);
    const share =
      sum((one) => one.right) /
      Math.max(
        1,
        sum((one) => one.count),
      );
    return counted.map(({ right, count, in: own }) => ({
      group: own.indexOf(Math.max(...own)),
      count,
      surplus: right - share * count,
    }));
  });
}

/** How far the groups' accuracies lie from each other, within each class: Σ n (share right in the group − share right)². */
function spreadOf(strata: readonly (readonly TestedSubject[])[], dealt: readonly Uint8Array[], groups: number): number {
  const surplus = new Float64Array(groups);
  const count = new Float64Array(groups);
  for (const [k, stratum] of strata.entries()) {
    const own = dealt[k];
    for (let s = 0; s < stratum.length; s++) {
      surplus[own[s]] += stratum[s].surplus;
      count[own[s]] += stratum[s].count;
    }
  }
  let spread = 0;
  for (let g = 0; g < groups; g++) if (count[g] > 0) spread += surplus[g] ** 2 / count[g];
  return spread;
}
