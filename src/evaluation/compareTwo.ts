import { delongTest } from "../statistics/delong.ts";
import { type Estimate, noEstimate } from "../statistics/estimate.ts";
import { obuchowskiTest } from "../statistics/obuchowski.ts";
import { permutationOfShares } from "../statistics/permutation.ts";
import { resampleSubjects } from "../statistics/resampling.ts";
import { compareAccuracy } from "./compareAccuracy.ts";
import type { Items } from "./items.ts";
import { type KeyedRow, pairItems } from "./keyedItems.ts";
import { testPaired } from "./pairedTest.ts";

/**
 * Two networks over the items that both were asked about: accuracy by McNemar's test and by exchanging subjects, areas by
 * DeLong's test or, where subjects have several items, Obuchowski's.
 */
export function compareTwo(
  classes: readonly string[],
  rows: readonly [readonly KeyedRow[], readonly KeyedRow[]],
  options: { readonly resamples: number; readonly seed: number },
) {
  const [first, second] = pairItems(classes, ...rows);
  const { subjectOf, subjects, truth } = first;
  const n = truth.length;
  const right = [first, second].map(({ predicted }) =>
    Uint8Array.from(predicted, (call, i) => Number(call === truth[i])),
  );
  return {
    n,
    subjects,
    difference: compareAccuracy(first, second, resampleSubjects(subjects, options)),
    test: testPaired(first, second),
    permutation: { p: n === 0 ? null : permutationOfShares(right[0], right[1], subjectOf, options).p },
    areas: classes.map((name, k) => ({ class: name, ...compareAreas(first, second, k) })),
  };
}

function compareAreas(first: Items, second: Items, k: number): { difference: Estimate; p: number | null } {
  const { subjectOf, subjects, truth } = first;
  const n = truth.length;
  const positive = Uint8Array.from(truth, (one) => Number(one === k));
  const subjectsOf = (kind: number) => new Set(subjectOf.filter((_, i) => positive[i] === kind)).size;
  if (subjectsOf(1) < 2 || subjectsOf(0) < 2) {
    return { difference: noEstimate("fewer than two subjects of a kind", n, subjects), p: null };
  }
  const isClustered = subjects < n;
  const { difference, low, high, p } = isClustered
    ? obuchowskiTest(first.scores[k], second.scores[k], positive, subjectOf)
    : delongTest(first.scores[k], second.scores[k], positive);
  const method = isClustered ? "obuchowski" : "delong";
  return { difference: { value: difference, n, subjects, low, high, method }, p };
}
