import { areaOf, areasWithoutEach, rankItems } from "../statistics/auc.ts";
import type { Estimate } from "../statistics/estimate.ts";
import { obuchowskiRockette, readerCovariances } from "../statistics/mrmc.ts";
import type { Caller } from "./readerResults.ts";
import type { ReaderResults } from "./readerSchema.ts";

/**
 * Whether readers like these and the classifier differ in their areas for the class decided first, on cases like these. The
 * classifier stands as a second modality that every reader reads alike. null with fewer than two readers that gave a
 * confidence for every study, or fewer than two subjects of either kind.
 * @source Obuchowski and Rockette 1995; the covariances by the jackknife, leaving out one subject at a time.
 */
export function mrmcOf(classifier: Caller, readers: readonly Caller[]): ReaderResults["mrmc"] {
  const confident = readers.flatMap(({ confidences }) => (confidences === null ? [] : [confidences]));
  const { truth, subjectOf, subjects } = classifier.items;
  if (confident.length < 2 || classifier.confidences === null) return null;
  const positive = Uint8Array.from(truth, (one) => Number(one === 0));
  const rankings = [...confident, classifier.confidences].map((scores) =>
    rankItems(scores, positive, subjectOf, subjects),
  );
  const [{ positives, negatives }] = rankings;
  const withAny = (counts: Float64Array) => counts.filter((count) => count > 0).length;
  if (withAny(positives) < 2 || withAny(negatives) < 2) return null;

  const areas = rankings.map((ranking) => areaOf(ranking));
  const jackknifes = rankings.map(areasWithoutEach);
  const indexOf = ([modality, reader]: readonly [number, number]) => (modality === 0 ? reader : confident.length);
  const result = obuchowskiRockette(
    [areas.slice(0, -1), confident.map(() => areas[confident.length])],
    readerCovariances(2, confident.length, (a, b) =>
      jackknifeCovariance(jackknifes[indexOf(a)], jackknifes[indexOf(b)]),
    ),
  );
  const estimate = ({ value, low, high }: { value: number; low: number; high: number }): Estimate => {
    const on = { n: truth.length, subjects };
    return { value, ...on, low, high, method: "obuchowski-rockette" };
  };
  const clipped = (one: { value: number; low: number; high: number }) =>
    estimate({ value: one.value, low: Math.max(0, one.low), high: Math.min(1, one.high) });
  const [readersMean] = result.means;
  const [difference] = result.differences;
  return {
    readers: confident.length,
    readersAuc: clipped(readersMean),
    classifierAuc: areas[confident.length],
    difference: estimate(difference),
    p: difference.p,
  };
}

function jackknifeCovariance(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let sum = 0;
  for (let s = 0; s < a.length; s++) sum += (a[s] - meanA) * (b[s] - meanB);
  return ((a.length - 1) / a.length) * sum;
}
