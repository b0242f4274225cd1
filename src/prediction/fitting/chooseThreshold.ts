import { classFractions } from "../pooling/means.ts";
import { decideByFraction, paperThreshold } from "../studyRule.ts";
import type { KnownStudy } from "./knownStudies.ts";

/**
 * The fraction rule's threshold with the best overall accuracy on the studies.
 *
 * Accuracy only changes where the threshold crosses a fraction that occurs, so the middles between neighbouring fractions
 * stand for all thresholds; the paper's 5 % is tried as well. Of equally good ones the nearest to 5 % is taken, and of
 * two as near the lower. Where every study is one image, all thresholds say the same and 5 % stays.
 */
export function chooseThreshold(studies: readonly KnownStudy[]): number {
  const known = studies.map(({ truth, rows }) => ({ truth, fractions: classFractions(rows) }));
  const occurring = new Set([0, 1, ...known.flatMap((study) => study.fractions.slice(0, -1))]);
  const edges = [...occurring].sort((a, b) => a - b);
  const middles = edges.slice(1).map((edge, i) => (edge + edges[i]) / 2);
  let best = { threshold: paperThreshold, right: -1 };
  for (const threshold of [paperThreshold, ...nearestFirst(middles)]) {
    const right = known.filter((study) => decideByFraction(study.fractions, threshold) === study.truth).length;
    if (right > best.right) best = { threshold, right };
  }
  return best.threshold;
}

function nearestFirst(thresholds: readonly number[]): number[] {
  return [...thresholds].sort((a, b) => Math.abs(a - paperThreshold) - Math.abs(b - paperThreshold) || a - b);
}
